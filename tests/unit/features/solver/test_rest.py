"""What is assumed about everything but the depths, and the short way to its evidence."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.prior import DriftPrior
from spectramind.features.drift.slow_process import Kernel, SlowProcess
from spectramind.features.solver.gauss_newton import step
from spectramind.features.solver.joint_system import JointSystem
from spectramind.features.solver.linearisation import Linearisation, working_prior
from spectramind.features.solver.panel import Panels, initial_state, panels_of
from spectramind.features.solver.rest import NoiseHypothesis, RestPrior
from spectramind.features.transit.state import SharedPrior, TransitState

Array = NDArray[np.float64]

HYPOTHESES = (
    NoiseHypothesis(),
    NoiseHypothesis(fgs1=DriftPrior(degree=2, slow=SlowProcess(sigma=2e-4, time_h=0.4)), white_sigma=4e-5),
    NoiseHypothesis(
        airs=DriftPrior(degree=4, separable_rest=0.1, slow=SlowProcess(sigma=0.3, time_h=1.5, kernel=Kernel.CYCLE)),
        slow=SlowProcess(sigma=6e-5, time_h=0.4, kernel=Kernel.ROUGH),
    ),
)


@cache
def problem() -> tuple[Panels, TransitState, SharedPrior, JointSystem]:
    visit = tiny.make_visit(np.full(9, 0.01), times=70, noise=1e-4, seed=3)
    panels, prior = panels_of(visit), SharedPrior.from_star(tiny.STAR, visit.airs.wavelength_um, 4.0)
    state = initial_state(visit, panels, prior, 0.01)
    for _ in range(3):
        state = step(panels, state, prior, NoiseHypothesis()).state
    return panels, state, prior, Linearisation.at(panels, state, prior).system


@pytest.mark.parametrize("noise", HYPOTHESES)
def test_the_evidence_does_not_depend_on_what_is_integrated_over_first(noise: NoiseHypothesis) -> None:
    panels, state, prior, system = problem()
    depths, rest = working_prior(panels, state), RestPrior.of(panels, state, prior, noise)
    depths_last = system.without_rest(rest).depths.posterior(depths, state.depth).log_evidence
    rest_last = system.marginal_rest(depths, state.depth).log_evidence_under(rest)
    assert rest_last == pytest.approx(depths_last, abs=1e-5)


@pytest.mark.parametrize("noise", HYPOTHESES)
def test_whitening_block_by_block_is_whitening_by_the_root(noise: NoiseHypothesis) -> None:
    panels, state, prior, system = problem()
    rest = RestPrior.of(panels, state, prior, noise)
    root = rest.unwhiten(np.eye(rest.offset.size))
    assert root.shape == system.rest_rest.shape
    np.testing.assert_allclose(rest.whiten(system.rest_right), root.T @ system.rest_right, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(rest.whiten(system.rest_rest), root.T @ system.rest_rest, rtol=1e-9, atol=1e-9)
    factor = rest.whitened_factor(system.rest_rest)
    expected = np.eye(len(root)) + root.T @ system.rest_rest @ root
    np.testing.assert_allclose(factor @ factor.T, expected, rtol=1e-9, atol=1e-9)


def common_covariance(noise: NoiseHypothesis) -> Array:
    panels, state, prior, _ = problem()
    rest, common = RestPrior.of(panels, state, prior, noise), slice(-state.common.size, None)
    root = rest.unwhiten(np.eye(rest.offset.size))[common, common]
    return root @ root.T


@pytest.mark.parametrize("slow_time_h", [0.4, 1.5, 10.0])
def test_common_flux_is_white_noise_beside_a_process(slow_time_h: float) -> None:
    process, time_h = SlowProcess(sigma=6e-5, time_h=slow_time_h), problem()[0][1].series.time_h
    found = common_covariance(NoiseHypothesis(white_sigma=1e-5, slow=process))
    np.testing.assert_allclose(found, process.covariance(time_h) + 1e-10 * np.eye(time_h.size), atol=1e-20)


def test_common_flux_without_a_process_is_white() -> None:
    times = len(problem()[1].common)
    np.testing.assert_allclose(common_covariance(NoiseHypothesis(white_sigma=1e-5)), 1e-10 * np.eye(times), atol=1e-24)


def test_what_a_rough_separable_drift_does_beyond_its_modes_is_common_flux_in_the_mean_colour() -> None:
    panels, state, prior, _ = problem()
    airs = DriftPrior(separable_rest=0.1, slow=SlowProcess(sigma=0.3, time_h=1.5, kernel=Kernel.ROUGH))
    drift = replace(state.drift[1], colour=np.array([2e-3, 0.0, 0.0, 0.0]))
    state = replace(state, drift=(state.drift[0], drift))
    root = RestPrior.of(panels, state, prior, NoiseHypothesis(airs=airs, white_sigma=1e-5)).blocks[-1]
    beyond = panels[1].drift.beyond_modes(SlowProcess(sigma=6e-4, time_h=1.5, kernel=Kernel.ROUGH))
    np.testing.assert_allclose(root @ root.T, beyond + 1e-10 * np.eye(70), rtol=1e-9, atol=1e-20)
