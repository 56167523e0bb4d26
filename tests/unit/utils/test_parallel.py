from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from spectramind.utils.parallel import map_unordered, worker_count

ABANDONED = """
import sys, time
sys.path[:0] = [sys.argv[1]]
from test_parallel import note_process
from spectramind.utils.parallel import map_unordered
if __name__ == "__main__":
    list(map_unordered(note_process, [sys.argv[2] + name for name in "ab"], 2))
"""


def square(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number**2


def threads(_item: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def die_at_two(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def note_process(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_failure_stops_nothing(workers: int) -> None:
    results = dict(map_unordered(square, [1, 2, 3, 4], workers))
    assert isinstance(results.pop(3), ValueError)
    assert results == {1: 1, 2: 4, 4: 16}


def test_workers_use_one_thread_and_the_parent_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert [result for _, result in map_unordered(threads, [1, 2], 2)] == ["1", "1"]
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_only_the_item_that_kills_its_worker_fails() -> None:
    results = dict(map_unordered(die_at_two, [1, 2, 3], 2))
    assert isinstance(results.pop(2), BrokenProcessPool)
    assert results == {1: 1, 3: 3}


def test_nothing_to_do() -> None:
    assert list(map_unordered(square, [], 4)) == []


def test_zero_workers_means_every_core() -> None:
    assert worker_count(0) == len(os.sched_getaffinity(0))
    assert worker_count(3) == 3


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "abandoned.py"
    script.write_text(ABANDONED)
    notes = [tmp_path / "a", tmp_path / "b"]
    with subprocess.Popen([sys.executable, str(script), str(Path(__file__).parent), f"{tmp_path}/"]) as parent:
        _wait_for(lambda: all(note.exists() and note.read_text() for note in notes))
        parent.kill()
    workers = [int(note.read_text()) for note in notes]
    _wait_for(lambda: not any(_alive(worker) for worker in workers))


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _wait_for(condition: object, timeout_s: float = 30.0) -> None:
    assert callable(condition)
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.05)
