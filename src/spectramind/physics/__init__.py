"""Transit light curves, orbits, thermal emission and molecular bands: pure mathematics, no input or output."""
