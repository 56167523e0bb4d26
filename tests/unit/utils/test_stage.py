from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from spectramind.utils.errors import InputDataError, RuntimeLimitRisk
from spectramind.utils.progress import SilentProgress
from spectramind.utils.stage import Failure, run_items


@dataclass
class Recorder:
    """A listener that remembers, and may lose its patience."""

    patience: int = 100
    events: list[str] = field(default_factory=list)

    def start(self, description: str, total: int) -> None:
        self.events.append(f"start {description} {total}")

    def advance(self, note: str = "") -> None:
        self.events.append(note)
        if len(self.events) > self.patience:
            raise RuntimeLimitRisk("too slow")

    def finish(self) -> None:
        self.events.append("finish")


def halve(number: int) -> int:
    if number == 0:
        raise InputDataError("zero cannot be halved", where="item 0", received=0)
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@pytest.mark.parametrize("workers", [1, 2])
def test_items_that_fail_do_not_stop_the_others(workers: int) -> None:
    results = dict(run_items(halve, [4, 3, 0, 8], description="halve", name_of=str, workers=workers, progress=SilentProgress()))
    assert results == {
        4: 2,
        8: 4,
        3: Failure("ValueError: 3 is odd"),
        0: Failure("zero cannot be halved; where: item 0; received: 0"),
    }


def test_progress_hears_of_every_item() -> None:
    listener = Recorder()
    list(run_items(halve, [2, 3], description="halve", name_of=lambda item: f"item {item}", workers=1, progress=listener))
    assert listener.events == ["start halve 2", "item 2", "item 3", "finish"]


def test_an_impatient_listener_ends_the_stage() -> None:
    listener = Recorder(patience=2)
    seen = []
    with pytest.raises(RuntimeLimitRisk):
        seen += list(run_items(halve, [2, 4, 6], description="halve", name_of=str, workers=1, progress=listener))
    assert listener.events[-1] == "finish"


def test_nothing_to_do() -> None:
    assert list(run_items(halve, [], description="halve", name_of=str, workers=2, progress=SilentProgress())) == []
