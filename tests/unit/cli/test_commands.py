from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from spectramind.cli.app import app
from spectramind.cli.environment import pins

if TYPE_CHECKING:
    from tests.conftest import Run

COMMANDS = (
    "ablate",
    "analyze-log",
    "calibrate",
    "calibrate-corel",
    "calibrate-temp",
    "config show",
    "diagnose compare",
    "diagnose dashboard",
    "diagnose explain",
    "diagnose planet",
    "diagnose realism",
    "doctor",
    "features",
    "gates check",
    "gates record",
    "predict",
    "run",
    "score",
    "selftest",
    "simulate",
    "train",
)


def _commands(command: Any, prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in command.commands.items():
        found |= _commands(member, f"{prefix}{name} ") if hasattr(member, "commands") else {prefix + name: member}
    return found


def test_every_command_of_the_contract_is_there_with_the_shared_options() -> None:
    commands = _commands(typer.main.get_command(app))
    assert tuple(sorted(commands)) == COMMANDS
    for command in commands.values():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--fast-kaggle", "--dry-run", "--json", "-v", "-q", "overrides"} <= options
        assert command.help


def test_version_prints_version_and_configuration(spectramind: Run) -> None:
    outcome = spectramind("--version", "--json")
    assert outcome.code == 0
    assert set(outcome.document["result"]) == {"spectramind", "config", "sha"}
    assert len(outcome.document["result"]["config"]) == 64
    assert outcome.events[-1]["cfg"] == outcome.document["result"]["config"]


def test_no_command_prints_the_help(spectramind: Run) -> None:
    outcome = spectramind()
    assert outcome.code == 0
    assert "calibrate-corel" in outcome.stdout


def test_config_show_resolves_overrides_and_profile(spectramind: Run) -> None:
    shown = spectramind("config", "show", "global.seed=7", "--fast-kaggle", "--json").document["result"]["config"]
    assert shown["global"]["seed"] == 7
    assert shown["data"]["split"] == "test"
    assert spectramind("config", "show", "-q").stdout.startswith("hash ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("calibrate", "dry-run"), "--dry-run"),
        (("calibrate", "fast_kaggle"), "--fast-kaggle"),
        (("calibrate", "predict"), "predict"),
        (("config", "show", "jsn"), "--json"),
    ],
)
def test_a_token_without_an_equals_sign_names_the_nearest_option(spectramind: Run, arguments: tuple[str, ...], hint: str) -> None:
    outcome = spectramind(*arguments)
    assert outcome.code == 3
    assert f"Did you mean {hint}?" in outcome.stderr


def test_doctor_describes_the_environment(spectramind: Run) -> None:
    outcome = spectramind("doctor", "--json")
    result = outcome.document["result"]
    assert {"python", "folders", "machine", "versions", "extras", "problems"} <= set(result)
    assert outcome.code == (3 if result["problems"] else 0)


def test_doctor_survives_a_broken_configuration(spectramind: Run) -> None:
    outcome = spectramind("doctor", "global.sed=1", "--json")
    assert outcome.code == 3
    assert any("global.sed" in problem for problem in outcome.document["result"]["problems"])
    assert outcome.document["error"]["exit_code"] == 3


def test_selftest_lists_its_checks(spectramind: Run) -> None:
    planned = spectramind("selftest", "--deep", "--dry-run", "--json").document["result"]["would_check"]
    assert planned == ["layout", "config", "schemas", "registries", "disk", "versions", "pipeline"]


def test_selftest_reports_every_failure_and_goes_on(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.cli.checks.LAYOUT", ("nowhere.txt", "pyproject.toml"))
    outcome = spectramind("selftest", "global.sed=1", "--json")
    failed = {f"{check['area']} {check['name']}" for check in outcome.document["result"]["checks"] if not check["ok"]}
    assert {"layout nowhere.txt", "config this call"} <= failed
    assert outcome.code in (2, 3)
    assert "layout nowhere.txt" in outcome.document["error"]["where"]


def test_selftest_calls_a_broken_schema_a_schema_violation(spectramind: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectramind.cli.checks.SCHEMAS", ("event", "nonsense"))
    outcome = spectramind("selftest")
    assert outcome.code == 2
    assert "schemas nonsense" in outcome.stderr


def test_score_plans_with_sizes(spectramind: Run, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text("12345")
    arguments = [
        text for option, name in zip(("--submission", "--truth", "--train"), "abc", strict=True) for text in (option, str(tmp_path / name))
    ]
    outcome = spectramind("score", "--dry-run", "--json", *arguments)
    assert outcome.document["result"]["truth"]["bytes"] == 5
    (tmp_path / "b").unlink()
    assert spectramind("score", "--dry-run", *arguments).code == 6


def test_analyze_log_reads_its_own_telemetry(spectramind: Run) -> None:
    assert spectramind("analyze-log").code == 6
    spectramind("calibrte")
    outcome = spectramind("analyze-log", "--json")
    assert outcome.code == 0
    assert outcome.document["result"]["calls"] == 2
    assert outcome.document["result"]["failures"] == 2
    assert "calibrte" in (outcome.root / "outputs" / "log_analysis.md").read_text()
    assert spectramind("analyze-log", "--dry-run", "--json").document["result"]["bytes"] > 0


def test_messages_go_to_stderr_only(spectramind: Run) -> None:
    outcome = spectramind("config", "show", "-v", "--json")
    assert "INFO spectramind.cli: begin: config show" in outcome.stderr
    assert json.loads(outcome.stdout)
    assert spectramind("config", "show").stderr == ""


def test_pins_are_exact_versions_only() -> None:
    assert pins(["numpy==2.4.6", "a>=1", "b (==3.0) ; python_version > '3'"]) == {"numpy": "2.4.6"}
