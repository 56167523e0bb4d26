"""Three doors, one application; and `--help` loads nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).with_name("spectramind")
HEAVY = ("numpy", "pandas", "pyarrow", "torch", "scipy", "numba", "hydra", "omegaconf", "jsonschema", "plotly", "rich.progress")


def run(line: list[str], root: Path, folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"SPECTRAMIND_ROOT": str(root)} | extra
    return subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ([sys.executable, "spectramind.py"], ROOT),
        ([sys.executable, str(ROOT / "spectramind.py")], Path("/")),
        ([sys.executable, "-m", "spectramind"], ROOT),
        ([sys.executable, "-m", "spectramind"], ROOT / "src"),
        pytest.param(
            [str(SCRIPT)], Path("/"), marks=pytest.mark.skipif(not SCRIPT.exists(), reason="the package is not installed: make setup")
        ),
    ],
)
def test_every_door_leads_to_the_same_application(line: list[str], folder: Path, tmp_path: Path) -> None:
    outcome = run([*line, "--version", "--json"], tmp_path, folder)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    assert json.loads(outcome.stdout)["result"]["spectramind"]
    assert json.loads((tmp_path / "events.jsonl").read_text())["cmd"] == "--version --json"


def test_the_launcher_stands_for_the_package_when_imported_from_the_root(tmp_path: Path) -> None:
    code = "import spectramind.utils.errors as e, spectramind.cli; print(e.__file__)"
    outcome = run([sys.executable, "-c", code], tmp_path, ROOT)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.strip() == str(ROOT / "src/spectramind/utils/errors.py")


def test_the_launcher_is_short() -> None:
    assert len((ROOT / "spectramind.py").read_text().splitlines()) < 20


def test_worker_processes_start_behind_the_launcher(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(
        "import math, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "if __name__ == '__main__':\n"
        "    from spectramind.utils.parallel import map_unordered\n"
        "    print(sorted(result for _, result in map_unordered(math.sqrt, [1, 4, 9], 2)))\n"
    )
    outcome = run([sys.executable, str(script)], tmp_path, tmp_path)
    assert outcome.stdout == "[1.0, 2.0, 3.0]\n", outcome.stderr


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys; from spectramind.cli import main; code = main(['--help']); print([n for n in {HEAVY} if n in sys.modules], code)"
    outcome = run([sys.executable, "-c", code], tmp_path, ROOT)
    assert outcome.stdout.splitlines()[-1] == "[] 0", outcome.stderr
