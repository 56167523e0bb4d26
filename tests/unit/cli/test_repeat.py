"""Commands in messages are completed by what the user typed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tiny_training as tiny
import typer

from spectramind.cli.app import app
from spectramind.cli.repeat import Typed

if TYPE_CHECKING:
    from tests.conftest import Run

COMMANDS = typer.main.get_command(app)
PLACES = ("paths.root=/w", "data.raw_dir=/my data")
GIVEN = "paths.root=/w 'data.raw_dir=/my data'"


def typed(*overrides: str, **options: Path | None) -> Typed:
    return Typed(commands=COMMANDS, overrides=overrides, options=options, submission=Path("/w/outputs/submission.csv"))


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("spectramind calibrate-temp", f"spectramind calibrate-temp {GIVEN}"),
        (
            "spectramind calibrate-temp, then spectramind calibrate-corel; or: calib.apply=off",
            f"spectramind calibrate-temp {GIVEN}, then spectramind calibrate-corel {GIVEN}; or: calib.apply=off",
        ),
        ("write it again: spectramind predict --out-csv PATH", f"write it again: spectramind predict --out-csv PATH {GIVEN}"),
        (
            "spectramind predict --out-csv outputs/submission.csv calib.apply=off.",
            f"spectramind predict --out-csv /w/outputs/submission.csv calib.apply=off {GIVEN}.",
        ),
        ("spectramind features data.raw_dir=x; why", "spectramind features data.raw_dir=x paths.root=/w; why"),
        ("find what is wrong; then spectramind gates record", f"find what is wrong; then spectramind gates record {GIVEN}"),
        ("its page: spectramind diagnose planet ID.", f"its page: spectramind diagnose planet ID {GIVEN}."),
        ("spectramind diagnose planet 77", f"spectramind diagnose planet 77 {GIVEN}"),
        ("spectramind train --phase supervised; or", f"spectramind train --phase supervised {GIVEN}; or"),
        ("(spectramind doctor shows it)", f"(spectramind doctor {GIVEN} shows it)"),
        ("spectramind selftest --deep", "spectramind selftest --deep"),
        ("spectramind simulate --out DIR, then data.raw_dir=DIR", "spectramind simulate --out DIR, then data.raw_dir=DIR"),
        ("spectramind calibrations are no command", "spectramind calibrations are no command"),
        ("write a depth there", "write a depth there"),
        ("", ""),
    ],
)
def test_overrides_are_repeated(text: str, completed: str) -> None:
    some = typed(*PLACES)
    assert some.completed(text) == completed
    assert some.completed(completed) == completed, "twice is the same as once"


def test_without_anything_typed_a_text_stays() -> None:
    text = "spectramind calibrate-temp, then spectramind predict --out-csv PATH"
    assert typed().completed(text) == text
    assert typed(submission=None).completed(text) == text


def test_the_submission_is_the_one_that_was_named() -> None:
    some = typed(submission=Path("my runs/a.csv"), baseline=Path("b.json"), truth=None)
    text = "spectramind predict --out-csv outputs/submission.csv, spectramind diagnose dashboard, spectramind gates record"
    assert some.completed(text) == (
        "spectramind predict --out-csv 'my runs/a.csv', spectramind diagnose dashboard --submission 'my runs/a.csv', "
        "spectramind gates record --baseline b.json"
    )
    assert some.completed(some.completed(text)) == some.completed(text)
    other = typed(out_csv=Path("a.csv"), kaggle_csv=Path("k.csv"))
    assert other.completed("spectramind predict --out-csv PATH") == "spectramind predict --out-csv a.csv --kaggle-csv k.csv"
    assert other.completed("spectramind gates check") == "spectramind gates check --submission a.csv"


@pytest.fixture
def overrides(tmp_path: Path) -> tuple[str, ...]:
    stage = tiny.make_stage(tmp_path, "model.kind=physics", planets=tiny.PLANETS[:4], bins=283)
    places = (f"paths.root={stage.workspace.root}", f"data.raw_dir={stage.config.data.raw_dir}")
    return (*tiny.OVERRIDES, "model.kind=physics", "calib.alpha=0.4", *places)


def commands_in(hint: str) -> list[list[str]]:
    """Arguments of the commands of a hint, as a shell would split them where each is pasted on its own."""
    return [shlex.split(part.split("; ")[0].rstrip(", ").removesuffix(", then")) for part in hint.split("spectramind ")[1:]]


def test_the_repair_of_another_configuration_can_be_pasted(spectramind: Run, overrides: tuple[str, ...], tmp_path: Path) -> None:
    """Exit 3 for a record of another floor of sigma: what the message says is run as it stands, and the prediction works."""
    out = tmp_path / "my runs" / "a.csv"
    predict = ("predict", "--out-csv", str(out), *overrides, "loss.sigma_min=2e-5")
    assert spectramind("calibrate-temp", *overrides).code == 0
    outcome = spectramind(*predict, "--json")
    assert outcome.code == 3
    *mending, without = commands_in(outcome.document["error"]["hint"])
    assert [command[0] for command in mending] == ["calibrate-temp", "calibrate-corel"]
    assert without[:3] == ["predict", "--out-csv", str(out)]
    assert spectramind(*without).code == 0
    assert out.is_file()
    for command in mending:
        assert spectramind(*command).code == 0
    assert spectramind(*predict).code == 0


def test_the_repairs_of_gates_can_be_pasted(spectramind: Run, overrides: tuple[str, ...], tmp_path: Path) -> None:
    """Whatever fails first is mended by its own command, until every gate is passed."""
    submission = tmp_path / "my runs" / "a.csv"
    check = ("gates", "check", "--submission", str(submission), "--baseline", str(tmp_path / "kept here.json"), *overrides, "--json")
    done = []
    for _ in range(6):
        outcome = spectramind(*check)
        if outcome.code == 0:
            break
        assert outcome.code == 8
        repair = next(gate["repair"] for gate in outcome.document["result"]["gates"] if gate["repair"])
        assert outcome.document["error"]["hint"] == repair
        for command in commands_in(repair):
            assert spectramind(*command).code == 0, command
            done.append(command[0])
    assert outcome.code == 0
    assert done == ["calibrate-temp", "calibrate-corel", "gates", "predict", "diagnose"]
    assert submission.is_file()
    assert not list(Path.cwd().glob("outputs/*.csv"))


def test_an_error_before_the_configuration_repeats_nothing(spectramind: Run) -> None:
    outcome = spectramind("predict", "--out-csv", "a.csv", "modl.kind=network")
    assert outcome.code == 3
    assert "modl.kind=network" not in outcome.stderr.split("next:")[1]
