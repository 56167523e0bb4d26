"""How well the light curves of a planet were explained: one number to judge its sigma by, and columns to compare sets of planets by.

All of it comes from the features, none from what predicts: a prior that knows more labels, or an ensemble that answers as a mixture
instead of by one member, changes the predicted sigma of new planets a little, and must not look like another sky.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split
from spectramind.features.build import KINDS, features_by
from spectramind.training.load import read_features
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

COLUMNS = ("log_data_sigma", "noise_scale", "fgs1_scatter", "slow_scatter")
# Median of |z| of a standard normal distribution.
MEDIAN_SIZE = 0.6745
# A fit that did not come to a standstill: its errors, which were doubled already, may be larger still.
UNSETTLED = 3.0
UNKNOWN = float("nan")


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the residuals of a planet say.

    Attributes:
        suspicion: Size of the residuals of its worst visit over that of their noise: 1 as expected, NaN unknown.
        columns: `COLUMNS` of its first visit that can be used, so that planets seen twice compare with those seen once; empty
            where there is none.
        brightness: How bright its star is in that visit (`visit_brightness`), NaN unknown.
    """

    suspicion: float
    columns: Mapping[str, float]
    brightness: float = UNKNOWN


UNREAD = Health(suspicion=UNKNOWN, columns={})


def visit_columns(arrays: Mapping[str, Mapping[str, NDArray[Any]]]) -> dict[str, float]:
    """Return `COLUMNS` of the feature products of one visit.

    log_data_sigma: log of the median error of an AIRS depth from the light curves alone. noise_scale: median over AIRS bins of the
    scatter over the propagated noise, as the fit found it. fgs1_scatter: residuals of FGS1's white light in units of their noise, by
    their median size: spikes and bumps were given no weight in the fit and say nothing of its errors. slow_scatter: root of the
    median over AIRS bins of the residual power in the lowest quarter of frequencies, where an unexplained drift or a transit of the
    wrong shape would be; 1 for white noise of the propagated size.
    """
    transit, white, bins = arrays["transit"], arrays["fgs1_white"], arrays["airs_bins"]
    return {
        "log_data_sigma": float(np.log(np.median(transit["data_sigma"][1:]))),
        "noise_scale": float(np.median(transit["noise_scale"][1:])),
        "fgs1_scatter": float(np.median(np.abs(white["residual"]) / np.sqrt(white["variance"]))) / MEDIAN_SIZE,
        "slow_scatter": float(np.sqrt(np.median(bins["fft_power"][1:, 0]))),
    }


def visit_brightness(arrays: Mapping[str, Mapping[str, NDArray[Any]]]) -> float:
    """Return the electrons in a time bin of FGS1 whose shot noise alone would be the relative noise of its white light: 1 / variance.

    It comes from the propagated noise, not from the residuals, so a bad fit makes no star fainter.
    """
    return float(1.0 / np.median(arrays["fgs1_white"]["variance"]))


def visit_suspicion(columns: Mapping[str, float], *, converged: bool) -> float:
    """Return the largest of the three scatters, all in units of the noise; at least 3 where the fit did not converge."""
    largest = max(columns["noise_scale"], columns["fgs1_scatter"], columns["slow_scatter"])
    return largest if converged else max(largest, UNSETTLED)


def read_health(
    config: Config, workspace: Workspace, dataset: Dataset, split: Split, planet_ids: Sequence[str], *, progress: Progress
) -> dict[str, Health]:
    """Read the health of planets from their features; nothing is kept of a planet but a few numbers."""
    made_by = features_by(config, dataset)
    progress.start("light curves", len(planet_ids))
    found = {}
    for planet_id in planet_ids:
        seen = []
        for visit in dataset.visits(split, planet_id):
            try:
                features = read_features(workspace, visit, made_by, KINDS)
                columns = visit_columns(features.arrays)
            except (InputDataError, KeyError):  # the prediction of the planet says what is wrong with it
                continue
            if all(np.isfinite(list(columns.values()))):
                suspicion = visit_suspicion(columns, converged=features.evidence.converged)
                seen.append(Health(suspicion=suspicion, columns=columns, brightness=visit_brightness(features.arrays)))
        found[planet_id] = replace(seen[0], suspicion=max(visit.suspicion for visit in seen)) if seen else UNREAD
        progress.advance(planet_id)
    progress.finish()
    return found


def suspicions(health: Iterable[Health]) -> Array:
    """Return (planet,) suspicions."""
    return np.array([each.suspicion for each in health])


def columns_of(health: Iterable[Health]) -> dict[str, Array]:
    """Return `COLUMNS` of the planets that have them, (planet,) each."""
    known = [each.columns for each in health if each.columns]
    return {name: np.array([columns[name] for columns in known]) for name in COLUMNS}
