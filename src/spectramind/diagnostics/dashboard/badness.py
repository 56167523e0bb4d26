"""How much a planet asks to be looked at: one number made of parts that each say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.run_data import RunData

Array = NDArray[np.float64]

# 1 is worth a look on its own.
STATUS = {"COMPLETE": 0.0, "DEGRADED": 1.0, "FALLBACK": 3.0}
QUALITY = {"GOOD": 0.0, "FAINT": 0.5, "POOR": 1.0}
Z_WITHOUT_REPROACH = 4.0
PER_BREACH = 0.5
LARGEST_PART = 10.0


@dataclass(frozen=True, kw_only=True)
class Badness:
    """Parts of the badness, each (planet,) and at least 0.

    Attributes:
        status: 0 COMPLETE, 1 DEGRADED, 3 FALLBACK.
        quality: 0 GOOD, 0.5 FAINT, 1 POOR, the class that the manifest gives the measurement.
        error: max over bins of |predicted - true| / sigma over 4, less 1: 283 honest bins seldom leave 4; 0 where the truth is unknown.
        width: |log2| of the planet's median sigma over the median of all planets: 1 is a factor of two, either way.
        gates: 0.5 for every breach of a plausible range by the detector calibration.
    """

    status: Array
    quality: Array
    error: Array
    width: Array
    gates: Array

    @property
    def total(self) -> Array:
        """(planet,) Sum of the parts, each cut at 10 so that none hides the others."""
        return np.asarray(sum(np.minimum(part, LARGEST_PART) for part in vars(self).values()))


def badness(run: RunData, breaches: Mapping[str, int]) -> Badness:
    """Return the badness of every planet.

    Args:
        breaches: Planet -> gates of the detector calibration that it breached.
    """
    outcomes = [run.manifest["planets"][planet_id] for planet_id in run.planet_ids]
    typical = np.median(run.sigma, axis=1)
    return Badness(
        status=np.array([STATUS[outcome["status"]] for outcome in outcomes]),
        quality=np.array([QUALITY[outcome["quality"]] for outcome in outcomes]),
        error=np.maximum(np.nan_to_num(largest_z(run)) / Z_WITHOUT_REPROACH - 1.0, 0.0),
        width=np.abs(np.log2(typical / np.median(typical))),
        gates=PER_BREACH * np.array([breaches.get(planet_id, 0) for planet_id in run.planet_ids], dtype=np.float64),
    )


def largest_z(run: RunData) -> Array:
    """Return (planet,) max over bins of |predicted - true| / sigma, NaN where the truth is unknown."""
    if run.truth is None:
        return np.full(len(run.planet_ids), np.nan)
    return np.asarray((np.abs(run.mu - run.truth) / run.sigma).max(axis=1))
