"""Light curves and their derivatives, against finite differences and fine sampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.transit.curves import EXPOSURE_NODES, TransitCurves, separation_gradient, transit_curves
from spectramind.features.transit.state import SharedPrior

Array = NDArray[np.float64]

TIME_H = np.linspace(0.02, 7.98, 160)
DEPTH = np.array([0.0094, 0.01, 0.0107])
LIMB = np.array([[0.1, 0.2, 0.4], [0.2, 0.1, 0.15], [0.2, 0.0, -0.1]])
POINT = {"mid_time_h": 4.013, "period_h": 96.0, "log_a": float(np.log(10.0)), "impact_squared": 0.16}


def curves(depth: Array = DEPTH, limb: Array = LIMB, exposure_h: float = 0.05, point: dict[str, float] = POINT) -> TransitCurves:
    return transit_curves(TIME_H, exposure_h, depth, limb, **point)


def at(**changes: float) -> dict[str, float]:
    return POINT | changes


def difference(name: str, step: float) -> Array:
    value = POINT[name]
    difference: Array = (curves(point=at(**{name: value + step})).flux - curves(point=at(**{name: value - step})).flux) / (2.0 * step)
    return difference


@pytest.mark.parametrize(("index", "name", "step"), [(0, "mid_time_h", 1e-5), (1, "log_a", 1e-5), (2, "impact_squared", 1e-5)])
def test_derivatives_in_the_geometry(index: int, name: str, step: float) -> None:
    expected = difference(name, step)
    np.testing.assert_allclose(curves().by_geometry[index], expected, atol=2e-4 * np.abs(expected).max())


def test_derivative_in_depth() -> None:
    step = 1e-7
    expected = (curves(DEPTH + step).flux - curves(DEPTH - step).flux) / (2.0 * step)
    np.testing.assert_allclose(curves().by_depth, expected, atol=4e-4)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_derivatives_in_limb_darkening(which: int) -> None:
    step = np.zeros((3, 1))
    step[which] = 1e-6
    expected = (curves(limb=LIMB + step).flux - curves(limb=LIMB - step).flux) / 2e-6
    np.testing.assert_allclose(curves().by_limb[which], expected, atol=1e-8)


@pytest.mark.parametrize("impact_squared", [1e-4, 0.25, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("mid_time_h", [-1.0, 4.0, TIME_H[0], 9.0])
def test_everything_is_finite_wherever_the_fit_may_go(impact_squared: float, mid_time_h: float) -> None:
    for depth in (1e-6, 0.01, 0.2):
        part = curves(np.full(3, depth), point=at(impact_squared=impact_squared, mid_time_h=mid_time_h))
        assert all(np.isfinite(values).all() for values in vars(part).values())


@pytest.mark.parametrize("cadence_h", [0.02, 0.05, 0.1])
def test_averaging_over_the_exposure_agrees_with_fine_sampling(cadence_h: float) -> None:
    time_h = np.arange(0.5 * cadence_h, 8.0, cadence_h)
    part = transit_curves(time_h, cadence_h, DEPTH, LIMB, **POINT)
    fine_h = (time_h[:, None] + cadence_h * ((np.arange(200) + 0.5) / 200 - 0.5)).ravel()
    fine = transit_curves(fine_h, 0.0, DEPTH, LIMB, **POINT)
    average = fine.flux.reshape(3, time_h.size, 200).mean(axis=2)
    assert np.abs(part.flux - average).max() < 0.02 * DEPTH.max() * cadence_h**1.5 / 0.3**1.5
    # a sample at a contact is off by tens of ppm at most; their mean, which is what a depth feels, by far less
    assert np.abs((part.flux - average).mean(axis=1)).max() < 2e-7


def test_a_short_exposure_is_an_instant() -> None:
    instant, averaged = curves(exposure_h=EXPOSURE_NODES[0][0]), curves(exposure_h=1.001 * EXPOSURE_NODES[0][0])
    assert np.abs(instant.flux - averaged.flux).max() < 5e-6


def test_out_of_transit_nothing_depends_on_anything() -> None:
    part = curves(point=at(mid_time_h=40.0))
    assert (part.flux == 1.0).all()
    assert not part.by_depth.any()
    assert not part.by_geometry.any()
    assert not part.by_limb.any()


def test_the_other_side_of_the_orbit_is_no_transit() -> None:
    assert (curves(point=at(mid_time_h=4.0 + 48.0)).flux == 1.0).all()


def test_separation_is_smooth_in_the_squared_impact() -> None:
    separation, gradient = separation_gradient(TIME_H, 4.0, 96.0, float(np.log(10.0)), 1e-4)
    assert separation.shape == TIME_H.shape
    assert gradient.shape == (3, TIME_H.size)
    shifted, _ = separation_gradient(TIME_H, 4.0, 96.0, float(np.log(10.0)), 1.01e-4)
    away = separation > 0.2
    np.testing.assert_allclose(gradient[2][away], (shifted - separation)[away] / 1e-6, rtol=1e-2)


def test_agrees_with_a_visit_drawn_without_this_module() -> None:
    visit = tiny.make_visit(np.full(4, 0.01), drift=0.0)
    series = replace(visit.airs, flux=visit.airs.flux / tiny.AIRS_LEVEL)
    prior = SharedPrior.from_star(tiny.STAR, series.wavelength_um, 4.0)
    part = transit_curves(
        series.time_h,
        series.exposure_h,
        np.full(3, 0.01),
        prior.limb_darkening(prior.mean)[1],
        mid_time_h=4.0,
        period_h=prior.period_h,
        log_a=float(prior.mean[2]),
        impact_squared=0.35**2,
    )
    assert np.abs(part.flux - series.flux).max() < 2e-5
