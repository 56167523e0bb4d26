"""`spectramind calibrate-temp` and `calibrate-corel` leave a page and tables that belong to what they fitted."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tiny_training as tiny

if TYPE_CHECKING:
    from tests.conftest import Run


def test_both_leave_their_report(spectramind: Run, tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, "model.kind=physics", planets=tiny.PLANETS[:4], bins=283)
    places = (f"paths.root={stage.workspace.root}", f"data.raw_dir={stage.config.data.raw_dir}")
    overrides = (*tiny.OVERRIDES, "model.kind=physics", "calib.alpha=0.4", *places)
    folder = stage.workspace.outputs / "calibration"
    pages = []
    for command in ("calibrate-temp", "calibrate-corel"):
        result = spectramind(command, "--json", *overrides).document["result"]
        assert result["page"] == str(folder / "uncertainty.html")
        pages.append(Path(result["page"]).read_text(encoding="utf-8"))
        with (folder / "coverage_by_bin.csv").open(newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["intervals"] == "intervals"]
        assert len(rows) == 283
        assert {float(row["worth"]) for row in rows} == {4.0}
        mean = sum(float(row["seen"]) for row in rows) / len(rows)
        assert abs(mean - result["after"]["coverage"]) < 1e-6
    assert pages[0] != pages[1]


def test_a_depth_that_is_no_number_is_named(spectramind: Run, tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, "model.kind=physics", planets=tiny.PLANETS[:4])
    labels = stage.config.data.raw_dir / "train.csv"
    rows = [line.split(",") for line in labels.read_text().splitlines()]
    rows[2][3] = "nan"
    labels.write_text("\n".join(",".join(row) for row in rows) + "\n")
    places = (f"paths.root={stage.workspace.root}", f"data.raw_dir={labels.parent}")
    outcome = spectramind("calibrate-temp", *tiny.OVERRIDES, "model.kind=physics", *places)
    assert outcome.code == 6
    assert f"{labels}: planet {tiny.PLANETS[1]}, column {rows[0][3]} (bin 2)" in outcome.stderr
    assert "next:" in outcome.stderr


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_the_fits_without_a_fold_say_how_far_they_are(spectramind: Run, tmp_path: Path, quiet: tuple[str, ...]) -> None:
    stage = tiny.make_stage(tmp_path, "model.kind=physics", planets=tiny.PLANETS[:4])
    places = (f"paths.root={stage.workspace.root}", f"data.raw_dir={stage.config.data.raw_dir}")
    said = spectramind("calibrate-temp", *quiet, *tiny.OVERRIDES, "model.kind=physics", *places).stderr
    lines = [line for line in said.splitlines() if line.startswith("calibrations without a fold: ")]
    if quiet:
        assert lines == []
    else:
        assert lines[0] == "calibrations without a fold: 4 to do"
        assert len(lines) == 2
        assert lines[1].startswith("calibrations without a fold: 4/4 after ")
