"""What networks or light curves say of a planet in few numbers, and maps of it."""
