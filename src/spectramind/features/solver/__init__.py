"""The linearised Gaussian inference of one visit."""
