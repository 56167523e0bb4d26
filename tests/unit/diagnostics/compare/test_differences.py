"""Matching of planets, differences in sigma, and what made the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.diagnostics.compare.differences import changed_statuses, differences, match
from spectramind.diagnostics.compare.load import Side
from spectramind.evaluation.submission_table import SubmissionTable
from spectramind.utils.errors import InputDataError

Array = NDArray[np.float64]


def side(
    ids: tuple[str, ...], mu: Array, sigma: Array, manifest: dict[str, Any] | None = None, config: dict[str, Any] | None = None
) -> Side:
    table = SubmissionTable(columns=(), lines=(), written_ids=ids, planet_ids=ids, mu=mu, sigma=sigma)
    return Side(name="s", submission=Path("s.csv"), table=table, manifest=manifest or {}, config=config or {}, note="")


def test_planets_are_matched_by_id_whatever_their_order() -> None:
    a = side(("1", "2", "3"), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), np.full((3, 2), 3.0))
    b = side(("3", "9", "2"), np.array([[8.0, 3.0], [9.0, 9.0], [2.0, 2.0]]), np.full((3, 2), 4.0))
    spectra = match(a, b)
    assert spectra.planet_ids == ("2", "3")
    assert (spectra.only_a, spectra.only_b) == (("1",), ("9",))
    np.testing.assert_allclose(spectra.z, [[0.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(spectra.rms_z, [0.0, np.sqrt(0.5)])
    np.testing.assert_allclose(spectra.sigma_ratio, 4.0 / 3.0)


def test_the_other_way_round_all_signs_turn() -> None:
    rng = np.random.default_rng(3)
    a, b = (side(("1", "2"), rng.normal(size=(2, 5)), rng.uniform(1.0, 2.0, (2, 5))) for _ in range(2))
    np.testing.assert_allclose(match(a, b).z, -match(b, a).z)
    np.testing.assert_allclose(match(a, b).sigma_ratio, 1.0 / match(b, a).sigma_ratio)


@pytest.mark.parametrize(
    ("ids", "bins", "sigma", "what"), [(("9",), 2, 1.0, "in common"), (("1",), 3, 1.0, "other bins"), (("1",), 2, 0.0, "not positive")]
)
def test_what_cannot_be_compared_is_refused(ids: tuple[str, ...], bins: int, sigma: float, what: str) -> None:
    a = side(("1",), np.ones((1, 2)), np.ones((1, 2)))
    b = side(ids, np.ones((1, bins)), np.full((1, bins), sigma))
    with pytest.raises(InputDataError, match=what):
        match(a, b)


def manifest(**changes: Any) -> dict[str, Any]:
    values = {"git_sha": "abc", "config_hash": "c" * 64, "toolchain": {"numpy": "2.4"}, "data_fingerprint": "d", "planets": {}}
    return values | {"calibration": {"parameters": {"gain": 1.0}}, "model": {"kind": "physics"}, "uncertainty": {}} | changes


def test_only_what_differs_is_listed_leaf_by_leaf() -> None:
    one = np.ones((1, 2))
    a = side(("1",), one, one, manifest(), {"train": {"epochs": 3, "seed": 1}})
    changed = manifest(toolchain={"numpy": "2.5"}, model={"kind": "network", "members": 5})
    b = side(("1",), one, one, changed, {"train": {"epochs": 4, "seed": 1}})
    assert differences(a, b) == [
        {"area": "versions", "key": "toolchain.numpy", "A": "2.4", "B": "2.5"},
        {"area": "model", "key": "model.kind", "A": "physics", "B": "network"},
        {"area": "model", "key": "model.members", "A": "not there", "B": "5"},
        {"area": "configuration", "key": "train.epochs", "A": "3", "B": "4"},
    ]
    assert differences(a, a) == []
    assert differences(a, side(("1",), one, one)) == []


def test_statuses_that_changed_are_named_with_their_reason() -> None:
    one = np.ones((1, 2))
    first = manifest(planets={"1": {"status": "COMPLETE"}, "2": {"status": "COMPLETE"}, "3": {"status": "COMPLETE"}})
    second = manifest(planets={"1": {"status": "FALLBACK", "reason": "torn"}, "2": {"status": "COMPLETE"}})
    assert changed_statuses(side(("1",), one, one, first), side(("1",), one, one, second)) == [
        {"planet": "1", "A": "COMPLETE", "B": "FALLBACK: torn"}
    ]


def test_what_is_only_expected_of_a_planet_is_no_status() -> None:
    one = np.ones((1, 2))
    first = manifest(planets={"1": {"status": "COMPLETE", "quality": "GOOD", "expected_score": 0.5, "widening": 1.0}})
    second = manifest(planets={"1": {"status": "COMPLETE", "quality": "GOOD", "expected_score": 0.6, "widening": 1.1}})
    assert changed_statuses(side(("1",), one, one, first), side(("1",), one, one, second)) == []
