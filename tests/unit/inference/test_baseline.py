"""The recorded log-likelihood: round trip, damage, and what it is the log-likelihood of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectramind.calibration.corel import Corel
from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import CalibrationRecord, Provenance, write_record
from spectramind.calibration.temperature import Temperature
from spectramind.inference.baseline import (
    baseline_of,
    baseline_path,
    final_figures,
    present_baseline,
    read_baseline,
    write_baseline,
)
from spectramind.inference.uncertainty import calibration_folder
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

PROVENANCE = Provenance(planet_ids=("12", "11"), model={"kind": "physics"}, config_hash="c", data_hash="d", git_sha="unknown")
RECORD = CalibrationRecord(
    temperature=Temperature(fgs1=1.0, airs=1.0),
    groups=Groups(factors=dict.fromkeys(QualityClass, 1.0), planets=dict.fromkeys(QualityClass, 2)),
    corel=None,
    provenance=PROVENANCE,
    before={"gll": 8.0},
    after={"temperature_gll": 8.4, "groups_gll": 8.5, "corel_gll": 9.0},
    columns={},
    left_out="0" * 64,
)
COREL = Corel(alpha=0.1, q=np.ones(3), sigma_scale=np.ones(3), planets=2)


def test_the_figures_are_those_of_the_last_step() -> None:
    assert final_figures(RECORD) == {"gll": 8.5}
    assert final_figures(replace(RECORD, corel=COREL)) == {"gll": 9.0}


def test_round_trip(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    write_record(calibration_folder(workspace), RECORD)
    present = present_baseline(workspace)
    write_baseline(baseline_path(workspace), present)
    assert read_baseline(baseline_path(workspace)) == present
    assert (present.gll, present.planets) == (8.5, 2)


def test_the_order_of_the_planets_does_not_matter() -> None:
    other = replace(RECORD, provenance=replace(PROVENANCE, planet_ids=("11", "12")))
    assert baseline_of(other) == baseline_of(RECORD)
    assert baseline_of(replace(RECORD, provenance=replace(PROVENANCE, planet_ids=("11", "13")))) != baseline_of(RECORD)


def test_without_a_calibration_there_is_nothing_to_record(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="no calibration"):
        present_baseline(Workspace(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        '{"gll": 1.0}',
        '{"gll": "x", "planets": 1, "planets_sha256": "", "git_sha": ""}',
        '{"gll": NaN, "planets": 1, "planets_sha256": "", "git_sha": ""}',
        '{"gll": 1.0, "planets": "many", "planets_sha256": "", "git_sha": ""}',
    ],
)
def test_a_missing_or_damaged_baseline_names_the_command(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputDataError, match="baseline") as caught:
        read_baseline(path)
    assert caught.value.hint == "spectramind gates record"
