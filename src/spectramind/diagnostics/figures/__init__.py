"""Figures as functions of arrays: each returns a Plotly figure that a notebook shows as it is."""
