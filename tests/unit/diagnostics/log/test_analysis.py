from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from spectramind.diagnostics.log.analysis import analyze
from spectramind.diagnostics.log.calls import read_events
from spectramind.diagnostics.log.tables import to_csv, to_markdown
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace


def line(**changes: object) -> str:
    event: dict[str, object] = {
        "ts": "2025-08-12T04:20:31Z",
        "sha": "a1b2c3d",
        "cfg": "e" * 64,
        "cmd": "run data.split=test",
        "dur_ms": 2000,
        "host": "h",
        "seed": 7,
        "metrics": {"score": 0.5, "stage_s/calibrate": 1.5},
        "exit_code": 0,
    }
    return json.dumps(event | changes)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    lines = [
        line(),
        line(dur_ms=4000, metrics={"score": None, "stage_s/calibrate": 0.5}),
        "{torn",
        "[]",
        '{"ts": 1}',
        line(metrics=None),
        "",
        line(cmd="diagnose dashboard", exit_code=3, error="UsageError: a | b\nc", seed=None, metrics={"stage_s/x": 9}),
        "\ufffd\x00",
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Workspace(tmp_path).ensure()


def test_broken_lines_are_counted_and_passed_over(workspace: Workspace) -> None:
    calls, broken = read_events(workspace.events_path)
    assert [call.command for call in calls] == ["run", "run", "diagnose dashboard"]
    assert broken == 5


def test_the_summary_counts_and_times(workspace: Workspace) -> None:
    text = to_markdown(*read_events(workspace.events_path), rows=5)
    assert "3 calls, 1 failures, 5 unreadable lines" in text
    assert "| run | 2 | 0 | 3.00 | 4.00 |" in text
    assert "| calibrate | 2 | 1.00 | 1.50 | 0.50 |" in text
    assert "UsageError: a \\| b c |" in text
    assert "score = 0.5" in text
    assert "| x |" not in text


def test_the_tables_are_as_long_as_wanted(workspace: Workspace) -> None:
    calls, _ = read_events(workspace.events_path)
    assert to_markdown(calls * 50, 0, rows=3).count("UsageError") == 3


def test_the_csv_has_every_call_and_metric(workspace: Workspace) -> None:
    rows = list(csv.DictReader(to_csv(read_events(workspace.events_path)[0]).splitlines()))
    assert [row["score"] for row in rows] == ["0.5", "", ""]
    assert [row["exit_code"] for row in rows] == ["0", "0", "3"]


def test_nothing_happened_yet(tmp_path: Path) -> None:
    with pytest.raises(InputDataError) as caught:
        analyze(Workspace(tmp_path), rows=5, config_sha256="c" * 64)
    assert "spectramind" in caught.value.hint


def test_an_empty_log_gives_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").touch()
    report = analyze(Workspace(tmp_path), rows=5, config_sha256="c" * 64)
    assert report.calls == 0
    assert "None." in report.markdown.read_text()
    assert "No call is recorded." in report.html.read_text()
    assert json.dumps(report.as_dict())


@pytest.mark.parametrize(
    "broken",
    [
        line(exit_code=float("inf")),
        line(dur_ms=float("nan")),
        line().replace("2000", "1" + "0" * 400),
        "[" * 100_000,
        line(metrics={"score": 0.5}).replace("0.5", "1" + "0" * 400),
    ],
    ids=["infinite code", "no duration", "huge duration", "deep", "huge metric"],
)
def test_a_line_that_no_call_wrote_fails_no_report(tmp_path: Path, broken: str) -> None:
    (tmp_path / "events.jsonl").write_text(f"{broken}\n{line()}\n", encoding="utf-8")
    report = analyze(Workspace(tmp_path), rows=5, config_sha256="c" * 64)
    assert (report.calls, report.broken_lines) == (1, 1)


def test_half_a_character_fails_no_report(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text(line(cmd="score \ud800", metrics={"\udfff": 1.0}) + "\n", encoding="utf-8")
    report = analyze(Workspace(tmp_path), rows=5, config_sha256="c" * 64)
    assert report.calls == 1
    assert "score ?" in report.html.read_text(encoding="utf-8")


def test_a_cell_of_markdown_stays_in_its_line(workspace: Workspace) -> None:
    workspace.events_path.write_text(line(exit_code=6, error="InputDataError: a\r\nb\u2028c") + "\n", encoding="utf-8")
    assert "| InputDataError: a b c |" in to_markdown(*read_events(workspace.events_path), rows=5)


def test_scores_of_single_planets_do_not_fill_the_summary(tmp_path: Path) -> None:
    scores = {f"score/per_planet/{planet}": 0.25 for planet in range(1100)}
    (tmp_path / "events.jsonl").write_text(line(metrics=scores | {"score/score": 0.5}) + "\n", encoding="utf-8")
    calls, _ = read_events(tmp_path / "events.jsonl")
    assert "score/score = 0.5 |" in to_markdown(calls, 0, rows=5)
    assert "per_planet" not in to_markdown(calls, 0, rows=5)
    assert "score/per_planet/7" in to_csv(calls)
