"""`train`, killed at any moment of any phase and started again, ends with the bytes of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import tiny_training as tiny

from spectramind.training.ensemble import checkpoints_folder

HERE = Path(__file__).resolve()
PATHS = [str(HERE.parents[2] / "src"), str(HERE.parents[1] / "support")]
PHASES = ("mae", "contrastive", "supervised")
# Moments count the lines of all journals and the entries of all checkpoints that a training writes: (what, which).
MOMENTS = ("line 1", "line 7", "line 15", "entry 3", "entry 7")

# The processes that train are forks of one that has loaded everything, so that a moment costs a second.
DRIVER = """
import json, os, signal, sys
from pathlib import Path
import tiny_training
from spectramind.training import checkpoint, journal

raw, base, phases, moments = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]

def kill_at(moment):
    kind, which = moment.split()
    module, name = {"line": (journal.Journal, "append"), "entry": (checkpoint, "write_json")}[kind]
    original, calls = getattr(module, name), [0]
    def counted(*arguments):
        calls[0] += 1
        if calls[0] < int(which):
            return original(*arguments)
        if kind == "line":  # half of it is on the disk
            arguments[0]._path.open("a").write('{"event": "epo')
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, counted)

def in_a_fork(root, phase, moment):
    child = os.fork()
    if child == 0:
        try:
            if moment:
                kill_at(moment)
            tiny_training.at(root, raw).train(phase)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]

outcome = {}
for moment in ("", *moments):
    root = base / (moment.replace(" ", "_") or "undisturbed")
    states = []
    for phase in phases:
        if moment:
            states.append(in_a_fork(root, phase, moment))
        states.append(in_a_fork(root, phase, ""))
    outcome[moment] = {"states": states, "after": tiny_training.outcome(root)}
print(json.dumps(outcome))
"""

Outcome = dict[str, Any]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """How the processes ended and what they left, for every moment; the moment without a name was never disturbed."""
    base = tmp_path_factory.mktemp("killed")
    prepared = tiny.make_stage(base / "prepared", planets=tiny.PLANETS[:6])
    raw, own = prepared.config.data.raw_dir, prepared.workspace.root
    for name in ("undisturbed", *(moment.replace(" ", "_") for moment in MOMENTS)):
        (base / name).mkdir()
        (base / name / "data").symlink_to(own / "data")
    command = [sys.executable, "-c", DRIVER, str(raw), str(base), ",".join(PHASES), *MOMENTS]
    run = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=base, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    result: dict[str, Outcome] = json.loads(run.stdout)
    return result


def test_the_undisturbed_run_has_all_phases(outcomes: dict[str, Outcome]) -> None:
    assert outcomes[""]["states"] == [0] * len(PHASES)
    for phase in PHASES:
        names = [name for name in outcomes[""]["after"] if f"/{phase}/" in name]
        assert sum(name.endswith(".safetensors") for name in names) == 2 * 3
        assert sum(name.endswith("journal.jsonl") for name in names) == 2
        assert sum(name.endswith("ensemble.json") for name in names) == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_second_start_ends_with_the_same_bytes(outcomes: dict[str, Outcome], moment: str) -> None:
    states = outcomes[moment]["states"]
    assert all(os.WIFSIGNALED(state) and os.WTERMSIG(state) == signal.SIGKILL for state in states[::2])
    assert states[1::2] == [0] * len(PHASES)
    assert outcomes[moment]["after"] == outcomes[""]["after"]


@pytest.mark.slow
def test_killed_from_outside_with_workers(tmp_path: Path) -> None:
    """Both members at once in processes of their own; the undisturbed run has one process."""
    epochs = "train.supervised.epochs=40"
    alone = tiny.make_stage(tmp_path / "alone", epochs, planets=tiny.PLANETS[:4])
    killed = tiny.make_stage(tmp_path / "killed", epochs, planets=tiny.PLANETS[:4])
    root = killed.workspace.root
    overrides = [*tiny.OVERRIDES, epochs, "global.workers=2", f"paths.root={root}", f"data.raw_dir={killed.config.data.raw_dir}"]
    command = [sys.executable, "-m", "spectramind", "train", "--phase", "supervised", *overrides]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(), cwd=tmp_path)
    folder, deadline = checkpoints_folder(killed.workspace, "supervised"), time.monotonic() + 120.0
    while process.poll() is None and time.monotonic() < deadline:
        if any('"epoch": 2' in path.read_text() or '"epoch":2' in path.read_text() for path in folder.rglob("journal.jsonl")):
            break
        time.sleep(0.01)
    helpers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, left = psutil.wait_procs(helpers, timeout=5.0)  # workers end with their parent
    assert left == []
    assert len(helpers) >= 2
    before = tiny.outcome(root)
    assert any(name.endswith("journal.jsonl") for name in before)
    assert not any(name.endswith("ensemble.json") for name in before), "it ended before it was killed"
    killed.train()
    alone.train()
    assert tiny.outcome(root) == tiny.outcome(alone.workspace.root)
