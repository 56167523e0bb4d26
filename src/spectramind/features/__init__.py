"""Calibrated frames to light curves, transit inference and feature tensors."""
