"""Judging spectra: the official metric, and what a submission file says."""
