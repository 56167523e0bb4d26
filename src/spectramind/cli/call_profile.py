"""Profile of one call: its stages with what they took, and samples over time (utils.sampling)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from spectramind.cli.graphics_card import read_card
from spectramind.utils.resources import Stopwatch
from spectramind.utils.run_profile import StageUsage, keep_config, write_profile
from spectramind.utils.runs import Workspace
from spectramind.utils.sampling import Sample, Sampler


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """A stage that is over."""

    name: str
    began_s: float
    ended_s: float
    wall_s: float
    cpu_s: float
    peak_rss_mib: float
    items: int


class CallProfile:
    """Samples from its construction; `stage` wraps what is to be told apart.

    Args:
        interval_s: Time between samples.
        items: Returns the steps of progress counted so far.
    """

    def __init__(self, interval_s: float, items: Callable[[], int]) -> None:
        self._items = items
        self._open: list[str] = []
        self._ended: list[_Ended] = []
        self._sampler = Sampler(interval_s, stage=lambda: next(reversed(self._open), ""), card=read_card)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage, within others or not, however it ends."""
        stopwatch, began_s, items = Stopwatch(), self._sampler.elapsed_s, self._items()
        self._open.append(name)
        try:
            yield
        finally:
            self._open.pop()
            usage = stopwatch.usage()
            self._ended.append(
                _Ended(
                    name=name,
                    began_s=began_s,
                    ended_s=self._sampler.elapsed_s,
                    wall_s=usage.wall_s,
                    cpu_s=usage.cpu_s,
                    peak_rss_mib=usage.peak_rss_mib,
                    items=self._items() - items,
                )
            )

    def write(self, workspace: Workspace, *, ts: str, cmd: str, sha256: str, resolved: Mapping[str, object], keep: int) -> None:
        """End sampling and write what was seen; a call that ended before the first sample leaves nothing.

        Args:
            workspace: Where it goes.
            ts, cmd: Beginning and command line, as in the event of the call.
            sha256, resolved: The configuration and its hash.
            keep: Calls and configurations kept.
        """
        samples = self._sampler.stop()
        if samples and self._ended:
            write_profile(workspace, samples, [_usage(ended, samples, ts, cmd) for ended in self._ended], keep=keep)
            keep_config(workspace, sha256, resolved, keep=keep)


def _usage(stage: _Ended, samples: tuple[Sample, ...], ts: str, cmd: str) -> StageUsage:
    """Sum up the samples of a stage; without one, the peak of memory is that of the process so far."""
    inside = [sample for sample in samples if stage.began_s <= sample.elapsed_s <= stage.ended_s]
    cards = [sample.card for sample in inside if sample.card is not None]
    busy = [card.busy_pct for card in cards if card.busy_pct is not None]
    return StageUsage(
        ts=ts,
        cmd=cmd,
        stage=stage.name,
        wall_s=stage.wall_s,
        cpu_s=stage.cpu_s,
        peak_rss_mib=max((sample.rss_mib for sample in inside), default=stage.peak_rss_mib),
        mean_cpu_pct=100.0 * stage.cpu_s / max(stage.wall_s, 1e-6),
        read_mib=_moved([sample.read_mib for sample in inside]),
        written_mib=_moved([sample.written_mib for sample in inside]),
        gpu_pct=sum(busy) / len(busy) if busy else None,
        gpu_mib=max((card.used_mib for card in cards), default=None),
        items=stage.items,
        items_per_s=stage.items / max(stage.wall_s, 1e-6),
    )


def _moved(seen: list[float | None]) -> float | None:
    known = [value for value in seen if value is not None]
    return known[-1] - known[0] if known else None
