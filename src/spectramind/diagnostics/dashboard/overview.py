"""The first screen: is this prediction fit to be handed in, how good is it, and what made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spectramind.diagnostics.dashboard.score import HONEST, Score
from spectramind.diagnostics.log.calls import Call, read_events
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.gates import Gate

_TIME = "%Y-%m-%dT%H:%M:%SZ"
STAGES = ("selftest", "calibrate", "features", "train", "calibrate-temp", "calibrate-corel", "predict", "run")


@dataclass(frozen=True, kw_only=True)
class Number:
    """One large number with what it is measured by."""

    name: str
    value: str
    words: str


def last_calls(run: RunData) -> dict[str, Call]:
    """Return the last call of every command that the workspace's telemetry knows."""
    path = run.workspace.events_path
    calls = read_events(path)[0] if path.is_file() else []
    return {call.command: call for call in calls}


def headline(run: RunData, gates: Sequence[Gate], score: Score) -> list[Number]:
    """Return the large numbers of the first screen."""
    failed = [gate.gate for gate in gates if not gate.passed]
    counts = run.manifest["status_counts"]
    statuses = ", ".join(f"{counts[name]} {name}" for name in ("COMPLETE", "DEGRADED", "FALLBACK") if name in counts)
    return [
        Number(
            name="Gates passed",
            value=f"{len(gates) - len(failed)} of {len(gates)}",
            words="failed: " + ", ".join(failed) if failed else "all",
        ),
        _score(score),
        _coverage(score, gates),
        Number(name="Planets", value=str(len(run.planet_ids)), words=statuses),
        Number(name="Wall time of the prediction", value=duration(prediction_s(run)), words=_budget(run)),
    ]


def prediction_s(run: RunData) -> float:
    """Return the seconds between start and end of the prediction, whole seconds as the manifest has them."""
    started, ended = (datetime.strptime(run.manifest[key], _TIME).replace(tzinfo=UTC) for key in ("started_utc", "ended_utc"))
    return (ended - started).total_seconds()


def stage_rows(calls: dict[str, Call]) -> list[dict[str, object]]:
    """Return when each stage last ran, for how long, and how it ended."""
    return [
        {"stage": name, "began (UTC)": calls[name].ts, "wall time": duration(calls[name].dur_ms / 1000), "exit": calls[name].exit_code}
        for name in STAGES
        if name in calls
    ]


def verdict(gates: Sequence[Gate]) -> tuple[str, str]:
    """Return the status of all gates together, and the sentence that says whether the submission may be handed in."""
    failed = [gate.gate for gate in gates if not gate.passed]
    if not gates:
        return "info", "No gate was checked: nothing says whether this submission may be handed in."
    if failed:
        return "fail", f"Not to be handed in yet: {len(failed)} of {len(gates)} gates failed ({', '.join(failed)})."
    return "pass", f"May be handed in: all {len(gates)} gates are passed."


def duration(seconds: float) -> str:
    """Return a duration for a reader."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min {rest % 60:02d} s"


def _score(score: Score) -> Number:
    limits = "naive 0, perfect 1"
    if score.official is None:
        words = f"{limits}; what σ promises, as the truth is unknown: --truth PATH"
        return Number(name="Score expected", value=f"{score.expected:.3f}", words=words)
    official = score.official
    parts = f"FGS1 {official.fgs1:.3f}, AIRS {official.airs:.3f}; {official.rms_airs_ppm:.0f} ppm off in AIRS"
    words = f"{limits}; σ promised {score.expected:.3f}; {parts}"
    return Number(name=f"Score of {score.known} planets", value=f"{official.score:.3f}", words=words)


def _coverage(score: Score, gates: Sequence[Gate]) -> Number:
    if score.covered:
        shares = "; ".join(
            f"{sensor} {score.covered[1][sensor]:.0%} in 1σ, {score.covered[2][sensor]:.0%} in 2σ" for sensor in score.covered[1]
        )
        honest = " and ".join(f"{share:.0%}" for share in HONEST.values())
        return Number(name="Truths inside 1σ", value=f"{score.covered[1]['AIRS-CH0']:.0%}", words=f"{shares}; honest: {honest}")
    gate = next((gate for gate in gates if gate.gate == "coverage"), None)
    if gate is not None and gate.figure:
        return Number(name="Coverage of labelled planets", value=gate.figure, words=f"{gate.threshold}; {gate.reason}")
    return Number(name="Coverage", value="–", words="not known without truth or calibration: spectramind calibrate-temp")


def _budget(run: RunData) -> str:
    budget_s = run.config.global_.walltime_budget_s
    return f"budget {duration(budget_s)}" if budget_s else "no budget is configured"
