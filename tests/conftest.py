"""Fixtures of all tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """What one call of the command line gave."""

    code: int
    stdout: str
    stderr: str
    root: Path

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document of stdout."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def events(self) -> list[dict[str, Any]]:
        """Telemetry of the workspace."""
        return [json.loads(line) for line in (self.root / "events.jsonl").read_text(encoding="utf-8").splitlines()]


Run = Callable[..., Outcome]


@pytest.fixture
def spectramind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process, with a workspace of its own."""
    from spectramind.cli import main

    root = tmp_path / "workspace"
    monkeypatch.setenv("SPECTRAMIND_ROOT", str(root))

    def run(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err, root)

    return run


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny dataset nobody may change: a training planet with two visits and an id above 2^31, two test planets."""
    import tiny_dataset

    folder = tmp_path_factory.mktemp("tiny") / "raw"
    return tiny_dataset.write_dataset(folder, seed=1, train={"4294092928": 2}, test={"1103775": 1, "77": 1})


@pytest.fixture
def raw(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the tiny dataset to damage."""
    return Path(shutil.copytree(pristine, tmp_path / "raw"))


@pytest.fixture(scope="session")
def smoke_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated dataset of full detector size nobody may change: one training and two test planets."""
    from spectramind.data.simulator.dataset import simulate
    from spectramind.utils.progress import SilentProgress

    folder = tmp_path_factory.mktemp("smoke") / "raw"
    simulate(folder, planets=1, test_planets=2, profile="smoke", seed=21, progress=SilentProgress())
    return folder


Golden = Callable[[str, Path], None]
RENEW = "--renew-golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden files be written anew: `pytest --renew-golden tests/unit/diagnostics`, then look at `git diff`."""
    parser.addoption(RENEW, action="store_true", help="write golden files anew instead of comparing with them")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a golden file."""

    def compare(seen: str, path: Path) -> None:
        if request.config.getoption(RENEW):
            path.write_text(seen, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert seen == expected, f"where the change is meant: pytest {RENEW} {request.node.nodeid}"

    return compare
