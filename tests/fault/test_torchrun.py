"""`torchrun` starts the command line several times on one task: one process locks, writes and speaks, all train."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_training as tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_two_processes_train_as_one_command(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    overrides = [f"paths.root={stage.workspace.root}", f"data.raw_dir={stage.config.data.raw_dir}", *tiny.OVERRIDES]
    command = [*launcher, "-m", "spectramind", "train", "--phase", "supervised", "--json", *overrides]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["result"]["members"] == 2
    assert "another process" not in done.stderr
    assert stage.record().phase == "supervised"
