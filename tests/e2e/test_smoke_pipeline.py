"""Frames in the competition's layout become a valid, scored submission through the command line; what is broken is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spectramind.cli import main
from spectramind.data.dataset import read_labels
from spectramind.evaluation.submission_table import read_submission
from spectramind.inference.schema_check import SUBMISSION_SCHEMA
from spectramind.inference.submission import validate_submission
from spectramind.utils.locations import schema_directory
from spectramind.utils.schemas import validate_document

Call = Callable[..., tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Finished:
    """A first run: its dataset, truth, workspace and JSON document."""

    raw: Path
    truth: Path
    root: Path
    document: dict[str, Any]

    @property
    def submission(self) -> Path:
        return self.root / "outputs" / "submission.csv"

    @property
    def manifest(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.root / "outputs" / "submission_manifest.json").read_text())
        return document


def call(root: Path, output: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command line in this process; its one JSON document is read from a file, so that fixtures may call it too."""
    with pytest.MonkeyPatch.context() as patch, output.open("w+") as stream:
        patch.setenv("SPECTRAMIND_ROOT", str(root))
        patch.setattr("sys.stdout", stream)
        code = main(("run", "--json", *arguments))
        stream.seek(0)
        return code, json.loads(stream.read())


def options(raw: Path, *more: str) -> tuple[str, ...]:
    return (f"data.raw_dir={raw}", "data.split=test", "data.store_frames=false", "global.workers=1", *more)


@pytest.fixture(scope="module")
def first(smoke_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("pipeline")
    truth = smoke_raw.with_name("raw_truth") / "test.csv"
    labels = folder / "labels.csv"
    shutil.copy(truth, labels)
    arguments = ("--truth", str(truth), "--train", str(labels))
    code, document = call(folder / "w", folder / "first.json", *arguments, *options(smoke_raw))
    assert code == 0, document
    return Finished(smoke_raw, truth, folder / "w", document)


def test_the_submission_is_valid_and_whole(first: Finished) -> None:
    planets = tuple(path.name for path in (first.raw / "test").iterdir())
    validate_submission(first.submission, schema_directory() / SUBMISSION_SCHEMA, planets)
    assert first.document["result"]["predict"]["complete"] == 2


def test_the_manifest_is_valid_and_every_planet_complete(first: Finished) -> None:
    validate_document(first.manifest, "manifest", where="submission_manifest.json")
    assert first.manifest["status_counts"] == {"COMPLETE": 2}


def test_the_truth_is_within_the_errors(first: Finished) -> None:
    table, truth = read_submission(first.submission), read_labels(first.truth)
    score = first.document["result"]["score"]
    assert score["planets"] == 2
    assert score["score"] > 0.2
    for row, planet_id in enumerate(table.planet_ids):
        z = (table.mu[row] - truth.loc[planet_id].to_numpy()) / table.sigma[row]
        assert abs(z).max() < 6.0


def test_a_second_run_does_nothing_twice_and_writes_the_same_bytes(first: Finished, tmp_path: Path) -> None:
    before = first.submission.read_bytes()
    code, document = call(first.root, tmp_path / "out.json", *options(first.raw))
    assert code == 0
    for stage in ("calibrate", "features"):
        assert (document["result"][stage]["done"], document["result"][stage]["reused"]) == (0, 2)
    assert first.submission.read_bytes() == before


def test_a_broken_planet_and_a_wicked_id_do_not_sink_the_run(first: Finished, tmp_path: Path) -> None:
    raw = Path(shutil.copytree(first.raw, tmp_path / "raw", copy_function=os.link))
    root = Path(shutil.copytree(first.root, tmp_path / "w", ignore=shutil.ignore_patterns("*.lock")))
    victim = sorted((raw / "test").iterdir())[0]
    signal = victim / "AIRS-CH0_signal_0.parquet"
    content = signal.read_bytes()
    signal.unlink()
    signal.write_bytes(content[: len(content) // 2])
    stars = raw / "test_star_info.csv"
    lines = stars.read_text().splitlines()
    stars.unlink()
    stars.write_text("\n".join([*lines, "../train/1," + lines[1].split(",", 1)[1]]) + "\n")

    code, document = call(root, tmp_path / "out.json", *options(raw))

    assert code == 0, document
    result = document["result"]
    assert list(result["calibrate"]["set_aside"]) == [f"planet_{victim.name}_0"]
    assert result["features"]["reused"] == 1
    assert any("../train/1" in row for row in result["predict"]["rejected_rows"])
    manifest = json.loads((root / "outputs" / "submission_manifest.json").read_text())
    assert manifest["planets"][victim.name]["status"] == "FALLBACK"
    assert "cannot be read" in manifest["planets"][victim.name]["reason"]
    assert manifest["status_counts"] == {"COMPLETE": 1, "FALLBACK": 1}
    planets = tuple(path.name for path in (raw / "test").iterdir())
    validate_submission(root / "outputs" / "submission.csv", schema_directory() / SUBMISSION_SCHEMA, planets)
    good = next(planet for planet in planets if planet != victim.name)
    old, new = (
        next(line for line in path.read_text().splitlines() if line.startswith(f"{good},"))
        for path in (first.submission, root / "outputs/submission.csv")
    )
    assert old == new
