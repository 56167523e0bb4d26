from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_detector import frames, references

from spectramind.data.frames import Frames, References, StepRecord, merge_histories, run_steps, value_range


def test_records_of_two_blocks_merge() -> None:
    first = StepRecord(name="x", duration_s=1.0, counts={"a": 1}, ranges={"r": (0.0, 2.0)})
    second = StepRecord(name="x", duration_s=2.0, counts={"a": 2, "b": 5}, ranges={"r": (-1.0, 1.0), "s": (3.0, 4.0)})
    merged = first.merged(second)
    assert merged.duration_s == 3.0
    assert merged.counts == {"a": 3, "b": 5}
    assert merged.ranges == {"r": (-1.0, 2.0), "s": (3.0, 4.0)}
    assert merge_histories((), (first,)) == (first,)
    assert merge_histories((first,), (second,)) == (merged,)


def test_blocks_of_different_chains_do_not_merge() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        merge_histories((StepRecord(name="x"),), (StepRecord(name="x"), StepRecord(name="y")))


def test_a_stored_record_has_no_duration() -> None:
    stored = json.loads(json.dumps(StepRecord(name="x", duration_s=1.0, ranges={"r": (0.0, 2.0)}).as_dict()))
    assert stored == {"name": "x", "status": "COMPLETE", "parameters": {}, "counts": {}, "ranges": {"r": [0.0, 2.0]}}


def test_the_range_of_nothing_is_nothing() -> None:
    assert value_range("r", np.array([1.0, np.nan, -2.0])) == {"r": (-2.0, 1.0)}
    assert value_range("r", np.array([np.nan, np.inf])) == {}
    assert value_range("r", np.empty(0)) == {}


def test_taking_pixels_takes_every_map() -> None:
    taken = references(3, dark=[1.0, 2.0, 3.0], hot=[False, True, False]).take(np.array([2, 1]))
    assert taken.dark.tolist() == [3.0, 2.0]
    assert taken.hot.tolist() == [False, True]
    assert taken.linearity.shape == (6, 2)
    with pytest.raises(ValueError, match="read-only"):
        taken.dark[0] = 1.0


def test_steps_run_in_order_and_are_timed() -> None:
    def double(before: Frames, maps: References) -> Frames:
        return replace(before, flux=before.flux * 2, history=(*before.history, StepRecord(name="double")))

    def increment(before: Frames, maps: References) -> Frames:
        return replace(before, flux=before.flux + 1, history=(*before.history, StepRecord(name="increment")))

    result = run_steps((double, increment), frames([[3.0]]), references(1))
    assert result.flux.tolist() == [[7.0]]
    assert [record.name for record in result.history] == ["double", "increment"]
    assert all(record.duration_s > 0 for record in result.history)
