"""Averages over consecutive samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def bin_factor(pair_period_s: float, cadence_s: float) -> int:
    """Return how many consecutive pairs make a bin of about ``cadence_s``; at least one."""
    return max(1, round(cadence_s / pair_period_s))


def bin_mean(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Average groups of ``factor`` samples along the last axis; an incomplete last group is dropped.

    Args:
        values: (..., time).
        factor: Samples in a bin.

    Returns:
        (..., time // factor).
    """
    count = values.shape[-1] // factor
    if factor == 1:
        return values
    grouped = values[..., : count * factor].reshape(*values.shape[:-1], count, factor)
    mean: NDArray[np.float64] = grouped.mean(axis=-1, dtype=np.float64)
    return mean.astype(values.dtype, copy=False)


def bin_variance(variance: NDArray[Any], factor: int) -> NDArray[Any]:
    """Variance of ``bin_mean`` of independent samples: sum(v) / factor^2."""
    return bin_mean(variance, factor) / factor


def bin_spread(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Standard deviation within each bin along the last axis; zero where a bin holds one sample."""
    count = values.shape[-1] // factor
    spread: NDArray[np.float64] = values[..., : count * factor].reshape(*values.shape[:-1], count, factor).std(axis=-1)
    return spread
