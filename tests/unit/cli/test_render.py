from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spectramind.cli.render import numbers, plain, redact_json, text_lines


@dataclass(frozen=True)
class Part:
    path: Path
    value: float


def test_results_become_json_types() -> None:
    result = {"part": Part(Path("/a"), float("nan")), 1: (np.float64(0.5), np.int64(3)), "none": None, "yes": True}
    assert plain(result) == {"part": {"path": "/a", "value": None}, "1": [0.5, 3], "none": None, "yes": True}


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="not a result"):
        plain({"a": object()})


def test_json_hides_secrets_and_stays_json() -> None:
    text = redact_json({"a": ['token="hush"', {"b": "https://me:hush@host"}]})
    assert "hush" not in text
    assert json.loads(text)


def test_numbers_are_found_at_every_depth_but_not_per_planet() -> None:
    result = {"a": 1, "b": {"c": 2.5, "ok": True, "text": "x"}, "planets": {str(number): number for number in range(100)}, "rows": [1]}
    assert numbers(result) == {"a": 1, "b/c": 2.5}


def test_text_is_aligned() -> None:
    result = {"score": 0.51234567, "ok": True, "inner": {"x": []}, "rows": [{"name": "a", "n": 1}, {"name": "bb", "n": None}]}
    assert list(text_lines(result)) == [
        "score  0.512346",
        "ok     yes",
        "inner",
        "  x  -",
        "rows",
        "  name  n",
        "  a     1",
        "  bb    -",
    ]
