"""One fitted visit and a planet made of it, shared by the tests of figures and page."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.features.planet.spectrum import Spectrum
from spectramind.features.tensors import airs_bins, fgs1_white, transit_summary
from spectramind.features.transit_fit import fit_transit

Array = NDArray[np.float64]

GATES = [
    {"name": "flat", "step": "flat", "range": [0.5, 1.6], "seen": [0.58, 1.06], "passed": True},
    {"name": "masked_fraction", "step": "interpolation", "range": [0.0, 0.1], "seen": [0.25, 0.25], "passed": False},
    {"name": "a_new_gate", "step": "adc", "range": [0, 1], "seen": [0, 20_000], "passed": True},
]
STEPS = [{"name": "cosmic_rays", "status": "COMPLETE", "counts": {"flagged": 1234}}, {"name": "dark", "status": "SKIPPED", "counts": {}}]


def fitted(depth: Array, mid_time_h: float = 4.0) -> VisitView:
    """Fit a drawn visit and keep what the features stage keeps."""
    series = tiny.make_visit(depth, noise=2e-4, mid_time_h=mid_time_h)
    with threadpool_limits(1):  # small matrices: threads cost far more than they give
        fit = fit_transit(series, tiny.STAR)
    fgs1, airs, transit = fgs1_white(series, fit), airs_bins(series, fit), transit_summary(series, fit)
    return VisitView(visit=0, fgs1=fgs1, airs=airs, transit=transit, star=tiny.STAR)


@pytest.fixture(scope="session")
def fit_depth() -> Callable[[Array], VisitView]:
    """Fits a visit drawn with given depths."""
    return fitted


@pytest.fixture(scope="session")
def visit() -> VisitView:
    """A whole transit 1.2 % deep."""
    return fitted(np.full(13, 0.012))


@pytest.fixture(scope="session")
def cut_visit() -> VisitView:
    """A visit that ends before the transit does."""
    return fitted(np.full(13, 0.012), mid_time_h=7.2)


@pytest.fixture
def planet(visit: VisitView) -> PlanetView:
    """A planet with one measured visit, one set aside, and a known truth."""
    return PlanetView(
        planet_id="42",
        split="train",
        catalogue={"Ts": 5000.0, "P": 4.0, "sma": 10.0, "i": 88.3},
        wavelength_um=visit.transit["wavelength_um"],
        visits=(visit,),
        mu=visit.transit["depth"],
        sigma=visit.sigma,
        physics=Spectrum(mu=visit.transit["depth"], sigma=visit.sigma),
        submitted=None,
        not_submitted="nothing was submitted yet",
        truth=np.full(13, 0.012),
        missing={},
        set_aside={"visit 1": "file <script>alert('x')</script> & co is damaged"},
        gates={"visit 0, FGS1": GATES},
        steps={"visit 0, FGS1": STEPS},
    )
