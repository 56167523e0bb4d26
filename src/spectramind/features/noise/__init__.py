"""What the noise is like: candidates, evidence, averages."""
