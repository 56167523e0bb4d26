"""Is the test set like the calibration set? Two-sample Kolmogorov-Smirnov tests on named columns, and what follows for sigma."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import ks_2samp

from spectramind.utils.errors import InputDataError

LEVEL = 0.01  # chance of a false alarm over all columns
LARGEST_WIDENING = 1.5
FEWEST_VALUES = 5


@dataclass(frozen=True, kw_only=True)
class ColumnDrift:
    """How far one column of the test set is from that of the calibration set.

    Attributes:
        name: Column.
        distance: Largest difference of the two distribution functions, in [0, 1].
        p_value: Chance of such a distance between samples of one distribution.
        drifted: The p value is below the level over the number of columns (Bonferroni).
        calibration_median: Median of the calibration set.
        test_median: Median of the test set.
    """

    name: str
    distance: float
    p_value: float
    drifted: bool
    calibration_median: float
    test_median: float


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """Verdict over all columns.

    Attributes:
        columns: Every column, in the order given.
        widening: Factor on sigma, 1 where nothing drifted.
        sentence: The verdict in words.
    """

    columns: tuple[ColumnDrift, ...]
    widening: float
    sentence: str

    @property
    def drifted(self) -> tuple[str, ...]:
        """Names of the columns that differ."""
        return tuple(column.name for column in self.columns if column.drifted)


def check_drift(calibration: Mapping[str, ArrayLike], test: Mapping[str, ArrayLike]) -> DriftReport:
    """Compare two sets of planets column by column.

    A calibration holds for planets like those it was made from. Where a column drifted, sigma is widened by 1 + distance, at most 1.5:
    the distance is the least share of the test planets that would have to be others for both sets to be alike, and of the errors of
    these nothing is known.

    Args:
        calibration: Column name -> (planet,) values of the calibration planets, e.g. log sigma, noise scale, residual of the fit.
        test: The same columns of the planets to be predicted.

    Raises:
        InputDataError: Columns differ, there is none, one has fewer than 5 values, or a value is not finite.
    """
    if not calibration or set(calibration) != set(test):
        raise InputDataError(
            "the drift check needs the same columns of both sets",
            where="drift check",
            received=f"{sorted(calibration)} and {sorted(test)}",
            hint="calibrate again with this version: spectramind calibrate-temp",
        )
    columns = tuple(_compare(name, calibration[name], test[name], LEVEL / len(calibration)) for name in calibration)
    farthest = max((column for column in columns if column.drifted), key=lambda column: column.distance, default=None)
    widening = 1.0 if farthest is None else min(1.0 + farthest.distance, LARGEST_WIDENING)
    return DriftReport(columns=columns, widening=widening, sentence=_sentence(columns, widening))


def _compare(name: str, calibration: ArrayLike, test: ArrayLike, level: float) -> ColumnDrift:
    known, new = (np.asarray(values, dtype=np.float64).ravel() for values in (calibration, test))
    for label, values in (("calibration", known), ("test", new)):
        if values.size < FEWEST_VALUES or not np.isfinite(values).all():
            received = f"{values.size} values, {int((~np.isfinite(values)).sum())} of them not finite"
            hint = f"give at least {FEWEST_VALUES} planets with finite values, or leave the column out"
            raise InputDataError("a column cannot be compared", where=f"{name} of the {label} set", received=received, hint=hint)
    result = ks_2samp(known, new)
    return ColumnDrift(
        name=name,
        distance=float(result.statistic),
        p_value=float(result.pvalue),
        drifted=bool(result.pvalue < level),
        calibration_median=float(np.median(known)),
        test_median=float(np.median(new)),
    )


def _sentence(columns: tuple[ColumnDrift, ...], widening: float) -> str:
    drifted = [column for column in columns if column.drifted]
    if not drifted:
        return f"The test planets are like the calibration planets in {', '.join(column.name for column in columns)}."
    parts = [f"{column.name} (median {column.test_median:.3g}, calibrated at {column.calibration_median:.3g})" for column in drifted]
    return f"The test planets differ from the calibration planets in {', '.join(parts)}: sigma should be {widening:.2f} times as wide."
