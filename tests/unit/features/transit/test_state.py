"""The unknowns of a visit: priors, steps and limits."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny

from spectramind.features.solver.panel import initial_state, panels_of
from spectramind.features.transit.limb_darkening import BEND_SHARE
from spectramind.features.transit.state import GEOMETRY, LIMB, LOWEST_INFRARED_U1, MAXIMUM_IMPACT_SQUARED, SHARED, SharedPrior, TransitState

VISIT = tiny.make_visit(np.full(7, 0.01))
PRIOR = SharedPrior.from_star(tiny.STAR, VISIT.airs.wavelength_um, 4.2)


def start() -> TransitState:
    return initial_state(VISIT, panels_of(VISIT), PRIOR, 0.01)


def moved(shared: dict[int, float], depth: float = 0.0) -> TransitState:
    state = start()
    step = np.zeros(SHARED)
    for index, value in shared.items():
        step[index] = value
    none = (np.zeros(state.drift[0].vector.size), np.zeros(state.drift[1].vector.size))
    return state.moved(shared=step, depth=np.full(7, depth), drift=none, common=np.zeros(state.common.size))


def test_the_prior_is_centred_on_catalogue_and_search() -> None:
    assert SHARED == len(GEOMETRY) + len(LIMB) == PRIOR.mean.size == PRIOR.sigma.size
    np.testing.assert_allclose(PRIOR.mean[:4], [4.2, 0.0, np.log(10.0), 0.09])
    assert not PRIOR.mean[4:10].any()
    np.testing.assert_allclose(PRIOR.mean[10:], BEND_SHARE)
    assert (PRIOR.sigma > 0).all()
    assert np.abs(PRIOR.airs_slope).max() < 0.6


def test_a_small_step_is_taken_as_it_is() -> None:
    state = moved({0: 0.01, 2: -0.02, 5: 0.03}, depth=1e-4)
    difference = state.shared - start().shared
    np.testing.assert_allclose(difference[[0, 2, 5]], [0.01, -0.02, 0.03], atol=1e-14)
    np.testing.assert_allclose(state.depth, 0.0101)


def test_a_step_never_leaves_what_a_transit_allows() -> None:
    assert moved({}, depth=5.0).depth.max() == 0.2
    state = moved({3: -5.0}, depth=-5.0)
    assert state.depth.min() > 0.0
    assert state.shared[3] > 0.0


def test_the_planet_never_misses_the_star() -> None:
    state = start()
    none = (np.zeros(state.drift[0].vector.size), np.zeros(state.drift[1].vector.size))
    for _ in range(20):
        step = np.zeros(SHARED)
        step[3] = 1.0
        state = state.moved(shared=step, depth=np.zeros(7), drift=none, common=np.zeros(state.common.size))
    assert state.shared[3] == MAXIMUM_IMPACT_SQUARED


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_limb_darkening_stays_physical_in_the_infrared(sign: float) -> None:
    shared = PRIOR.mean.copy()
    shared[4:] = sign * 0.8
    fgs1, airs = PRIOR.limb_darkening(shared)
    mu = np.linspace(0.0, 1.0, 51)[:, None]
    intensity = 1.0 - airs[0] * (1.0 - mu) - airs[1] * (1.0 - mu) ** 2 + airs[2] * (np.sqrt(mu) - mu)
    assert fgs1[0, 0] >= 0.0
    assert (airs[0] >= LOWEST_INFRARED_U1).all()
    assert (intensity >= -1e-12).all()


def test_a_quadratic_law_may_stand_in_for_another_one() -> None:
    """The best quadratic fit to I = 1 - 0.1 (1 - mu) - 0.2 (1 - mu)^2 + 0.25 (sqrt(mu) - mu) has a negative u1."""
    mu = np.linspace(0.0, 1.0, 2001)
    intensity = 1.0 - 0.1 * (1.0 - mu) - 0.2 * (1.0 - mu) ** 2 + 0.25 * (np.sqrt(mu) - mu)
    basis = np.stack([1.0 - mu, (1.0 - mu) ** 2], axis=1) * np.sqrt(mu)[:, None]  # mu d(mu) is the area of a ring
    u1, u2 = np.linalg.lstsq(basis, (1.0 - intensity) * np.sqrt(mu), rcond=None)[0]
    assert u1 < 0.0
    shared = np.where(np.arange(SHARED) < 10, PRIOR.mean, 0.0)
    shared[6], shared[8] = u1 - PRIOR.airs_law[0, 0], u2 - PRIOR.airs_law[1, 0]
    _, airs = PRIOR.limb_darkening(shared)
    np.testing.assert_allclose(airs[:2, 0], [u1, u2], atol=1e-12)


@pytest.mark.parametrize("share", [-0.3, 0.0, 0.5, 1.0])
def test_a_bend_leaves_the_best_quadratic_law_as_it_was(share: float) -> None:
    shared = PRIOR.mean.copy()
    shared[10:] = share
    mu = np.linspace(0.0, 1.0, 4001)
    ring = np.sqrt(mu)[:, None]
    basis = np.stack([1.0 - mu, (1.0 - mu) ** 2], axis=1) * ring
    fgs1, airs = PRIOR.limb_darkening(shared)
    for (u1, u2, bend), law in ((fgs1[:, 0], np.array(PRIOR.fgs1_law)), (airs[:, 0], PRIOR.airs_law[:, 0])):
        darkness = u1 * (1.0 - mu) + u2 * (1.0 - mu) ** 2 - bend * (np.sqrt(mu) - mu)
        np.testing.assert_allclose(np.linalg.lstsq(basis, darkness * ring[:, 0], rcond=None)[0], law, atol=1e-4)


def test_the_whole_bend_is_that_of_a_model_atmosphere() -> None:
    """Four-term law at 2.1 um, 5600 K, log g 4.5 (Claret, Hauschildt & Torres 2025, A&A 699, A97, filter F210M)."""
    prior = SharedPrior.from_star(tiny.STAR, np.array([2.1]), 4.2)
    mu = np.linspace(0.05, 1.0, 96)
    published = 1.0 - sum(a * (1.0 - mu ** (n / 2.0)) for n, a in enumerate((0.868955, -0.974878, 0.914211, -0.337513), start=1))
    worst = []
    for share in (1.0, 0.0):
        shared = prior.mean.copy()
        shared[10:] = share
        u1, u2, bend = prior.limb_darkening(shared)[1][:, 0]
        ours = 1.0 - u1 * (1.0 - mu) - u2 * (1.0 - mu) ** 2 + bend * (np.sqrt(mu) - mu)
        worst.append(np.abs(ours - published).max())
    assert worst[0] < 0.01
    assert worst[1] > 0.03
