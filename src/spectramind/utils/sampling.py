"""A thread that watches this process and its children: processor time, memory, disk, and a graphics card where one is given.

Counters that only grow (processor seconds, bytes) are kept as they are, so that samples can be merged without losing anything
and a long run stays as small as a short one.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spectramind.utils.resources import MIB

if TYPE_CHECKING:
    import psutil

LOG = logging.getLogger(__name__)

LARGEST = 2000
"""Samples kept of one run; with more, pairs are merged and the interval doubles (2000 rows are 150 kB of CSV)."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A graphics card at one moment.

    Attributes:
        busy_pct: Share of the last moments in which it worked, None where the driver does not tell.
        used_mib: Memory in use on it, by any process.
    """

    busy_pct: float | None
    used_mib: float


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look at a process and all processes below it.

    Attributes:
        elapsed_s: Since the sampler began.
        stage: What was being done.
        processes: How many there are.
        cpu_s: Processor time used since the sampler began, of children that have ended too.
        rss_mib: Resident memory of all; pages that processes share count once for each.
        read_mib, written_mib: Moved from and to disks so far; None where the system does not tell.
        card: Graphics card, None where there is none.
    """

    elapsed_s: float
    stage: str
    processes: int
    cpu_s: float
    rss_mib: float
    read_mib: float | None = None
    written_mib: float | None = None
    card: Card | None = None


class Sampler:
    """Takes a sample every `interval_s` in a daemon thread; the first after one interval, so that short calls pay nothing.

    Args:
        interval_s: Time between samples, above 0.
        stage: Returns the name of what is being done.
        card: Returns the state of a graphics card, or None.
    """

    def __init__(self, interval_s: float, *, stage: Callable[[], str], card: Callable[[], Card | None]) -> None:
        self._interval_s, self._stage, self._card = interval_s, stage, card
        self._samples: list[Sample] = []
        self._began_s, self._used_s = time.monotonic(), sum(os.times()[:4])
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sampler", daemon=True)
        self._thread.start()

    @property
    def elapsed_s(self) -> float:
        """Time since the sampler began."""
        return time.monotonic() - self._began_s

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What was seen so far, oldest first."""
        return tuple(self._samples)

    def stop(self) -> tuple[Sample, ...]:
        """End the thread and return all samples; harmless where it has ended."""
        self._stopped.set()
        self._thread.join()
        return self.samples

    def _watch(self) -> None:
        while not self._stopped.wait(self._interval_s):
            seen = look(self.elapsed_s, self._stage(), self._card())
            if seen is None:
                return
            if len(self._samples) >= LARGEST:
                self._samples = thin(self._samples)
                self._interval_s *= 2.0
            self._samples.append(replace(seen, cpu_s=seen.cpu_s - self._used_s))


def thin(samples: Sequence[Sample]) -> list[Sample]:
    """Merge neighbours in pairs: the later one stays, with the larger memory of both."""
    merged = [
        replace(later, rss_mib=max(earlier.rss_mib, later.rss_mib), processes=max(earlier.processes, later.processes))
        for earlier, later in zip(samples[0::2], samples[1::2], strict=False)
    ]
    return [*merged, *samples[len(merged) * 2 :]]


def look(elapsed_s: float, stage: str, card: Card | None = None) -> Sample | None:
    """Return the sample of this moment, with all processor time of the process's life.

    None where the system hides processes, or where psutil is not installed: Kaggle's image may lack it, and nothing but the profile of
    a call needs it.
    """
    try:
        import psutil
    except ImportError:
        LOG.debug("nothing is sampled: psutil is not installed")
        return None
    try:
        own = psutil.Process()
        seen = [values for process in (own, *own.children(recursive=True)) if (values := _read(process)) is not None]
    except (psutil.Error, OSError) as error:
        LOG.debug("nothing more is sampled: %s", error)
        return None
    if not seen:
        return None
    disks = [disk for _, _, disk in seen if disk is not None]
    read, written = (sum(disk[place] for disk in disks) / MIB if disks else None for place in (0, 1))
    return Sample(
        elapsed_s=elapsed_s,
        stage=stage,
        processes=len(seen),
        cpu_s=sum(cpu_s for cpu_s, _, _ in seen),
        rss_mib=sum(rss for _, rss, _ in seen) / MIB,
        read_mib=read,
        written_mib=written,
        card=card,
    )


def _read(process: psutil.Process) -> tuple[float, int, tuple[int, int] | None] | None:
    """Return processor seconds, resident bytes, and bytes (read, written); None where the process has just ended."""
    import psutil

    try:
        with process.oneshot():
            times = process.cpu_times()
            cpu_s = times.user + times.system + times.children_user + times.children_system
            rss = process.memory_info().rss
    except psutil.Error:
        return None
    try:
        moved = process.io_counters()
    except (psutil.Error, OSError, AttributeError):  # not every system has them, and none for processes of others
        return cpu_s, rss, None
    return cpu_s, rss, (moved.read_bytes, moved.write_bytes)
