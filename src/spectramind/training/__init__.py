"""The curriculum: examples, splits, loop, checkpoints, ablations."""
