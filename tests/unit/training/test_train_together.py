"""Two processes that train together, as ``torchrun`` starts them, do what one does with the same batches; only the first one writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_training as tiny
import torch
from safetensors.torch import load_file
from torch.testing import assert_close

HERE = Path(__file__).resolve()
PATHS = [str(HERE.parents[3] / "src"), str(HERE.parents[2] / "support")]
# Batches of three of four planets, then one of one: a step's planets are shared unevenly, and once a process has none.
OVERRIDES = ("train.batch_size=3", "train.mae.epochs=2", "train.contrastive.epochs=2", "train.supervised.epochs=2")
PHASES = ("mae", "contrastive", "supervised")

SCRIPT = """
import json, os, sys
from pathlib import Path
root = Path(sys.argv[1]).resolve()
written = []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(str(root)):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(arguments[0])
    elif event in ("os.rename", "os.remove") and str(arguments[0]).startswith(str(root)):
        written.append(str(arguments[0]))

sys.addaudithook(watch)
import tiny_training
stage = tiny_training.at(root, Path(sys.argv[2]), *sys.argv[3:])
reports = [stage.train(phase).as_dict() for phase in ("mae", "contrastive", "supervised")]
print(json.dumps({"reports": reports, "written": written}))
"""


@dataclass(frozen=True)
class Pair:
    """What both processes printed, and the same training by one process."""

    printed: list[dict[str, list[dict[str, object]]]]
    together: tiny.Stage
    alone: tiny.Stage


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    base = tmp_path_factory.mktemp("pair")
    together = tiny.make_stage(base / "together", *OVERRIDES)
    alone = tiny.make_stage(base / "alone", *OVERRIDES)
    environment = {
        **os.environ,
        **{"PYTHONPATH": os.pathsep.join(PATHS), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "GLOO_SOCKET_IFNAME": "lo"},
        **{"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())},
    }
    command = [sys.executable, "-c", SCRIPT, str(together.workspace.root), str(together.config.data.raw_dir), *OVERRIDES]
    started = [
        subprocess.Popen(
            command, env={**environment, "RANK": str(rank)}, cwd=base, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    for phase in PHASES:
        alone.train(phase)
    printed = []
    try:
        for process in started:
            output, complaints = process.communicate(timeout=120)
            assert process.returncode == 0, complaints
            printed.append(json.loads(output.splitlines()[-1]))
    finally:
        for process in started:
            process.kill()
    return Pair(printed=printed, together=together, alone=alone)


@pytest.mark.parametrize("phase", PHASES)
def test_losses_are_those_of_one_process(pair: Pair, phase: str) -> None:
    for fold in range(2):
        one, two = pair.alone.journal(fold, phase), pair.together.journal(fold, phase)
        assert [(line.event, line.epoch, line.step) for line in one] == [(line.event, line.epoch, line.step) for line in two]
        for expected, found in zip(one, two, strict=True):
            assert found.losses == pytest.approx(expected.losses, rel=1e-4, abs=1e-6)
            assert found.metrics == pytest.approx(expected.metrics, rel=1e-4, abs=1e-6)
        assert two[1].losses == pytest.approx(one[1].losses, rel=2e-6, abs=1e-9)  # nothing has added up yet


@pytest.mark.parametrize("phase", PHASES)
def test_weights_are_those_of_one_process(pair: Pair, phase: str) -> None:
    for fold in range(2):
        one, two = (max((stage.folder(phase) / f"fold_{fold}").glob("*.safetensors")) for stage in (pair.alone, pair.together))
        assert one.name == two.name
        expected, found = load_file(one), load_file(two)
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            if name.startswith("weights."):
                assert_close(found[name], values, rtol=1e-3, atol=2e-4, msg=lambda text, name=name: f"{name}: {text}")  # type: ignore[misc]


def test_what_a_phase_does_not_use_is_not_touched(pair: Pair) -> None:
    """The optimiser would let weights decay whose gradient is zero, but not those that have none."""
    for fold in range(2):
        files = [sorted((stage.folder("mae") / f"fold_{fold}").glob("*.safetensors")) for stage in (pair.alone, pair.together)]
        states = [load_file(path) for paths in files for path in (paths[0], paths[-1])]
        unused = [name for name in states[0] if name.startswith("weights.decoder.") and "weight" in name.removeprefix("weights.")]
        assert unused
        for name in unused:
            assert all(torch.equal(state[name], states[0][name]) for state in states[1:]), name


def test_only_the_first_writes(pair: Pair) -> None:
    first, second = pair.printed
    assert any("safetensors" in str(path) for path in first["written"])
    assert second["written"] == []


def test_both_report_the_same(pair: Pair) -> None:
    first, second = pair.printed
    assert first["reports"] == second["reports"]
