"""The page of `analyze-log`: durations, failures, slowest calls and numbers over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from spectramind.diagnostics.figures import log as figures
from spectramind.diagnostics.figures.runtime import stage_times
from spectramind.diagnostics.log.calls import OF_ONE_PLANET, STAGE_PREFIX, Call, stage_seconds
from spectramind.diagnostics.report_page import render_report
from spectramind.diagnostics.section import Panel, Section

TRENDS_DRAWN, STAGES_DRAWN = 12, 20
_RESOURCES = ("cpu_s", "peak_rss_mib", "seed")


def render_log(calls: Sequence[Call], broken: int, rows: int, *, source: Path, config_sha256: str) -> str:
    """Return the page.

    Args:
        calls: Oldest first.
        broken: Lines that are no event.
        rows: Longest table.
        source: events.jsonl.
        config_sha256: Hash of the configuration of the call.
    """
    failures = [call for call in calls if call.exit_code != 0]
    period = f"{calls[0].ts} to {calls[-1].ts}" if calls else "no calls"
    return render_report(
        "Log analysis",
        [command_section(calls), failure_section(failures, rows), trend_section(calls)],
        lead=[f"{len(calls)} calls, {len(failures)} failures, {broken} unreadable lines; {period}."],
        config_sha256=config_sha256,
        sources=(source,),
    )


def command_section(calls: Sequence[Call]) -> Section:
    """Return how long commands take and how they end."""
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for call in calls:
        counts[call.command][call.exit_code] += 1
    slowest = sorted(calls, key=lambda call: -call.dur_ms)[:10]
    panels = (
        Panel(
            name="durations",
            title="Duration of every call",
            good="Good: the points of a command lie close together; far right is a slow call, far left one that found all done.",
            figure=figures.durations(
                [call.command for call in calls], [call.dur_ms / 1000 for call in calls], [call.exit_code != 0 for call in calls]
            ),
        ),
        Panel(
            name="exit-codes",
            title="How calls ended",
            good="Good: green alone. 2 schema, 3 configuration, 4 time, 5 internal, 6 input, 7 busy, 8 gate, 130 interrupted.",
            figure=figures.exit_codes(counts),
        ),
        *stage_panel(calls),
        Panel(
            name="slowest",
            title="Slowest calls",
            good="Good: training and calibration of all planets; nothing that was meant to be quick.",
            rows=[{"began": call.ts, "seconds": call.dur_ms / 1000, "exit": call.exit_code, "command": call.cmd} for call in slowest],
            wide=True,
        ),
    )
    lead = "How long each command takes, and how it ends."
    return Section(
        name="commands", title="Commands", lead=lead, panels=panels if calls else (), absent="" if calls else "No call is recorded."
    )


def stage_panel(calls: Sequence[Call]) -> list[Panel]:
    """Return how long the stages of successful calls took; nothing where none was timed."""
    times = {name: seconds for name, seconds in stage_seconds(calls).items() if min(median(seconds), seconds[-1]) > 0.0}
    if not times:
        return []
    median_s = {name: median(values) for name, values in times.items()}
    drawn = sorted(median_s, key=lambda name: -median_s[name])[:STAGES_DRAWN]
    figure = stage_times({name: median_s[name] for name in drawn}, {name: times[name][-1] for name in drawn})
    good = "Good: the last call stands near the median of all; far right of it, something has become slow."
    return [Panel(name="stages", title="Stages", good=good, figure=figure, wide=True)]


def failure_section(failures: Sequence[Call], rows: int) -> Section:
    """Return the last failures with their message."""
    table = [{"began": call.ts, "command": call.cmd, "exit": call.exit_code, "error": call.error} for call in failures[: -rows - 1 : -1]]
    good = "Good: mistakes of typing and input that were mended at once; exit 5 is a mistake in the program."
    panels = (Panel(name="failures-table", title=f"Last {len(table)}", good=good, rows=table, wide=True),) if table else ()
    return Section(name="failures", title="Failures", lead="What went wrong, last first.", panels=panels, absent="" if table else "None.")


def trend_section(calls: Sequence[Call]) -> Section:
    """Return the numbers that moved most often, each over time."""
    series = moving_numbers(calls)
    good = "Good: scores and likelihoods rise or stay. A step down marks the call after which to look for what changed."
    panels = [Panel(name="trend-figure", title="Numbers over time", good=good, figure=figures.trends(series), wide=True)] if series else []
    lead = f"Numbers of results that differed between calls of one command, the {TRENDS_DRAWN} most often measured."
    absent = "" if series else "No number of a result has been measured twice with another value."
    return Section(name="trends", title="Numbers over time", lead=lead, panels=tuple(panels), absent=absent)


def moving_numbers(calls: Sequence[Call]) -> dict[str, tuple[list[str], list[float]]]:
    """Return "command: number" -> (times, values) of successful calls, for numbers that took at least two values."""
    series: defaultdict[str, tuple[list[str], list[float]]] = defaultdict(lambda: ([], []))
    for call in calls:
        for name, value in _numbers(call):
            times, values = series[f"{call.command}: {name}"]
            times.append(call.ts)
            values.append(value)
    moving = {name: each for name, each in series.items() if len(set(each[1])) > 1}
    chosen = sorted(moving, key=lambda name: (-len(moving[name][1]), name))[:TRENDS_DRAWN]
    return {name: moving[name] for name in sorted(chosen)}


def _numbers(call: Call) -> Iterator[tuple[str, float]]:
    metrics: Mapping[str, float | None] = call.metrics if call.exit_code == 0 else {}
    for name, value in metrics.items():
        told_elsewhere = name.startswith(STAGE_PREFIX) or OF_ONE_PLANET in name or "seconds" in name or name in _RESOURCES
        if value is not None and not told_elsewhere:
            yield name, value
