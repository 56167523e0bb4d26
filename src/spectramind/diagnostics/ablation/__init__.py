"""The report of `ablate`."""
