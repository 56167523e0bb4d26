"""How the networks learned: curves of every phase and fold, what the training chose, and the ablation where there is one."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from spectramind.diagnostics.figures.learning import constraint_curves, learning_curves
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.training.curriculum import PHASES
from spectramind.training.ensemble import EnsembleRecord, checkpoints_folder, read_record
from spectramind.training.journal import Journal, JournalLine
from spectramind.training.results import ablation_folder
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace

NAME, TITLE = "learning", "Learning"
LEAD = "Curves of the trainings of this workspace: validation drawn through, training dotted, the epoch whose weights are used with a star."
ABSENT = "No network has been trained in this workspace. Next: spectramind train --phase supervised"
GOOD = (
    "Good: both losses sink and level off, the validation not far above the training; a star at the very end asks for more epochs, "
    "one at 0 says that nothing was learned."
)
JOURNAL = "journal.jsonl"
# Columns of ablation.csv that the table shows, with their titles.
COLUMNS = {
    "rank": "rank",
    "variant": "variant",
    "score_mean": "score",
    "score_std": "± over seeds",
    "to_base_mean": "to base",
    "to_base_std": "± paired",
    "effect": "effect",
}


def section(run: RunData) -> Section:
    """Return the curves of every phase, and the table of the ablation."""
    panels: list[Panel] = []
    for phase in PHASES:
        panels += _phase(run.workspace, phase)
    panels += _ablation(ablation_folder(run.workspace))
    return Section(name=NAME, title=TITLE, lead=LEAD, panels=tuple(panels), absent="" if panels else ABSENT)


def _phase(workspace: Workspace, phase: str) -> list[Panel]:
    try:
        record = read_record(workspace, phase)
        paths = journal_paths(workspace, phase, record)
        journals = {fold: Journal(path).read() for fold, path in paths.items()}
    except InputDataError as error:
        row = {"what": error.what, "where": error.where, "next": error.hint}
        return [Panel(name=f"learning-{phase}", title=f"Phase {phase}", good="Good: a record that can be read.", rows=[row], wide=True)]
    if not any(journals.values()):
        return []
    chosen = {member.fold: member.epoch for member in record.members} if record else {}
    title = f"Phase {phase}" if record else f"Phase {phase}, last worked on"
    sources = tuple(paths.values())
    panels = [
        Panel(name=f"learning-{phase}", title=title, good=GOOD, figure=learning_curves(journals, chosen, title), sources=sources),
    ]
    constraints = constraint_curves(journals, f"{title}: constraints")
    if constraints is None:
        panels[0] = replace(panels[0], wide=True)
    else:
        good = "Good: terms sink or stay low while the loss sinks. One that grows is paid for with it; those that are not drawn were kept."
        panels.append(
            Panel(name=f"learning-{phase}-constraints", title=f"{title}: constraints", good=good, figure=constraints, sources=sources)
        )
    rows = _members(journals, record)
    if rows:
        good = "Good: folds alike. One that stands out was validated on odd planets, or did not learn."
        panels.append(Panel(name=f"learning-{phase}-folds", title=f"{title}: folds", good=good, rows=rows, sources=sources, wide=True))
    return panels


def journal_paths(workspace: Workspace, phase: str, record: EnsembleRecord | None) -> dict[int, Path]:
    """Return fold -> journal of the recorded training of a phase; without a record of the one that was worked on last."""
    root = checkpoints_folder(workspace, phase)
    found = list(root.glob(f"{record.key[:12]}/fold_*/{JOURNAL}" if record else f"*/fold_*/{JOURNAL}"))
    if not found:
        return {}
    folder = max(found, key=lambda path: path.stat().st_mtime_ns).parents[1]
    own = {int(path.parent.name.removeprefix("fold_")): path for path in found if path.parents[1] == folder}
    return dict(sorted(own.items()))


def _members(journals: Mapping[int, Sequence[JournalLine]], record: EnsembleRecord | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for member in record.members if record else ():
        lines = journals.get(member.fold, ())
        row: dict[str, object] = {
            "fold": member.fold,
            "chosen epoch": member.epoch,
            "epochs": member.epochs,
            "loss": member.metrics.get("total_val"),
        }
        rows.append(row | {"score": member.metrics.get("score_val"), "seconds": lines[-1].seconds if lines else None})
    return rows


def _ablation(folder: Path) -> list[Panel]:
    path = folder / "ablation.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [{title: _cell(line.get(column)) for column, title in COLUMNS.items()} for line in csv.DictReader(stream)]
    good = (
        "Good: the base near the top, and no variant that helps beyond its spread. The whole report lies beside the table it is read from."
    )
    sources = tuple(own for own in (folder / "ablation.html", path) if own.exists())
    return [Panel(name="ablation", title="Ablation", good=good, rows=rows, sources=sources, wide=True)] if rows else []


def _cell(text: str | None) -> object:
    """Return a number where the text is one."""
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text
