"""Runtime of a workspace: extrapolation to the competition, stages, samples, operations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spectramind.diagnostics.dashboard.runtime import runtime_section, seconds_per_planet
from spectramind.diagnostics.figures import runtime as figures
from spectramind.diagnostics.log.calls import Call
from spectramind.utils.run_profile import StageUsage, diagnostics_folder, write_profile
from spectramind.utils.runs import Workspace
from spectramind.utils.sampling import Card, Sample


def call(cmd: str, metrics: dict[str, float], exit_code: int = 0) -> Call:
    return Call(
        ts="2026-01-01T00:00:00Z", cmd=cmd, exit_code=exit_code, dur_ms=1.0, seed=1, sha="", cfg="", host="", error="", metrics=metrics
    )


CALIBRATE = call("calibrate x=1", {"stage_s/calibrate": 20.0, "done": 10.0, "reused": 0.0})
RUN = call(
    "run",
    {"stage_s/calibrate": 9.0, "calibrate/done": 0.0, "calibrate/reused": 10.0, "stage_s/features": 30.0, "features/done": 10.0}
    | {"features/reused": 0.0, "stage_s/predict": 4.0, "predict/planets": 8.0},
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path).ensure()


def record(workspace: Workspace, *calls: Call) -> None:
    fields = ("ts", "cmd", "exit_code", "dur_ms", "seed", "sha", "cfg", "host", "metrics")
    lines = [json.dumps({name: getattr(each, name) for name in fields}) for each in calls]
    workspace.events_path.write_text("\n".join(lines) + "\n")


def sampled(workspace: Workspace, second: int, *, card: Card | None = None) -> None:
    samples = [
        Sample(elapsed_s=float(i + 1), stage="ab"[i // 2], processes=1, cpu_s=i + 1.0, rss_mib=50.0 + i, card=card) for i in range(4)
    ]
    usage = StageUsage(
        ts=f"2026-01-01T00:00:{second:02d}Z",
        cmd="run",
        stage="run",
        wall_s=4.0,
        cpu_s=4.0,
        peak_rss_mib=53.0,
        mean_cpu_pct=100.0,
        read_mib=None,
        written_mib=1.0,
        gpu_pct=None,
        gpu_mib=None,
        items=4,
        items_per_s=1.0,
    )
    write_profile(workspace, samples, [usage], keep=10)


def test_only_work_that_was_done_is_extrapolated() -> None:
    assert seconds_per_planet([CALIBRATE, RUN], 1.5) == pytest.approx({"calibrate": 3.0, "features": 4.5, "predict": 0.5})
    assert seconds_per_planet([replace(CALIBRATE, exit_code=6)], 1.5) == {}


def test_the_last_measurement_counts() -> None:
    faster = call("calibrate", {"stage_s/calibrate": 5.0, "done": 10.0})
    assert seconds_per_planet([CALIBRATE, faster], 1.0) == {"calibrate": 0.5}


def test_the_budget_is_in_hours_and_has_its_line() -> None:
    figure = figures.budget({"calibrate": 3.6, "predict": 7.2}, planets=1000, budget_s=32_400.0)
    assert [trace.x[0] for trace in figure.data] == pytest.approx([1.0, 2.0])
    assert [trace.name for trace in figure.data] == ["calibrate 1 h", "predict 2 h"]
    assert figure.layout.shapes[0].x0 == 9.0


def test_an_empty_workspace_says_what_makes_it(workspace: Workspace) -> None:
    section = runtime_section(workspace, visits_per_planet=1.0)
    assert section.panels == ()
    assert "spectramind run" in section.absent


def test_all_that_is_there_is_shown(workspace: Workspace) -> None:
    record(workspace, CALIBRATE, RUN)
    for second in range(5):
        sampled(workspace, second)
    (diagnostics_folder(workspace) / "operators_mae.csv").write_text(
        "operation,calls,self_cpu_ms,cpu_ms,self_device_ms\naten::mm,2,7,8,0\naten::add,2,1,1,0\n"
    )
    section = runtime_section(workspace, visits_per_planet=1.0)
    assert section.absent == ""
    names = [panel.name for panel in section.panels]
    assert names == [
        *("runtime-budget", "runtime-stages", "runtime-usage-0", "runtime-usage-1", "runtime-usage-2"),
        *("runtime-table", "runtime-operators-mae"),
    ]
    assert all(panel.good and panel.sources for panel in section.panels)
    panels = dict(zip(names, section.panels, strict=True))
    newest = panels["runtime-usage-0"].figure
    assert newest is not None
    assert "000004Z" in newest.layout.title.text
    assert list(newest.data[0].y) == [100.0] * 4
    assert list(newest.data[1].y) == [50.0, 51.0, 52.0, 53.0]
    assert panels["runtime-table"].rows[0]["read (MiB)"] is None
    operations = panels["runtime-operators-mae"].figure
    assert operations is not None
    assert list(operations.data[0].y) == ["aten::mm", "aten::add"]


def test_a_graphics_card_gets_its_lines(workspace: Workspace) -> None:
    sampled(workspace, 1, card=Card(busy_pct=None, used_mib=9.0))
    usage = next(panel for panel in runtime_section(workspace, visits_per_planet=1.0).panels if panel.name == "runtime-usage-0")
    assert usage.figure is not None
    assert [trace.name for trace in usage.figure.data] == ["processors", "memory", "graphics card", "graphics memory"]


def test_a_torn_file_of_samples_is_passed_over(workspace: Workspace) -> None:
    sampled(workspace, 1)
    (diagnostics_folder(workspace) / "profile" / "20990101T000000Z_run.csv").write_bytes(b"\xff")
    names = [panel.name for panel in runtime_section(workspace, visits_per_planet=1.0).panels]
    assert names == ["runtime-usage-0", "runtime-table"]


def test_a_call_too_short_for_a_curve_gives_its_place_to_an_earlier_one(workspace: Workspace) -> None:
    for second in range(4):
        sampled(workspace, second)
    newest = max((diagnostics_folder(workspace) / "profile").glob("*.csv"))
    newest.write_text("\n".join(newest.read_text().splitlines()[:2]) + "\n")
    panels = {panel.name: panel for panel in runtime_section(workspace, visits_per_planet=1.0).panels}
    titles = [panels[f"runtime-usage-{place}"].figure.layout.title.text for place in range(3)]  # type: ignore[union-attr]
    assert ["000002Z" in titles[0], "000001Z" in titles[1], "000000Z" in titles[2]] == [True] * 3


def test_long_calls_are_thinned() -> None:
    count = 2000
    figure = figures.usage_over_time(range(1, count + 1), ["a"] * count, [1.0] * count, [2.0] * count, name="n")
    assert len(figure.data[0].x) <= figures.MOST_POINTS
    assert len(figure.layout.shapes) == 1
