"""`calibrate`, killed at any moment and started again, ends with the bytes of an undisturbed run and redoes only what was unfinished."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spectramind.data.calibrate import calibrate
from spectramind.utils.config import load_config
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

SOURCES = Path(__file__).resolve().parents[2] / "src"

# Every product costs four fsyncs (npz, its folder, entry, its folder): the n-th one is a moment between two of them.
# The processes that work are forks of one that has loaded everything, so that a moment costs milliseconds.
DRIVER = """
import hashlib, json, os, signal, sys
from pathlib import Path
from spectramind.data.calibrate import calibrate
from spectramind.utils import artifacts
from spectramind.utils.config import load_config
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

raw, base, moments = sys.argv[1], Path(sys.argv[2]), [int(moment) for moment in sys.argv[3:]]
configs = {m: load_config([f"paths.root={base / str(m)}", f"data.raw_dir={raw}", "global.workers=1", "data.split=test"]) for m in moments}

def work(config, moment):
    fsync, calls = artifacts.sync_to_disk, [0]
    def counted(path):
        calls[0] += 1
        if calls[0] == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(path)
    artifacts.sync_to_disk = counted
    report = calibrate(config, Workspace(config.paths.root).ensure(), progress=SilentProgress())
    (base / f"{config.paths.root.name}.json").write_text(json.dumps(report.as_dict()))

def in_a_fork(config, moment):
    child = os.fork()
    if child == 0:
        try:
            work(config, moment)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]

def state(root):
    files = sorted(path for path in (root / "data" / "calibrated").rglob("*") if path.is_file())
    return {str(path.relative_to(root)): [hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns] for path in files}

outcome = {}
for moment in moments:
    config = configs[moment]
    first = in_a_fork(config, moment)
    between = state(config.paths.root)
    second = in_a_fork(config, 0) if moment else 0
    outcome[moment] = {
        "killed": os.WIFSIGNALED(first) and os.WTERMSIG(first) == signal.SIGKILL, "second": second, "between": between,
        "after": state(config.paths.root), "report": json.loads((base / f"{moment}.json").read_text()),
    }
print(json.dumps(outcome))
"""

VISITS = 2
FSYNCS = VISITS * 2 * 4
MOMENTS = (1, 2, 3, 10, FSYNCS + 1)
Outcome = dict[str, Any]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def outcomes(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What was there before and after the second start, for every moment; moment 0 was never disturbed."""
    base = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", DRIVER, str(pristine), str(base), *map(str, (0, *MOMENTS))]
    run = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=base, check=False)
    assert run.returncode == 0, run.stderr
    result: dict[str, Outcome] = json.loads(run.stdout)
    return result


def hashes(state: dict[str, list[Any]]) -> dict[str, str]:
    return {name: content[0] for name, content in state.items()}


def finished(state: dict[str, list[Any]]) -> set[str]:
    """Products whose entry agrees with them; a hidden file is a leftover."""
    return {name for name in state if name.endswith(".npz") and "/." not in name and name.replace(".npz", ".json") in state}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_second_start_ends_with_the_same_bytes(outcomes: dict[str, Outcome], moment: int) -> None:
    outcome, undisturbed = outcomes[str(moment)], outcomes["0"]
    assert outcome["killed"]
    assert outcome["second"] == 0
    assert hashes(outcome["after"]) == hashes(undisturbed["after"])
    assert len(finished(outcome["after"])) == 2 * VISITS


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_was_finished_is_not_touched(outcomes: dict[str, Outcome], moment: int) -> None:
    outcome = outcomes[str(moment)]
    done = finished(outcome["between"])
    assert len(done) == pytest.approx(min((moment - 1) / 4, 2 * VISITS), abs=1.0)
    for name in done:
        assert outcome["after"][name] == outcome["between"][name]
        entry = name.replace(".npz", ".json")
        assert outcome["after"][entry] == outcome["between"][entry]
    assert outcome["report"]["reused"] == len({name.rsplit("/", 1)[1].rsplit("_", 1)[0] for name in done if twin(name, done)})


def twin(name: str, done: set[str]) -> bool:
    """True where the other sensor of the same visit is finished too."""
    stem = name.rsplit("/", 1)[1].rsplit("_", 1)[0]
    return sum(f"/{stem}_" in other for other in done) == 2


def products(root: Path) -> dict[str, str]:
    files = [path for path in (root / "data" / "calibrated").rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_killed_from_outside_with_workers(pristine: Path, outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    overrides = [f"paths.root={tmp_path / 'w'}", f"data.raw_dir={pristine}", "global.workers=2", "data.split=test"]
    command = [sys.executable, "-m", "spectramind", "calibrate", *overrides]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), cwd=tmp_path)
    deadline = time.monotonic() + 60.0
    while process.poll() is None and time.monotonic() < deadline and not list((tmp_path / "w").rglob("planet_*.json")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.5)  # workers end with their parent
    before = products(tmp_path / "w")
    assert before, "killed before the first product"
    config = load_config([*overrides, "global.workers=1"])
    calibrate(config, Workspace(config.paths.root).ensure(), progress=SilentProgress())
    after = products(tmp_path / "w")
    assert after == hashes(outcomes["0"]["after"])
    assert before.items() <= after.items()
