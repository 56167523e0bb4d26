"""Planets and visits that a stage set aside, with its reason."""

from __future__ import annotations

from spectramind.data.calibrate import selected_visits
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.utils.products import MANIFEST_NAME, read_manifest

NAME, TITLE = "set-aside", "Set aside"
LEAD = "What could not be used, and why. A planet without a usable visit gets the mean and the scatter of all planets: it is a FALLBACK."


def section(run: RunData) -> Section:
    """Return one table: planets that are not COMPLETE, visits that were set aside, rows of a star table that were rejected."""
    rows: list[dict[str, object]] = []
    for planet_id, outcome in run.manifest["planets"].items():
        if outcome["status"] != "COMPLETE":
            rows.append({"what": f"planet {planet_id}", "by": "predict", "outcome": outcome["status"], "reason": outcome["reason"]})
    for stage, folder in (("calibrate", run.workspace.calibrated), ("features", run.workspace.features)):
        for key, entry in read_manifest(folder).items():
            if "reason" in entry and key.startswith(f"{run.split}/"):
                _, planet_id, visit = key.split("_")
                what = f"visit {visit} of planet {planet_id}"
                rows.append({"what": what, "by": stage, "outcome": "set aside", "reason": entry["reason"]})
    missing = selected_visits(run.dataset, run.split)[1]
    rows += [
        {"what": f"planet {planet_id}", "by": "dataset", "outcome": "no visit", "reason": reason} for planet_id, reason in missing.items()
    ]
    rows += [{"what": "row of a star table", "by": "dataset", "outcome": "rejected", "reason": reason} for reason in run.dataset.rejected]
    if not rows:
        rows.append({"what": "nothing", "by": "-", "outcome": "-", "reason": "every planet and every visit was used"})
    manifests = (run.workspace.calibrated / MANIFEST_NAME, run.workspace.features / MANIFEST_NAME)
    good = "Good: nothing is set aside. Reasons that repeat point at one damaged file or one step; the planet's page shows the rest."
    panel = Panel(name="set-aside-table", title="What was not used", good=good, rows=rows, sources=manifests, wide=True)
    return Section(name=NAME, title=TITLE, lead=LEAD, panels=(panel,))
