"""Whether the test set is like the calibration set."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstwo

from spectramind.calibration.drift_check import LARGEST_WIDENING, LEVEL, check_drift
from spectramind.utils.errors import InputDataError


def columns(seed: int, planets: int, shift: float = 0.0) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    log_sigma, noise_scale = np.random.default_rng(seed).normal(size=(2, planets))
    return {"log_sigma": log_sigma, "noise_scale": noise_scale + shift}


def test_sets_that_are_alike_pass() -> None:
    report = check_drift(columns(0, 100), columns(1, 80))
    assert report.drifted == ()
    assert report.widening == 1.0
    assert report.sentence == "The test planets are like the calibration planets in log_sigma, noise_scale."


def test_false_alarms_are_as_rare_as_promised() -> None:
    alarms = sum(bool(check_drift(columns(2 * seed, 60), columns(2 * seed + 1, 40)).drifted) for seed in range(300))
    assert alarms <= 9, f"{alarms} of 300; {LEVEL:.0%} were promised"


def test_a_shifted_column_is_named_and_widens_by_its_distance() -> None:
    report = check_drift(columns(0, 100), columns(1, 80, 0.8))
    assert report.drifted == ("noise_scale",)
    shifted = report.columns[1]
    known, new = columns(0, 100)["noise_scale"], columns(1, 80, 0.8)["noise_scale"]
    places = np.concatenate([known, new])
    distance = np.abs((known[:, None] <= places).mean(axis=0) - (new[:, None] <= places).mean(axis=0)).max()
    assert shifted.distance == pytest.approx(distance)
    assert shifted.p_value == pytest.approx(float(kstwo.sf(distance, round(100 * 80 / 180))), rel=0.5, abs=1e-6)
    assert report.widening == pytest.approx(1.0 + distance)
    assert report.sentence.startswith("The test planets differ from the calibration planets in noise_scale (median 0.7")
    assert report.sentence.endswith(f"sigma should be {report.widening:.2f} times as wide.")


def test_the_widening_is_bounded() -> None:
    assert check_drift(columns(0, 100), columns(1, 80, 50.0)).widening == LARGEST_WIDENING


def test_more_columns_need_stronger_evidence() -> None:
    known, new = columns(0, 100), columns(1, 80, 0.65)
    alone = check_drift({"noise_scale": known["noise_scale"]}, {"noise_scale": new["noise_scale"]})
    many = {f"column {number}": known["log_sigma"] for number in range(60)}
    among = check_drift({**many, **known}, {**many, **new})
    assert alone.columns[0].p_value == among.columns[-1].p_value
    assert (alone.drifted, among.drifted) == (("noise_scale",), ())


def test_sets_that_cannot_be_compared_are_refused() -> None:
    known = columns(0, 100)
    with pytest.raises(InputDataError, match="same columns"):
        check_drift(known, {"log_sigma": known["log_sigma"]})
    with pytest.raises(InputDataError, match="same columns"):
        check_drift({}, {})
    with pytest.raises(InputDataError, match="4 values, 0 of them not finite"):
        check_drift(known, columns(1, 4))
    with pytest.raises(InputDataError, match="noise_scale of the test set") as caught:
        check_drift(known, {**columns(1, 10), "noise_scale": np.full(10, np.nan)})
    assert "10 values, 10 of them not finite" in caught.value.received
