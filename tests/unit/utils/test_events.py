from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from spectramind.utils.events import Event, append, debug_entry, event_line, record
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import validate_document


def an_event(**changes: object) -> Event:
    values: dict[str, object] = {
        "ts": "2025-08-12T04:20:31Z",
        "sha": "a1b2c3d",
        "cfg": "e" * 64,
        "cmd": "train --phase supervised",
        "dur_ms": 183545,
        "host": "host-01",
        "seed": 1337,
        "metrics": {"gll_val": 1.732, "coverage@0.9": 0.905},
        "exit_code": 0,
    }
    return Event(**(values | changes))  # type: ignore[arg-type]


def record_many(root: str, worker: int) -> None:
    for number in range(25):
        record(Workspace(Path(root)), an_event(cmd=f"w{worker} n{number} " + "x" * 5000))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cfg": "unresolved", "seed": None, "sha": "unknown", "exit_code": 3, "error": "ConfigError: no"},
        {"sha": "a" * 40 + "-dirty", "metrics": {"score": float("nan")}},
    ],
)
def test_events_obey_their_schema(changes: dict[str, object]) -> None:
    validate_document(an_event(**changes).as_dict(), "event", where="event")


def test_success_has_no_error_and_nan_becomes_null() -> None:
    event = an_event(metrics={"score": float("nan"), "rms": 1.5}).as_dict()
    assert "error" not in event
    assert event["metrics"] == {"score": None, "rms": 1.5}


def test_secrets_do_not_reach_the_files(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    record(workspace, an_event(cmd="predict --token=hush", exit_code=5, error="at https://me:hush@host"))
    assert "hush" not in workspace.events_path.read_text() + workspace.debug_log_path.read_text()


def test_an_entry_is_one_heading_with_its_facts() -> None:
    entry = debug_entry(an_event(exit_code=6, error="InputDataError: a\nb"))
    assert entry.startswith("## 2025-08-12T04:20:31Z `spectramind train --phase supervised`\n- exit 6 after 183.54 s\n")
    assert "- error: InputDataError: a b\n" in entry
    assert entry.endswith("\n\n")


def test_an_unfinished_line_spoils_nothing_but_itself(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.events_path.write_text('{"ts": "2025')
    append(workspace.events_path, event_line(an_event()))
    lines = workspace.events_path.read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["cmd"] == "train --phase supervised"


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(record_many, [str(tmp_path)] * 4, range(4)))
    workspace = Workspace(tmp_path)
    commands = [json.loads(line)["cmd"].split()[:2] for line in workspace.events_path.read_text().splitlines()]
    assert len(commands) == 100
    assert len({tuple(command) for command in commands}) == 100
    headings = [line for line in workspace.debug_log_path.read_text().splitlines() if line.startswith("## ")]
    assert [heading.split("`spectramind ")[1].split()[:2] for heading in headings] == commands
