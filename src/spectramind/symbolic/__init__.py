"""Differentiable constraints that a physically plausible spectrum keeps."""
