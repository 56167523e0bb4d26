"""Where the time of a training epoch goes, by operation, as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from spectramind.utils.artifacts import write_text

COLUMNS = ("operation", "calls", "self_cpu_ms", "cpu_ms", "self_device_ms")


@contextmanager
def profiled(path: Path) -> Iterator[None]:
    """Profile what happens inside with PyTorch's profiler and write one row an operation, the longest first."""
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])]
    with profile(activities=activities) as profiler:
        yield
    rows = sorted(profiler.key_averages(), key=lambda row: row.self_cpu_time_total, reverse=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        times_ms = (row.self_cpu_time_total / 1e3, row.cpu_time_total / 1e3, row.self_device_time_total / 1e3)
        writer.writerow([row.key, row.count, *(f"{time_ms:.3f}" for time_ms in times_ms)])
    write_text(path, text.getvalue())
