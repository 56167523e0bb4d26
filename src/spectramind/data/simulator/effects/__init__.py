"""What the detector does to the light, in the order it happens; each effect is the forward twin of a step of the kill chain."""
