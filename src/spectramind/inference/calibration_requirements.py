"""What a calibration of the uncertainty asks of its planets and of the temperature that COREL is added to."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from spectramind.calibration.store import Provenance
from spectramind.calibration.temperature import Temperature
from spectramind.utils.errors import ConfigError, InputDataError

# One planet is left out to be judged, and the scatter of the rest needs two.
FEWEST_PLANETS = 3
TEMPERATURE_COMMAND = "spectramind calibrate-temp"


def require_planets(planets: int) -> None:
    """Check that a calibration can be fitted and judged with so many planets; raises InputDataError."""
    if planets < FEWEST_PLANETS:
        raise InputDataError(
            "there are too few labelled planets to calibrate with",
            where="calibration planets",
            received=f"{planets}; it takes {FEWEST_PLANETS}",
            hint="spectramind calibrate data.split=all, then spectramind features data.split=all; or predict without: "
            "spectramind predict --out-csv outputs/submission.csv calib.apply=off",
            section="12",
        )


def require_same_planets(stored: Provenance, planet_ids: Collection[str], *, where: str) -> None:
    """Check that the temperature was fitted on these planets; raises ConfigError."""
    if set(stored.planet_ids) != set(planet_ids):
        raise ConfigError(
            "the temperature was fitted on other planets",
            where=where,
            received=f"{len(stored.planet_ids)} planets, now {len(planet_ids)}",
            hint=TEMPERATURE_COMMAND,
            section="12",
        )


def require_same_temperature(recorded: Temperature, now: Temperature, *, where: str) -> None:
    """Check that the temperature was fitted as one is now; raises ConfigError.

    Planets left out are judged by temperatures fitted now: they must be fitted as the one that COREL is added to was.
    """
    if not np.allclose([recorded.fgs1, recorded.airs], [now.fgs1, now.airs], rtol=1e-6):
        raise ConfigError(
            "the temperature was fitted otherwise, or to other labels",
            where=where,
            received=f"tau {recorded.fgs1:.6g}, {recorded.airs:.6g}; by calib.objective now {now.fgs1:.6g}, {now.airs:.6g}",
            hint=TEMPERATURE_COMMAND,
            section="12",
        )
