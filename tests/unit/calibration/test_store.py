"""The calibration on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectramind.calibration.corel import Corel
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import COREL_COLUMNS, COREL_NAME, RECORD_NAME, CalibrationRecord, Provenance, read_record, write_record
from spectramind.calibration.temperature import Temperature
from spectramind.utils.errors import ExitCode, InputDataError

COREL = Corel(alpha=0.1, q=np.array([1.7, 1.0 / 3.0, 2.2]), sigma_scale=np.array([1.0, np.pi / 3.0, 0.1 + 0.2]), planets=57)
GROUPS = Groups(
    factors={QualityClass.GOOD: 0.1 + 0.2, QualityClass.FAINT: 1.0, QualityClass.POOR: 2.5},
    planets={QualityClass.GOOD: 30, QualityClass.FAINT: 0, QualityClass.POOR: 27},
)
RECORD = CalibrationRecord(
    temperature=Temperature(fgs1=2.0 / 3.0, airs=1.1),
    groups=GROUPS,
    corel=COREL,
    provenance=Provenance(
        planet_ids=("12", "7"), model={"kind": "network", "key": "ab12", "members": 3}, config_hash="c0", data_hash="d0", git_sha="e0"
    ),
    before={"score": 0.1 + 0.7, "gll": -3.5},
    after={"score": 0.61},
    columns={"noise_scale": (1.0, 1.0 / 3.0)},
    left_out="f0" * 32,
    without_corel="why",
    wavelength_um=(0.7, 1.95176069, 1.0 / 7.0),
)


def test_a_record_comes_back_number_for_number(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    seen = read_record(tmp_path)
    assert seen.corel is not None
    np.testing.assert_array_equal(seen.corel.q, COREL.q)
    np.testing.assert_array_equal(seen.corel.sigma_scale, COREL.sigma_scale)
    assert (seen.corel.alpha, seen.corel.planets) == (0.1, 57)
    assert seen.temperature == RECORD.temperature
    assert (seen.groups, seen.columns, seen.left_out, seen.without_corel) == (GROUPS, RECORD.columns, RECORD.left_out, "why")
    assert seen.provenance == RECORD.provenance
    assert (seen.before, seen.after, seen.wavelength_um) == (RECORD.before, RECORD.after, RECORD.wavelength_um)


def test_the_same_record_has_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_record(tmp_path / folder, RECORD)
    for name in (RECORD_NAME, COREL_NAME):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_table_has_its_columns(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    with (tmp_path / COREL_NAME).open() as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COREL_COLUMNS
    assert [row["bin"] for row in rows] == ["0", "1", "2"]
    assert float(rows[1]["wavelength_um"]) == 1.95176069
    assert float(rows[1]["q_shrunk"]) == pytest.approx(1.6448536269514722 * np.pi / 3.0)
    assert float(rows[0]["q_as_sigma"]) == pytest.approx(1.7 / 1.6448536269514722)
    assert rows[2]["planets"] == "57"


def test_without_quantiles_no_old_table_is_left(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    write_record(tmp_path, replace(RECORD, corel=None))
    assert read_record(tmp_path).corel is None
    assert not (tmp_path / COREL_NAME).exists()


def test_wavelengths_may_be_unknown(tmp_path: Path) -> None:
    write_record(tmp_path, replace(RECORD, wavelength_um=()))
    assert read_record(tmp_path).wavelength_um == ()


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        content = json.loads((folder / RECORD_NAME).read_text())
        change(content)
        (folder / RECORD_NAME).write_text(json.dumps(content))

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no record": lambda folder: (folder / RECORD_NAME).unlink(),
    "no table": lambda folder: (folder / COREL_NAME).unlink(),
    "cut short": lambda folder: (folder / RECORD_NAME).write_text((folder / RECORD_NAME).read_text()[:100]),
    "not text": lambda folder: (folder / RECORD_NAME).write_bytes(b"\xff\xfe\x00"),
    "not a record": lambda folder: (folder / RECORD_NAME).write_text("[1, 2]"),
    "altered table": lambda folder: (folder / COREL_NAME).write_text((folder / COREL_NAME).read_text().replace("1.7", "1.8")),
    "no temperature": edited(lambda content: content.pop("temperature")),
    "negative temperature": edited(lambda content: content.update(temperature={"fgs1": -1.0, "airs": 1.0})),
    "infinite factor": edited(lambda content: content.update(groups={"factors": dict.fromkeys(QualityClass, float("inf")), "planets": {}})),
    "class without a number of planets": edited(lambda content: content["groups"]["planets"].pop("POOR")),
    "figure that is no number": edited(lambda content: content["after"].update(score="high")),
    "figure that is not finite": edited(lambda content: content["before"].update(score=float("nan"))),
    "column that is not finite": edited(lambda content: content["columns"].update(noise_scale=[1.0, float("nan")])),
    "unknown field": edited(lambda content: content.update(provenance={"planet": 1})),
    "other version": edited(lambda content: content.update(version=0)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_damage_is_an_error_with_the_command_that_repairs_it(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    write_record(tmp_path, RECORD)
    damage(tmp_path)
    with pytest.raises(InputDataError) as caught:
        read_record(tmp_path)
    assert caught.value.exit_code is ExitCode.INPUT_UNUSABLE
    assert "spectramind calibrate-temp" in caught.value.hint
    assert str(tmp_path) in caught.value.where


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        write_record(tmp_path, replace(RECORD, before={"score": float("nan")}))
    assert not (tmp_path / RECORD_NAME).exists()
