"""Figures, tables, the dashboard, and the analysis of telemetry."""
