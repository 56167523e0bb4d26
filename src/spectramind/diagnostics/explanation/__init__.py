"""Explanations of predicted spectra: Shapley values of what a physicist would call the inputs, and a summary in plain language."""
