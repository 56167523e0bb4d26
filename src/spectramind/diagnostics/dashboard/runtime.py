"""Dashboard: what runs take, and whether the whole pipeline ends within its budget."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from spectramind.diagnostics.figures import runtime as figures
from spectramind.diagnostics.log.calls import STAGE_PREFIX, Call, read_events, stage_seconds
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.utils.run_profile import diagnostics_folder, read_rows, samples_folder, stages_path
from spectramind.utils.runs import Workspace

PLANETS = 1100
"""Test planets of the competition."""
BUDGET_S = 9 * 3600.0
"""Wall time that a notebook of the competition may take (ARCHITECTURE.md section 19)."""
# One sample makes no curve: a call as short as that is in the table alone.
FEWEST_SAMPLES = 2
CALLS_DRAWN, ROWS_SHOWN, STAGES_DRAWN, OPERATIONS_DRAWN = 3, 12, 16, 12
_LEAD = "How long every stage takes, what it needs, and whether 1100 planets fit into nine hours."
_ABSENT = "No call was sampled in this workspace. spectramind run makes telemetry and profile."


def section(run: RunData) -> Section:
    """Return what the calls in the run's workspace took."""
    planets = sum(map(len, run.dataset.planets.values()))
    visits = sum(len(run.dataset.visits(split, planet_id)) for split, ids in run.dataset.planets.items() for planet_id in ids)
    return runtime_section(run.workspace, visits_per_planet=visits / max(planets, 1))


def runtime_section(workspace: Workspace, *, visits_per_planet: float) -> Section:
    """Return the section of a workspace; stages that work on visits are scaled with the visits of a planet."""
    calls = read_events(workspace.events_path)[0] if workspace.events_path.is_file() else []
    panels = [
        *_budget_panel(workspace, calls, visits_per_planet),
        *_stage_panel(workspace, calls),
        *_usage_panels(workspace),
        *_table_panel(workspace),
        *_operation_panels(workspace),
    ]
    return Section(name="runtime", title="Runtime", lead=_LEAD, panels=tuple(panels), absent="" if panels else _ABSENT)


def seconds_per_planet(calls: Sequence[Call], visits_per_planet: float) -> dict[str, float]:
    """Return stage -> wall time a planet, from the last call that found nothing done already.

    Args:
        calls: Telemetry, oldest first.
        visits_per_planet: Scales the stages that count visits.
    """
    found: dict[str, float] = {}
    for stage, counter, scale in (
        ("calibrate", "done", visits_per_planet),
        ("features", "done", visits_per_planet),
        ("predict", "planets", 1.0),
    ):
        for call in calls:
            prefix = "" if call.command == stage else f"{stage}/"  # `run` tells the numbers of its stages apart
            seconds, count = call.metrics.get(f"{STAGE_PREFIX}{stage}"), call.metrics.get(f"{prefix}{counter}")
            if call.exit_code == 0 and seconds and count and not call.metrics.get(f"{prefix}reused"):
                found[stage] = seconds / count * scale
    return found


def _budget_panel(workspace: Workspace, calls: Sequence[Call], visits_per_planet: float) -> list[Panel]:
    seconds = seconds_per_planet(calls, visits_per_planet)
    if not seconds:
        return []
    return [
        Panel(
            name="runtime-budget",
            title="Budget",
            good="Good: the bar, all stages together, ends left of the dashed line. It scales the number of planets and visits that "
            "were measured on this machine; smaller frames than those of the competition make it too short.",
            figure=figures.budget(seconds, planets=PLANETS, budget_s=BUDGET_S),
            sources=(workspace.events_path,),
            wide=True,
        )
    ]


def _stage_panel(workspace: Workspace, calls: Sequence[Call]) -> list[Panel]:
    times = stage_seconds(calls)
    if not times:
        return []
    median_s = {name: statistics.median(values) for name, values in times.items()}
    longest = sorted(median_s, key=lambda name: -median_s[name])[:STAGES_DRAWN]
    return [
        Panel(
            name="runtime-stages",
            title="Stages",
            good="Good: the last call stands near the median of all; far right of it, something has become slow.",
            figure=figures.stage_times({name: median_s[name] for name in longest}, {name: times[name][-1] for name in longest}),
            sources=(workspace.events_path,),
        )
    ]


def _usage_panels(workspace: Workspace) -> list[Panel]:
    paths = sorted(samples_folder(workspace).glob("*.csv"), key=lambda path: path.name, reverse=True)
    panels = (panel for path in paths if (panel := _usage_panel(path)) is not None)
    return [replace(panel, name=f"runtime-usage-{place}") for place, panel in enumerate(islice(panels, CALLS_DRAWN))]


def _usage_panel(path: Path) -> Panel | None:
    rows = read_rows(path)
    if len(rows) < FEWEST_SAMPLES:
        return None
    columns = {name: [_number(row.get(name)) for row in rows] for name in ("elapsed_s", "cpu_pct", "rss_mib", "gpu_pct", "gpu_mib")}
    moment, _, command = path.stem.partition("_")
    return Panel(
        name="runtime-usage",
        title=f"Processor and memory: {command}",
        good="Good: processors busy while planets are worked on, memory flat once all workers run. Memory that climbs without end leaks; "
        "load far below the number of workers waits for something.",
        figure=figures.usage_over_time(
            [value or 0.0 for value in columns["elapsed_s"]],
            [row.get("stage", "") for row in rows],
            [value or 0.0 for value in columns["cpu_pct"]],
            [value or 0.0 for value in columns["rss_mib"]],
            name=f"{command}, {moment}",
            card_pct=columns["gpu_pct"],
            card_mib=columns["gpu_mib"],
        ),
        sources=(path,),
    )


def _table_panel(workspace: Workspace) -> list[Panel]:
    rows = read_rows(stages_path(workspace))[-ROWS_SHOWN:]
    if not rows:
        return []
    return [
        Panel(
            name="runtime-table",
            title="Stages of the last calls",
            good="Good: peak memory well below that of the machine; items per second as in calls before on the same machine.",
            rows=[_shown(row) for row in reversed(rows)],
            sources=(stages_path(workspace),),
            wide=True,
        )
    ]


def _shown(row: Mapping[str, str]) -> dict[str, object]:
    return {
        "began": row["ts"],
        "stage": row["stage"],
        "wall (s)": _number(row["wall_s"]),
        "processor (s)": _number(row["cpu_s"]),
        "load (%)": _number(row["mean_cpu_pct"]),
        "peak memory (MiB)": _number(row["peak_rss_mib"]),
        "read (MiB)": _number(row["read_mib"]),
        "written (MiB)": _number(row["written_mib"]),
        "card (%)": _number(row["gpu_pct"]),
        "items": _number(row["items"]),
        "items per s": _number(row["items_per_s"]),
    }


def _operation_panels(workspace: Workspace) -> list[Panel]:
    panels = []
    for path in sorted(diagnostics_folder(workspace).glob("operators_*.csv")):
        rows = read_rows(path)[:OPERATIONS_DRAWN]
        phase = path.stem.removeprefix("operators_")
        panels.append(
            Panel(
                name=f"runtime-operators-{phase}",
                title=f"Slowest operations: {phase}",
                good="Good: matrix products and convolutions lead. Copies and conversions at the top are work for nothing.",
                figure=figures.operations([row["operation"] for row in rows], [_number(row["self_cpu_ms"]) or 0.0 for row in rows]),
                sources=(path,),
            )
        )
    return panels


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
