"""Visits together: the spectrum of a planet."""
