"""What a calibration of uncertainties refuses: leaks, and residuals that cannot tell anything."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]

FEWEST_PLANETS = 2
CONSTANT_WITHIN = 1e-9
NAMED_AT_MOST = 5
_SECTION = "12"
MEND = "check train.csv, then make the features again: spectramind features data.split=all, then spectramind calibrate-temp"


def assert_unseen(calibration_ids: Iterable[str], training_ids: Iterable[str]) -> None:
    """Check that no calibration planet was trained on: errors of planets seen in training are too small to set a sigma by.

    Raises:
        InputDataError: If one was, naming it.
    """
    both = sorted(set(calibration_ids) & set(training_ids), key=lambda planet_id: (len(planet_id), planet_id))
    if both:
        names = ", ".join(both[:NAMED_AT_MOST]) + (f" and {len(both) - NAMED_AT_MOST} more" if len(both) > NAMED_AT_MOST else "")
        raise InputDataError(
            "planets of the calibration set were trained on",
            where="calibration planets",
            received=names,
            hint="train so that every planet has a member that has not seen it: spectramind train --phase supervised",
            section=_SECTION,
        )


def z_scores(truth: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Array:
    """Return (planet, bin) errors in units of their sigma, (truth - mu) / sigma.

    Args:
        truth: (planet, bin) true depths, FGS1 first.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) predicted standard deviations.

    Raises:
        InputDataError: Shapes differ, there are too few planets, a value is not finite, a sigma is not positive, or all |z| are equal.
    """
    y, m, s = (np.asarray(values, dtype=np.float64) for values in (truth, mu, sigma))
    if y.ndim != 2 or not y.shape == m.shape == s.shape or y.shape[1] < 2:
        raise _refusal("truth, mu and sigma must share one shape (planet, bin > 1)", f"{y.shape}, {m.shape}, {s.shape}")
    if len(y) == 0:
        raise _refusal(
            "the calibration set is empty",
            "no planet",
            "make features of labelled planets: spectramind features data.split=all, then spectramind calibrate-temp",
        )
    if len(y) < FEWEST_PLANETS:
        raise _refusal("the calibration set is too small", f"{len(y)} planet", f"it needs at least {FEWEST_PLANETS} labelled planets")
    for name, values in (("truth", y), ("mu", m), ("sigma", s)):
        if not np.isfinite(values).all():
            planet, place = np.argwhere(~np.isfinite(values))[0]
            raise _refusal(
                f"{name} of the calibration set is not finite",
                f"planet number {planet + 1} of the set, bin {place}: {values[planet, place]}",
            )
    if not (s > 0.0).all():
        planet, place = np.argwhere(s <= 0.0)[0]
        raise _refusal(
            "sigma of the calibration set is not positive", f"planet number {planet + 1} of the set, bin {place}: {s[planet, place]}"
        )
    z: Array = (y - m) / s
    largest = float(np.abs(z).max())
    if np.ptp(np.abs(z)) <= CONSTANT_WITHIN * largest:
        raise _refusal("residuals of the calibration set are constant", f"|truth - mu| / sigma = {largest:g} everywhere")
    return z


def _refusal(what: str, received: str, hint: str = MEND) -> InputDataError:
    return InputDataError(what, where="calibration set", received=received, hint=hint, section=_SECTION)
