"""One sensor of one visit: its light curves, the bases its gain may follow, and where a fit starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.features.drift.drift import Drift, DriftBasis
from spectramind.features.drift.pointing import pointing_regressors
from spectramind.features.series import SensorSeries, VisitSeries
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One sensor's data and fixed bases.

    Attributes:
        variance: (bin, time) variance of the flux, inflated where the fit showed it to be too small.
        suspicion: (time,) factor on the variance of moments at which something other than the transit was seen.
        regressors: (regressor, time) pointing.
        shared_columns: (column,) which shared unknowns this sensor feels.
    """

    series: SensorSeries
    variance: Array
    suspicion: Array
    regressors: Array
    drift: DriftBasis
    shared_columns: NDArray[np.int64]

    @classmethod
    def of(cls, series: SensorSeries, shared_columns: tuple[int, ...]) -> Panel:
        """Set up the bases of a sensor."""
        return cls(
            series=series,
            variance=series.variance,
            suspicion=np.ones(series.time_h.size),
            regressors=pointing_regressors(series),
            drift=DriftBasis.of(series),
            shared_columns=np.array(shared_columns),
        )


Panels = tuple[Panel, Panel]

FGS1_COLUMNS = (0, 1, 2, 3, 4, 5, 10)
AIRS_COLUMNS = (0, 2, 3, 6, 7, 8, 9, 11)


def panels_of(visit: VisitSeries) -> Panels:
    """Set up both sensors."""
    return Panel.of(visit.fgs1, FGS1_COLUMNS), Panel.of(visit.airs, AIRS_COLUMNS)


def initial_state(visit: VisitSeries, panels: Panels, prior: SharedPrior, depth: float) -> TransitState:
    """Return the state of a transit of one depth at all wavelengths, without drift."""
    flux = (visit.fgs1.flux, visit.airs.flux)
    scale = np.concatenate([np.median(values, axis=1) for values in flux]) / (1.0 - 0.3 * depth)
    return TransitState(
        shared=prior.mean.copy(),
        depth=np.full(scale.size, max(depth, 1e-5)),
        scale=np.maximum(scale, 1e-3),
        pointing=(
            np.zeros((1, panels[0].regressors.shape[0])),
            np.zeros((visit.airs.flux.shape[0], panels[1].regressors.shape[0])),
        ),
        drift=(Drift.none(panels[0].drift), Drift.none(panels[1].drift)),
        common=np.zeros(visit.airs.time_h.size),
    )
