"""Which planets are explained where explaining all would take too long: the worst, the best, and some at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WORST, BEST, RANDOM = "worst", "best", "random"


def doubtfulness(mu: Array, sigma: Array, truth: Array | None) -> Array:
    """Return (planet,) how doubtful a prediction is: rms of z where the truth is known, else the median sigma.

    Args:
        mu, sigma: (planet, bin) depths and standard deviations.
        truth: (planet, bin), NaN where unknown. If it is unknown of any planet it is left aside, so that all are measured alike.
    """
    if truth is None or not np.isfinite(truth).all():
        return np.asarray(np.median(sigma, axis=1))
    return np.asarray(np.sqrt(np.mean(((mu - truth) / sigma) ** 2, axis=1)))


def choose_planets(doubtful: Array, count: int, seed: int) -> dict[int, str]:
    """Return planet -> why it is explained, a third each: the most doubtful, the least doubtful, and a random draw of the others.

    Args:
        doubtful: (planet,) as from `doubtfulness`.
        count: How many; all, in the same three groups, where there are no more.
        seed: Of the draw.
    """
    count = min(count, doubtful.size)
    third = max(count // 3, 1)
    order = np.argsort(-doubtful, kind="stable")
    worst, rest = order[:third], order[third:]
    best = rest[::-1][: min(third, count - worst.size)]
    others = np.sort(rest[: rest.size - best.size])
    drawn = np.sort(np.random.default_rng(seed).permutation(others)[: count - worst.size - best.size])
    groups = ((WORST, worst), (BEST, best), (RANDOM, drawn))
    return {int(planet): why for why, planets in groups for planet in planets}
