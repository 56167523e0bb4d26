"""A visit of full size fits into bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spectramind.data.simulator.dataset import simulate
from spectramind.utils.progress import SilentProgress

CEILING_MIB = 2048.0
SOURCES = Path(__file__).resolve().parents[2] / "src"
SCRIPT = """
import json, resource, sys, time
from spectramind.data.calibrate import calibrate
from spectramind.utils.config import load_config
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

config = load_config(sys.argv[1:])
started = time.perf_counter()
report = calibrate(config, Workspace(config.paths.root).ensure(), progress=SilentProgress())
peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"peak_mib": peak_mib, "seconds": time.perf_counter() - started, "report": report.as_dict()}))
"""


@pytest.mark.slow
def test_a_full_visit_calibrates_within_two_gibibytes(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    simulate(raw, planets=0, test_planets=1, profile="kaggle", seed=3, progress=SilentProgress())
    overrides = [f"paths.root={tmp_path / 'workspace'}", f"data.raw_dir={raw}", "global.workers=1"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, *overrides], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    print(f"full visit: {outcome['peak_mib']:.0f} MiB, {outcome['seconds']:.1f} s, {outcome['report']['step_seconds']}")
    assert outcome["report"]["set_aside"] == {}
    assert outcome["peak_mib"] < CEILING_MIB
