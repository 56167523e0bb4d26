"""Slow gain drift: what it may look like."""
