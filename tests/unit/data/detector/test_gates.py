from __future__ import annotations

import json

import pytest

from spectramind.data.detector.gates import GateResult, check_gates
from spectramind.data.frames import Range, StepRecord
from spectramind.utils.config.schema import GatesConfig

GATES = GatesConfig(
    adc_gain=(0.001, 100.0),
    dark_electron_per_s=(-0.1, 10.0),
    flat=(0.5, 1.6),
    masked_fraction=(0.0, 0.1),
    linearity_correction_ppm=(-5e4, 1e5),
)


@pytest.mark.parametrize(
    ("seen", "passed"), [((0.6, 1.2), True), ((0.5, 1.6), True), ((0.4, 1.2), False), ((0.6, 1.7), False), ((float("nan"), 1.0), False)]
)
def test_a_gate_holds_what_was_seen_against_its_range(seen: Range, passed: bool) -> None:
    (result,) = check_gates((StepRecord(name="flat", ranges={"flat": seen}),), GATES)
    assert (result.name, result.step, result.passed) == ("flat", "flat", passed)


def test_masked_fraction_comes_from_the_interpolation() -> None:
    history = (StepRecord(name="interpolation", counts={"pixels": 100, "pixels_in_space": 11}),)
    (result,) = check_gates(history, GATES)
    assert result.name == "masked_fraction"
    assert not result.passed


def test_ranges_without_a_gate_are_ignored() -> None:
    assert check_gates((StepRecord(name="adc", ranges={"raw_adu": (0.0, 1.0)}), StepRecord(name="cds")), GATES) == ()


def test_a_result_is_json() -> None:
    result = GateResult(name="flat", step="flat", low=0.5, high=1.6, seen_low=0.9, seen_high=1.1)
    expected = {"name": "flat", "step": "flat", "range": [0.5, 1.6], "seen": [0.9, 1.1], "passed": True}
    assert json.loads(json.dumps(result.as_dict())) == expected
