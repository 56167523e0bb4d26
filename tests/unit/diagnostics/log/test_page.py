"""The page of the log: figures of what happened, failures escaped, numbers that moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from page_text import whole_page

from spectramind.diagnostics.figures import log as figures
from spectramind.diagnostics.log.calls import Call
from spectramind.diagnostics.log.page import (
    TRENDS_DRAWN,
    command_section,
    failure_section,
    moving_numbers,
    render_log,
    stage_panel,
    trend_section,
)
from spectramind.utils.errors import ExitCode

if TYPE_CHECKING:
    from tests.conftest import Golden


def call(
    second: int, metrics: dict[str, float | None] | None = None, *, cmd: str = "score --x", exit_code: int = 0, dur_ms: float = 2000.0
) -> Call:
    return Call(
        ts=f"2026-01-01T00:00:{second:02d}Z",
        cmd=cmd,
        sha="a",
        cfg="c" * 64,
        host="h",
        exit_code=exit_code,
        dur_ms=dur_ms,
        seed=1,
        error=f"UsageError: <b>call {second}</b>" if exit_code else "",
        metrics=metrics or {},
    )


CALLS = [
    call(1, {"score": 0.5, "planets": 3.0, "cpu_s": 1.0}),
    call(2, {"score": 0.6, "planets": 3.0, "cpu_s": 2.0, "stage_s/score": 1.0, "step_seconds/dark": 2.0}),
    call(3, {"score": 9.0}, cmd="calibrate", exit_code=3, dur_ms=9000.0),
    call(4, cmd="calibrate", exit_code=5, dur_ms=0.0),
]


def test_only_numbers_of_good_calls_that_moved_are_drawn() -> None:
    assert moving_numbers(CALLS) == {"score: score": (["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"], [0.5, 0.6])}
    assert moving_numbers([call(1, {"score": None}), call(2, {"score": 0.1})]) == {}
    many = [call(place, {f"n{name}": float(place) for name in range(40)}) for place in range(3)]
    assert len(moving_numbers(many)) == TRENDS_DRAWN


def test_scores_of_single_planets_leave_room_for_what_concerns_all() -> None:
    trained = [call(place, {"total_val": -float(place)}, cmd="train --phase mae") for place in range(2)]
    scored = []
    for place in range(3):
        metrics: dict[str, float | None] = {"score": 0.5 + place}
        metrics |= {f"per_planet/{planet}": float(place) for planet in range(1100)}
        scored.append(call(place, metrics, cmd="score --truth t.csv"))
    assert list(moving_numbers(scored + trained)) == ["score: score", "train: total_val"]


def test_failures_come_last_first_and_no_more_than_wanted() -> None:
    failures = [each for each in CALLS if each.exit_code] * 10
    (panel,) = failure_section(failures, 3).panels
    assert [row["exit"] for row in panel.rows] == [5, 3, 5]
    assert failure_section([], 3).absent == "None."


def test_the_slowest_call_leads() -> None:
    slowest = command_section(CALLS).panels[-1].rows
    assert slowest[0]["seconds"] == 9.0
    assert [row["seconds"] for row in slowest] == sorted((float(str(row["seconds"])) for row in slowest), reverse=True)


def test_durations_tell_failures_apart() -> None:
    good, bad = figures.durations(["a", "b", "a"], [1.0, 2.0, 0.0], [False, True, False]).data
    assert list(good.x) == [1.0, 1e-3]
    assert list(bad.y) == ["b"]
    assert good.marker.symbol != bad.marker.symbol


def test_exit_codes_add_up_to_the_calls() -> None:
    counts = {"a": {0: 3, 2: 1}, "b": {130: 2}}
    figure = figures.exit_codes(counts)
    assert {trace.name: sum(trace.x) for trace in figure.data} == {"exit 0": 3, "exit 2": 1, "exit 130": 2}


def test_every_exit_code_has_a_look_of_its_own() -> None:
    codes = [int(code) for code in ExitCode]
    figure = figures.exit_codes({"a": dict.fromkeys(codes, 1)})
    looks = {(trace.marker.color, trace.marker.pattern.shape) for trace in figure.data}
    assert len(looks) == len(codes)
    assert figures.exit_codes({"a": {99: 1}}).data[0].name == "exit 99"


def test_stages_of_good_calls_are_drawn_with_their_median_and_the_last() -> None:
    calls = [call(place, {"stage_s/calibrate": seconds}) for place, seconds in enumerate((1.0, 2.0, 9.0))]
    (panel,) = stage_panel([*calls, call(9, {"stage_s/calibrate": 99.0}, exit_code=5)])
    assert panel.figure is not None
    assert sorted(float(trace.x[0]) for trace in panel.figure.data) == [2.0, 9.0]
    assert stage_panel([call(1)]) == []


@pytest.mark.parametrize("count", [1, 3, 4, 12])
def test_every_number_has_its_axis(count: int) -> None:
    series = {f"number {place}": (["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"], [float(place), 1.0]) for place in range(count)}
    figure = figures.trends(series)
    assert len({trace.xaxis for trace in figure.data}) == count
    np.testing.assert_array_equal([trace.y[0] for trace in figure.data], np.arange(count))


def test_the_page_is_escaped_and_asks_for_nothing() -> None:
    page = render_log(CALLS, 7, 5, source=Path("events.jsonl"), config_sha256="c" * 64)
    body = page[page.index("</head>") :]
    assert "4 calls, 2 failures, 7 unreadable lines" in body
    assert "&lt;b&gt;call 3" in body
    assert "<b>call" not in body
    assert not re.findall(r"(?:src|href)=\"?https?:|@import|url\(", body)
    assert "default-src 'none'" in page


def test_the_page_is_the_one_agreed_on(golden: Golden) -> None:
    page = render_log(CALLS, 7, 5, source=Path("events.jsonl"), config_sha256="c" * 64)
    golden(whole_page(page, Path("/nowhere")), Path(__file__).with_name("page.txt"))


def test_an_empty_log_has_a_page() -> None:
    page = render_log([], 0, 5, source=Path("events.jsonl"), config_sha256="c" * 64)
    assert "No call is recorded." in page
    assert trend_section([]).absent
