"""What the detector calibration met in the predicted planets: breaches of plausible ranges per step and sensor, and the worst planets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.diagnostics.planet.words import gate_checks
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.utils.products import MANIFEST_NAME, read_manifest

NAME, TITLE = "detector", "Detector calibration"
LEAD = "Each step of the detector calibration has plausible ranges; what left them is counted here, and never corrected in silence."
MOST_PLANETS = 20


@dataclass(frozen=True, kw_only=True)
class VisitGates:
    """Gates of one sensor in one visit, as the calibration recorded them."""

    planet_id: str
    visit: int
    sensor: str
    gates: Sequence[dict[str, Any]]


def read_gates(run: RunData) -> list[VisitGates]:
    """Return the recorded gates of the predicted split; products without a readable record are left out.

    Only the records are read, not the products they belong to: these were checked when the features were made from them.
    """
    found = []
    planets = set(run.planet_ids)
    for key, entry in read_manifest(run.workspace.calibrated).items():
        if not key.startswith(f"{run.split}/"):
            continue
        for product in entry.get("products", {}).values():
            record = _record((run.workspace.root / str(product)).with_suffix(".json"))
            if record is not None and record["planet_id"] in planets:
                found.append(VisitGates(**{name: record[name] for name in ("planet_id", "visit", "sensor", "gates")}))
    return found


def breaches_by_planet(visits: Sequence[VisitGates]) -> Counter[str]:
    """Return planet -> number of gates that it breached in all visits and sensors."""
    return Counter(visit.planet_id for visit in visits for gate in visit.gates if not gate["passed"])


def section(run: RunData, visits: Sequence[VisitGates]) -> Section:
    """Return the tables of the detector calibration."""
    if not visits:
        reason = "The workspace has no record of the detector calibration of these planets; it is made with: spectramind calibrate"
        return Section(name=NAME, title=TITLE, lead=LEAD, absent=reason)
    sources = (run.workspace.calibrated / MANIFEST_NAME,)
    panels = [
        Panel(
            name="detector-gates",
            title="Breaches per step and sensor",
            good="Good: no breach. Many in one row: the step's parameters, or the range, do not fit these detectors.",
            rows=_steps(visits),
            sources=sources,
            wide=True,
        )
    ]
    worst = _planets(visits)
    if worst:
        title, good = "Planets with most breaches", "Good: no planet. A planet here is worth its own page: spectramind diagnose planet ID."
        panels.append(Panel(name="detector-planets", title=title, good=good, rows=worst, sources=sources, wide=True))
    return Section(name=NAME, title=TITLE, lead=LEAD, panels=tuple(panels))


def _steps(visits: Sequence[VisitGates]) -> list[dict[str, object]]:
    """Return a row a gate and sensor: visits that breached it, and the smallest and the largest value of all."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for visit in visits:
        for gate in visit.gates:
            groups.setdefault((gate["step"], visit.sensor, gate["name"]), []).append(gate)
    rows: list[dict[str, object]] = []
    for (step, sensor, _), gates in groups.items():
        seen = [min(gate["seen"][0] for gate in gates), max(gate["seen"][1] for gate in gates)]
        breached = sum(not gate["passed"] for gate in gates)
        words = gate_checks([gates[0] | {"seen": seen}])[0]
        row: dict[str, object] = {
            "step": step.replace("_", " "),
            "sensor": sensor,
            "what": words.name,
            "seen": words.seen,
            "plausible": words.good,
        }
        rows.append(row | {"visits": len(gates), "breaches": breached, "": "▲ look" if breached else "✓ pass"})
    return rows


def _planets(visits: Sequence[VisitGates]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for planet_id, count in breaches_by_planet(visits).most_common(MOST_PLANETS):
        own = [(visit, gate) for visit in visits if visit.planet_id == planet_id for gate in visit.gates if not gate["passed"]]
        words = [f"visit {visit.visit} {visit.sensor}: {check.name} {check.seen}" for visit, gate in own for check in gate_checks([gate])]
        rows.append({"planet": planet_id, "breaches": count, "what left its range": "; ".join(words)})
    return rows


def _record(path: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if {"planet_id", "visit", "sensor", "gates"} <= record.keys() else None
