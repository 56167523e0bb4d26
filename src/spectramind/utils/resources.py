"""Time, memory and disk: what a run used, and whether it will end inside its limit."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spectramind.utils.errors import RuntimeLimitRisk

MIB = 1 << 20


@dataclass(frozen=True)
class Usage:
    """Resources between two moments, child processes that have ended included."""

    wall_s: float
    cpu_s: float
    peak_rss_mib: float


class Stopwatch:
    """Measures from its construction."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = _cpu_s()

    def usage(self) -> Usage:
        """Return the resources used so far; the peak of memory is that of the process's life."""
        return Usage(time.monotonic() - self._wall_s, _cpu_s() - self._cpu_s, peak_rss_mib())


def peak_rss_mib() -> float:
    """Return the largest resident memory of this process or of one child that has ended, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) * unit / MIB


def _cpu_s() -> float:
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def free_disk_mib(folder: Path) -> float:
    """Return the free space where `folder` is, or will be, in MiB."""
    existing = next(candidate for candidate in (folder, *folder.absolute().parents) if candidate.exists())
    return shutil.disk_usage(existing).free / MIB


def memory_mib() -> float:
    """Return the physical memory of this machine in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MIB


@dataclass
class WalltimeBudget:
    """Foresees that a stage will not end within the limit of the whole run.

    Args:
        limit_s: Wall time of the run; 0 means no limit.
        settle_fraction: Share of the limit that must have passed before the first extrapolation, because the
            first items of a stage pay for compilation and cold caches.
    """

    limit_s: float
    settle_fraction: float = 0.02
    clock: Callable[[], float] = time.monotonic
    started_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    def elapsed_s(self) -> float:
        """Return the wall time since the run began."""
        return self.clock() - self.started_s

    def check(self, done: int, total: int, *, stage_started_s: float, stage: str = "") -> None:
        """Raise RuntimeLimitRisk where the limit has passed, or the present pace passes it.

        Args:
            done: Finished items of the stage.
            total: Items of the stage.
            stage_started_s: When the stage began, as seconds since the run began.
            stage: Name for the message.
        """
        elapsed_s = self.elapsed_s()
        if self.limit_s <= 0 or elapsed_s < self.settle_fraction * self.limit_s:
            return
        if done == 0 and elapsed_s <= self.limit_s:
            return
        end_s = elapsed_s + (elapsed_s - stage_started_s) * (total - done) / max(done, 1)
        if end_s > self.limit_s and done < total:
            raise RuntimeLimitRisk(
                f"The run would end after {end_s:.0f} s; its limit is {self.limit_s:.0f} s.",
                where=stage or "global.walltime_budget_s",
                received=f"{done} of {total} items in {elapsed_s:.0f} s, {end_s - elapsed_s:.0f} s to go",
                hint="Use --fast-kaggle, or run the same command again to resume (finished items are kept), "
                "or raise global.walltime_budget_s.",
            )
