"""Depths over wavelength: likelihood and prior."""
