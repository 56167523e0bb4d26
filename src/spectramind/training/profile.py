"""Where the time of a training epoch goes, by operation, as CSV: a file for every member, and one for all of a phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from spectramind.utils.artifacts import write_text
from spectramind.utils.run_profile import diagnostics_folder, read_rows, to_csv
from spectramind.utils.runs import Workspace

COLUMNS = ("operation", "calls", "self_cpu_ms", "cpu_ms", "self_device_ms")
FILE = "profile.csv"


@contextmanager
def profiled(path: Path) -> Iterator[None]:
    """Profile what happens inside with PyTorch's profiler and write one row an operation, the longest first."""
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])]
    with profile(activities=activities) as profiler:
        yield
    _write(
        path,
        (
            (row.key, row.count, row.self_cpu_time_total / 1e3, row.cpu_time_total / 1e3, row.self_device_time_total / 1e3)
            for row in profiler.key_averages()
        ),
    )


def archive(workspace: Workspace, phase: str, folder: Path) -> Path | None:
    """Sum the profiles of all members below `folder` into outputs/diagnostics/operators_{phase}.csv; None where there is none."""
    totals: dict[str, tuple[int, float, float, float]] = {}
    for row in (row for path in sorted(folder.glob(f"fold_*/{FILE}")) for row in read_rows(path)):
        calls, own_ms, cpu_ms, device_ms = totals.get(row["operation"], (0, 0.0, 0.0, 0.0))
        totals[row["operation"]] = (
            calls + int(row["calls"]),
            own_ms + float(row["self_cpu_ms"]),
            cpu_ms + float(row["cpu_ms"]),
            device_ms + float(row["self_device_ms"]),
        )
    if not totals:
        return None
    path = diagnostics_folder(workspace) / f"operators_{phase}.csv"
    _write(path, ((name, *values) for name, values in totals.items()))
    return path


def _write(path: Path, rows: Iterable[tuple[str, int, float, float, float]]) -> None:
    longest_first = sorted(rows, key=lambda row: -row[2])
    write_text(path, to_csv(COLUMNS, (dict(zip(COLUMNS, row, strict=True)) for row in longest_first)))
