"""Mean and covariance of unknowns, and of mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """(unknown,) mean and (unknown, unknown) covariance."""

    mean: Array
    covariance: Array

    @classmethod
    def average(cls, parts: Sequence[Moments], weights: Array) -> Moments:
        """Return mean and covariance of a mixture, the spread between its parts included.

        Args:
            weights: (part,) probabilities, such as those the evidence gives to what each part assumes.
        """
        means = np.array([part.mean for part in parts])
        mean = weights @ means
        covariance = ((means - mean).T * weights) @ (means - mean)
        for weight, part in zip(weights, parts, strict=True):
            covariance += weight * part.covariance
        return cls(mean=mean, covariance=covariance)
