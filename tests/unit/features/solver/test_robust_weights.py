"""Only what the residuals contradict is given less weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.series import VisitSeries
from spectramind.features.solver.linearised import linearise
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.robust_weights import glitches, noise_excess, reweighted, suspect_moments, with_suspicion
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

BINS, TIMES = 30, 150


def drawn() -> tuple[VisitSeries, Array, Array]:
    """A visit that is nothing but its starting state and noise of exactly the variance assumed."""
    visit = tiny.make_visit(np.full(BINS + 1, 1e-5), times=TIMES, drift=0.0, assumed_noise=1e-4)
    rng = np.random.default_rng(5)
    return visit, rng.standard_normal((1, TIMES)), rng.standard_normal((BINS, TIMES))


def prior_of(visit: VisitSeries) -> SharedPrior:
    return SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 40.0)


def state_of(visit: VisitSeries) -> TransitState:
    """The state the visit was drawn from."""
    bins = visit.airs.wavelength_um.size
    scale = np.array([tiny.FGS1_LEVEL, *[tiny.AIRS_LEVEL] * bins])
    return replace(initial_state(visit, panels_of(visit), prior_of(visit), 1e-5), scale=scale)


def panels_after(fgs1: Array, airs: Array, visit: VisitSeries, *, keep: bool = False) -> tuple[Panels, VisitSeries]:
    """Add noise in units of the variance assumed, and reweigh unless told to keep the weights."""
    noisy = VisitSeries(
        fgs1=replace(visit.fgs1, flux=visit.fgs1.flux + fgs1 * np.sqrt(visit.fgs1.variance)),
        airs=replace(visit.airs, flux=visit.airs.flux + airs * np.sqrt(visit.airs.variance)),
    )
    panels = panels_of(noisy)
    return panels if keep else reweighted(panels, state_of(visit), prior_of(visit)), noisy


def inflation(panels: Panels) -> tuple[Array, Array]:
    return panels[0].variance / panels[0].series.variance, panels[1].variance / panels[1].series.variance


def test_honest_noise_is_left_alone() -> None:
    visit, fgs1, airs = drawn()
    _, factor = inflation(panels_after(fgs1, airs, visit)[0])
    assert 0.8 < np.median(factor) < 1.2
    assert np.ptp(factor, axis=1).max() < 1e-12


def test_underestimated_noise_is_mended() -> None:
    visit, fgs1, airs = drawn()
    _, factor = inflation(panels_after(fgs1, 2.0 * airs, visit)[0])
    np.testing.assert_allclose(np.median(factor), 4.0, rtol=0.2)


def test_noise_is_never_believed_to_be_much_smaller_than_propagated() -> None:
    visit, fgs1, airs = drawn()
    first, factor = inflation(panels_after(0.0 * fgs1, 0.01 * airs, visit)[0])
    np.testing.assert_allclose(factor, 0.49)
    np.testing.assert_allclose(first, 0.49)


def test_an_outlying_sample_loses_its_weight_and_no_other() -> None:
    visit, fgs1, airs = drawn()
    airs[7, 33], fgs1[0, 20] = 40.0, -30.0
    panels, _ = panels_after(fgs1, airs, visit)
    first, factor = inflation(panels)
    usual = np.median(factor)
    assert factor[7, 33] > 100.0 * usual
    assert first[0, 20] > 50.0 * np.median(first)
    factor[7, 33] = usual
    assert np.abs(factor[:, np.arange(TIMES) != 33] / usual - 1.0).max() < 0.5


def test_what_is_suspected_keeps_its_weight_low() -> None:
    visit, fgs1, airs = drawn()
    panels, _ = panels_after(fgs1, airs, visit)
    factor = np.ones(TIMES)
    factor[50] = 1e4
    suspected = with_suspicion(panels, (factor, factor))
    np.testing.assert_allclose(suspected[1].variance[:, 50], 1e4 * visit.airs.variance[:, 50])
    np.testing.assert_allclose(suspected[1].variance[:, 51], visit.airs.variance[:, 51])
    again = reweighted(suspected, state_of(visit), prior_of(visit))
    assert (again[1].variance[:, 50] > 5e3 * visit.airs.variance[:, 50]).all()
    assert again[0].variance[0, 50] > 5e3 * visit.fgs1.variance[0, 50]


def white_suspicion(fgs1: Array, airs: Array) -> tuple[Array, Array]:
    visit = tiny.make_visit(np.full(2, 1e-5), times=TIMES, drift=0.0, assumed_noise=1e-4)
    panels, _ = panels_after(fgs1, airs, visit, keep=True)
    return suspect_moments(panels, state_of(visit), prior_of(visit))


def test_noise_alone_is_hardly_suspected() -> None:
    rng = np.random.default_rng(8)
    for factor in white_suspicion(rng.standard_normal((1, TIMES)), rng.standard_normal((1, TIMES))):
        assert factor.min() == 1.0
        assert (factor > 2.0).mean() < 0.03


def test_a_bump_is_suspected_with_its_neighbours_and_in_both_sensors() -> None:
    rng = np.random.default_rng(8)
    airs = rng.standard_normal((1, TIMES))
    airs[0, 60:64] += 12.0
    first, second = white_suspicion(rng.standard_normal((1, TIMES)), airs)
    assert (second[58:66] > 50.0).all()
    assert (first[60:64] > 50.0).all()
    assert np.median(second) == 1.0


def test_what_only_the_photometer_sees_leaves_the_spectrometer_alone() -> None:
    rng = np.random.default_rng(8)
    fgs1 = rng.standard_normal((1, TIMES))
    fgs1[0, 30] -= 20.0
    first, second = white_suspicion(fgs1, rng.standard_normal((1, TIMES)))
    assert first[30] > 1e3
    assert second[30] < 2.0


def test_repeating_does_not_pile_up() -> None:
    visit, fgs1, airs = drawn()
    panels, _ = panels_after(fgs1, 2.0 * airs, visit)
    again = reweighted(panels, state_of(visit), prior_of(visit))
    np.testing.assert_allclose(again[1].variance, panels[1].variance)
    excess = noise_excess(linearise(again[1], 1, state_of(visit), prior_of(visit)))
    np.testing.assert_allclose(np.median(excess), 1.0, atol=0.1)


def test_a_glitch_is_dropped_before_any_fit_and_a_deep_transit_with_a_sharp_edge_is_not() -> None:
    visit = tiny.make_visit(np.full(BINS + 1, 0.02), times=TIMES, noise=1e-4, assumed_noise=1e-4).white()
    flux = visit.airs.flux.copy()
    calm = glitches(panels_of(visit))
    assert (calm[0] == 1.0).all()
    assert (calm[1] == 1.0).all()
    flux[0, [5, 90]] *= [1.003, 0.997]
    fgs1, airs = glitches(panels_of(replace(visit, airs=replace(visit.airs, flux=flux))))
    assert (fgs1 == 1.0).all()
    np.testing.assert_array_equal(np.flatnonzero(airs > 1.0), [5, 90])
