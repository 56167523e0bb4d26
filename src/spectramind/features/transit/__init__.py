"""The transit and the star: light curves, unknowns, where to look."""
