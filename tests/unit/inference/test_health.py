"""What the residuals of a planet say: columns, suspicion, and planets of which nothing is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_training as tiny
from numpy.typing import NDArray

from spectramind.data.identifiers import VisitId
from spectramind.inference.health import (
    COLUMNS,
    UNSETTLED,
    Health,
    columns_of,
    read_health,
    suspicions,
    visit_brightness,
    visit_columns,
    visit_suspicion,
)
from spectramind.utils.progress import SilentProgress

Arrays = dict[str, dict[str, NDArray[Any]]]
TIMES, BINS = 4000, 101


def white_noise(seed: int = 0, excess: float = 1.0) -> Arrays:
    """Features of a visit whose residuals are white and `excess` times their noise."""
    generator = np.random.default_rng(seed)
    z = excess * generator.standard_normal((BINS, TIMES))
    power = np.abs(np.fft.rfft(z, axis=1)[:, 1:]) ** 2 / TIMES
    return {
        "transit": {"data_sigma": np.full(BINS, 2e-4), "noise_scale": np.full(BINS, excess)},
        "fgs1_white": {"residual": 1e-4 * z[0], "variance": np.full(TIMES, 1e-8)},
        "airs_bins": {"fft_power": np.stack([band.mean(axis=1) for band in np.array_split(power, 4, axis=1)], axis=1)},
    }


@pytest.mark.parametrize("excess", [1.0, 2.5])
def test_scatter_is_in_units_of_the_noise(excess: float) -> None:
    columns = visit_columns(white_noise(excess=excess))
    assert tuple(columns) == COLUMNS
    assert columns["log_data_sigma"] == pytest.approx(np.log(2e-4))
    for name in ("noise_scale", "fgs1_scatter", "slow_scatter"):
        assert columns[name] == pytest.approx(excess, rel=0.05)
    assert visit_suspicion(columns, converged=True) == pytest.approx(excess, rel=0.05)


def test_spikes_that_the_fit_left_out_are_no_reason_for_suspicion() -> None:
    arrays = white_noise()
    arrays["fgs1_white"]["residual"][:200] += 0.1
    assert visit_columns(arrays)["fgs1_scatter"] == pytest.approx(1.0, abs=0.1)


def test_slow_residuals_are() -> None:
    arrays = white_noise()
    arrays["airs_bins"]["fft_power"][1:, 0] = 9.0
    assert visit_suspicion(visit_columns(arrays), converged=True) == pytest.approx(3.0)


def test_a_fit_that_did_not_settle_is_suspicious() -> None:
    columns = visit_columns(white_noise())
    assert visit_suspicion(columns, converged=False) == UNSETTLED
    assert visit_suspicion({**columns, "noise_scale": 7.0}, converged=False) == 7.0


def test_fgs1_does_not_hide_in_the_median_over_bins() -> None:
    arrays = white_noise()
    arrays["fgs1_white"]["residual"] *= 4.0
    assert visit_suspicion(visit_columns(arrays), converged=True) == pytest.approx(4.0, rel=0.1)


def test_the_brightness_is_that_of_the_noise_whatever_the_residuals_are() -> None:
    arrays = white_noise()
    assert visit_brightness(arrays) == pytest.approx(1e8)
    arrays["fgs1_white"]["residual"] *= 20.0
    assert visit_brightness(arrays) == pytest.approx(1e8)


@pytest.fixture
def stage(tmp_path: Path) -> tiny.Stage:
    return tiny.make_stage(tmp_path, planets=tiny.PLANETS[:3])


def health_of(stage: tiny.Stage) -> dict[str, Health]:
    return read_health(stage.config, stage.workspace, stage.dataset, "train", tiny.PLANETS[:3], progress=SilentProgress())


def test_planets_without_features_are_unknown(stage: tiny.Stage) -> None:
    stage.forget(tiny.PLANETS[1])
    health = health_of(stage)
    assert tuple(health) == tiny.PLANETS[:3]
    seen = suspicions(health.values())
    assert np.isnan(seen).tolist() == [False, True, False]
    assert np.isnan([each.brightness for each in health.values()]).tolist() == [False, True, False]
    assert {name: len(values) for name, values in columns_of(health.values()).items()} == dict.fromkeys(COLUMNS, 2)


def test_numbers_that_are_not_finite_are_unknown(stage: tiny.Stage) -> None:
    arrays, _ = tiny.visit_features(int(tiny.PLANETS[0]))
    arrays["fgs1_white"]["variance"] = np.full(tiny.TIMES, np.nan)
    stage.put(VisitId("train", tiny.PLANETS[0], 0), arrays)
    assert np.isnan(health_of(stage)[tiny.PLANETS[0]].suspicion)


def test_the_worst_visit_is_judged_and_the_first_compared(stage: tiny.Stage) -> None:
    planet = tiny.PLANETS[0]
    once = health_of(stage)[planet]
    arrays, _ = tiny.visit_features(77)
    arrays["fgs1_white"]["residual"] *= 20.0
    for sensor in ("FGS1", "AIRS-CH0"):
        (stage.config.data.raw_dir / "train" / planet / f"{sensor}_signal_1.parquet").touch()
    stage.put(VisitId("train", planet, 1), arrays)
    twice = health_of(stage)[planet]
    assert (twice.columns, twice.brightness) == (once.columns, once.brightness)
    assert twice.suspicion > 10.0 > once.suspicion
