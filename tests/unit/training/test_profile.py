"""The profile of an epoch as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import torch

from spectramind.training.profile import COLUMNS, FILE, archive, profiled
from spectramind.utils.run_profile import read_rows
from spectramind.utils.runs import Workspace


def test_the_longest_operation_comes_first(tmp_path: Path) -> None:
    with profiled(tmp_path / "profile.csv"):
        for _ in range(3):
            torch.ones(50, 50) @ torch.ones(50, 50)
    with (tmp_path / "profile.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    times = [float(row["self_cpu_ms"]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert next(row for row in rows if row["operation"] == "aten::mm")["calls"] == "3"


def test_the_archive_sums_members(tmp_path: Path) -> None:
    for fold, (mm_ms, add_ms) in enumerate([(1.0, 2.5), (3.0, 0.5)]):
        folder = tmp_path / "checkpoints" / f"fold_{fold}"
        folder.mkdir(parents=True)
        lines = [",".join(COLUMNS), f"aten::mm,2,{mm_ms},{mm_ms},0", f"aten::add,1,{add_ms},{add_ms},0"]
        (folder / FILE).write_text("\n".join(lines) + "\n")
    path = archive(Workspace(tmp_path), "mae", tmp_path / "checkpoints")
    assert path == tmp_path / "outputs" / "diagnostics" / "operators_mae.csv"
    assert [(row["operation"], row["calls"], row["self_cpu_ms"]) for row in read_rows(path)] == [
        ("aten::mm", "4", "4"),
        ("aten::add", "2", "3"),
    ]


def test_there_is_no_archive_of_nothing(tmp_path: Path) -> None:
    assert archive(Workspace(tmp_path), "mae", tmp_path) is None
    assert not (tmp_path / "outputs").exists()
