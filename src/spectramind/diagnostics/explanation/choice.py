"""Which planets are explained where explaining all would take too long: the worst, the best, and some at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.run_data import RunData
from spectramind.inference.manifest import PlanetStatus
from spectramind.utils.errors import InputDataError

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


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Planets to explain, with why, and those that stand in for what is absent; all are places in the submission."""

    chosen: Mapping[int, str]
    background: tuple[int, ...]

    @classmethod
    def draw(cls, run: RunData) -> Sample:
        """Choose among the measured planets. One background planet is spare: no planet is its own background."""
        diag, seed = run.config.diag, run.config.global_.seed
        outcomes = [run.manifest["planets"][planet_id]["status"] for planet_id in run.planet_ids]
        measured = np.flatnonzero([status != PlanetStatus.FALLBACK for status in outcomes])
        if measured.size < 2:
            raise InputDataError(
                "an explanation compares a planet with others, and there are none",
                where=str(run.submission),
                received=f"{measured.size} measured planets",
                hint="predict more planets",
                section="13",
            )
        truth = None if run.truth is None else run.truth[measured]
        chosen = choose_planets(doubtfulness(run.mu[measured], run.sigma[measured], truth), diag.shap_planets, seed)
        background = np.random.default_rng([seed, 1]).permutation(measured)[: diag.shap_background + 1]
        return cls(
            chosen={int(measured[place]): why for place, why in chosen.items()}, background=tuple(int(place) for place in background)
        )
