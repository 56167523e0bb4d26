from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.utils.errors import RuntimeLimitRisk
from spectramind.utils.resources import Stopwatch, WalltimeBudget, free_disk_mib, memory_mib, peak_rss_mib


class FakeClock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("limit_s", "elapsed_s", "stage_started_s", "done", "total", "risk"),
    [
        (100.0, 50.0, 0.0, 50, 100, False),  # ends exactly at the limit
        (100.0, 50.0, 0.0, 49, 100, True),
        (100.0, 1.0, 0.0, 1, 1000, False),  # too early to judge
        (100.0, 60.0, 50.0, 10, 60, True),  # the pace is that of the stage
        (100.0, 60.0, 50.0, 10, 50, False),
        (100.0, 101.0, 0.0, 0, 10, True),
        (100.0, 99.0, 0.0, 0, 10, False),
        (100.0, 150.0, 0.0, 10, 10, False),  # finished: nothing left to save
        (0.0, 1e9, 0.0, 1, 1000, False),  # no limit
    ],
)
def test_the_budget_foresees_the_end(limit_s: float, elapsed_s: float, stage_started_s: float, done: int, total: int, risk: bool) -> None:
    clock = FakeClock()
    budget = WalltimeBudget(limit_s, clock=clock)
    clock.now_s += elapsed_s
    if not risk:
        budget.check(done, total, stage_started_s=stage_started_s)
        return
    with pytest.raises(RuntimeLimitRisk) as caught:
        budget.check(done, total, stage_started_s=stage_started_s, stage="calibrate")
    assert caught.value.exit_code == 4
    assert "--fast-kaggle" in caught.value.hint
    assert caught.value.where == "calibrate"


def test_measurements_are_plausible(tmp_path: Path) -> None:
    watch = Stopwatch()
    sum(range(10**6))
    usage = watch.usage()
    assert 0 < usage.wall_s < 60
    assert 0 <= usage.cpu_s < 60
    assert 5 < peak_rss_mib() < memory_mib()
    assert free_disk_mib(tmp_path / "not" / "yet") > 0
