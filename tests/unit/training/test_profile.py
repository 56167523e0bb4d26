"""The profile of an epoch as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import torch

from spectramind.training.profile import COLUMNS, profiled


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
