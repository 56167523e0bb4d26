"""Slow processes are covariances with the time scales they name."""

from __future__ import annotations

import numpy as np
import pytest

from spectramind.features.drift.slow_process import NO_PROCESS, SLOW_MODES, Kernel, SlowProcess, slow_modes

TIME_H = np.linspace(0.0, 7.5, 187)


@pytest.mark.parametrize("kernel", Kernel)
@pytest.mark.parametrize("time_h", [0.3, 1.5, 7.5])
def test_every_process_is_a_stationary_covariance(kernel: Kernel, time_h: float) -> None:
    covariance = SlowProcess(sigma=3e-4, time_h=time_h, kernel=kernel).covariance(TIME_H)
    np.testing.assert_allclose(np.diag(covariance), 9e-8)
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > -1e-18
    np.testing.assert_allclose(covariance[0, :-10], covariance[10, 10:])


def test_no_process_moves_nothing() -> None:
    assert not NO_PROCESS.covariance(TIME_H).any()


def test_a_cycle_returns_after_its_period_and_forgets_its_phase_over_several_visits() -> None:
    covariance = SlowProcess(sigma=1.0, time_h=2.5, kernel=Kernel.CYCLE).covariance(TIME_H)[0]
    after, half = np.argmin(np.abs(TIME_H - 2.5)), np.argmin(np.abs(TIME_H - 1.25))
    assert 0.95 < covariance[after] < 1.0
    assert -1.0 < covariance[half] < -0.98
    assert covariance[-1] > 0.75
    steady = SlowProcess(sigma=1.0, time_h=2.5, kernel=Kernel.STEADY_CYCLE).covariance(TIME_H)[0]
    np.testing.assert_allclose(steady, np.cos(2.0 * np.pi * TIME_H / 2.5), atol=0.003)


def test_a_rough_process_has_a_kink_where_a_smooth_one_has_none() -> None:
    near = {kernel: 1.0 - SlowProcess(sigma=1.0, time_h=1.0, kernel=kernel).covariance(np.array([0.0, 1e-3]))[0, 1] for kernel in Kernel}
    assert near[Kernel.ROUGH] == pytest.approx(1e-3, rel=1e-3)
    assert near[Kernel.SMOOTH] < 2e-6


def test_a_short_series_has_fewer_slow_modes() -> None:
    assert slow_modes(TIME_H).shape == (SLOW_MODES, 187)
    assert slow_modes(TIME_H[:30]).shape == (10, 30)
