"""Encoders, fusion, decoders and heads of the network that corrects the transit inference."""
