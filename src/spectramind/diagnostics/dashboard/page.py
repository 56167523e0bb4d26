"""`diagnose dashboard`: gather, draw, write, and name the page in the manifest of the submission."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.diagnostics.dashboard import detector, gallery, overview, residuals, set_aside
from spectramind.diagnostics.dashboard.acceptance import acceptance
from spectramind.diagnostics.dashboard.badness import badness
from spectramind.diagnostics.dashboard.links import Link, links_to, relative_path, run_links
from spectramind.diagnostics.dashboard.load import load_run, submission_path
from spectramind.diagnostics.dashboard.payload import figure_json, script_json
from spectramind.diagnostics.dashboard.score import score_run
from spectramind.diagnostics.report_page import page_template
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.inference.gates import DASHBOARD, Gate, check_gates
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file, write_json, write_text
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import Progress
from spectramind.utils.provenance import package_version
from spectramind.utils.runs import Workspace
from spectramind.utils.schemas import validate_document

LOG = logging.getLogger(__name__)

PAGE_NAME = "dashboard.html"
# Modules of this folder with a function section(run); each loads what it needs when its turn comes.
MODULES = ("uncertainty", "explanations", "latents", "maps", "learning", "runtime")


@dataclass(frozen=True, kw_only=True)
class DashboardReport:
    """What was written.

    Attributes:
        sections: Name of a section -> "shown", or why it is not.
        gates: Name of a gate -> whether it is passed.
    """

    page: str
    bytes: int
    planets: int
    sections: dict[str, str]
    gates: dict[str, bool]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class ShownPanel:
    """A panel with its figure as JSON and the links to its sources."""

    panel: Panel
    figure: str
    height: int
    links: list[Link]


@dataclass(frozen=True, kw_only=True)
class ShownSection:
    """A section ready for the template."""

    section: Section
    panels: list[ShownPanel]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A finished page."""

    html: str
    sections: dict[str, str]


def page_path(workspace: Workspace, out: Path | None) -> Path:
    """Return where the page goes: outputs/diagnostics/dashboard.html unless told otherwise."""
    return out or workspace.outputs / "diagnostics" / PAGE_NAME


def plan(
    config: Config, workspace: Workspace, *, submission: Path | None = None, truth: Path | None = None, out: Path | None = None
) -> dict[str, Any]:
    """Say what ``write_dashboard`` would read and write; errors are the same."""
    run = load_run(config, workspace, submission=submission, truth=truth)
    return {
        "submission": str(run.submission),
        "split": run.split,
        "planets": len(run.planet_ids),
        "planets_with_truth": 0 if run.truth is None else int(np.isfinite(run.truth).all(axis=1).sum()),
        "page": str(page_path(workspace, out)),
        "sections": [residuals.NAME, *MODULES, set_aside.NAME, detector.NAME],
    }


def write_dashboard(
    config: Config,
    workspace: Workspace,
    *,
    submission: Path | None = None,
    truth: Path | None = None,
    out: Path | None = None,
    progress: Progress,
) -> DashboardReport:
    """Write the page about a submission, and name it in the submission's manifest.

    Args:
        submission: outputs/submission.csv by default.
        truth: Table of true spectra; see ``load_run``.
        out: outputs/diagnostics/dashboard.html by default.

    Raises:
        InputDataError: Submission, manifest, dataset or truth are missing or do not fit each other.
        SchemaViolation: Submission or manifest break their contract.
    """
    run = load_run(config, workspace, submission=submission, truth=truth)
    # The gate on the dashboard is about this page, which is not written yet.
    checked = check_gates(config, workspace, submission=submission_path(workspace, submission))
    gates = [gate for gate in checked if gate.gate != DASHBOARD]
    path = page_path(workspace, out)
    page = build_page(run, gates, path, progress=progress)
    write_text(path, page.html)
    link_dashboard(run.submission.with_name(MANIFEST_NAME), path)
    return DashboardReport(
        page=str(path),
        bytes=path.stat().st_size,
        planets=len(run.planet_ids),
        sections=page.sections,
        gates={gate.gate: gate.passed for gate in gates},
    )


def link_dashboard(manifest_path: Path, page: Path) -> None:
    """Name the page, relative to the manifest, and its sha256 in the manifest; an earlier page is replaced, all else stays.

    Raises:
        InputDataError: If the manifest cannot be read.
        SchemaViolation: If it breaks its schema.
    """
    try:
        manifest: dict[str, Any] = json.loads(manifest_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputDataError("the manifest cannot be read", where=str(manifest_path), received=error) from error
    entry = {"file": relative_path(page, manifest_path), "sha256": sha256_file(page)}
    manifest["diagnostics"] = manifest.get("diagnostics", {}) | {"dashboard": entry}
    validate_document(manifest, "manifest", where=str(manifest_path))
    write_json(manifest_path, manifest)


def build_page(run: RunData, gates: Sequence[Gate], path: Path, *, progress: Progress) -> Page:
    """Return the page.

    Args:
        gates: Quality gates of the workspace and the submission.
        path: Where the page will lie; its links are relative to it.
    """
    visits = detector.read_gates(run)
    breaches = detector.breaches_by_planet(visits)
    bad, score, calls = badness(run, breaches), score_run(run), overview.last_calls(run)
    order = np.argsort(-bad.total, kind="stable")
    makers: dict[str, Callable[[], Section]] = {residuals.NAME: lambda: residuals.section(run, order)}
    makers |= {name: lambda name=name: _section_of(name, run) for name in MODULES}  # type: ignore[misc]
    makers |= {set_aside.NAME: lambda: set_aside.section(run), detector.NAME: lambda: detector.section(run, visits)}
    progress.start("dashboard", len(makers))
    shown = []
    for name, make in makers.items():
        shown.append(_shown(_guarded(name, make), path))
        progress.advance(name)
    progress.finish()
    spectrum = gallery.first_figure(run, int(order[0]))
    html = _render(
        run=run,
        headline=overview.headline(run, gates, score),
        gates=gates,
        verdict=overview.verdict(gates),
        acceptance=acceptance(run, gates, calls, breaches.total(), [item.section.name for item in shown if item.section.absent]),
        stages=overview.stage_rows(calls),
        links=run_links(run, path),
        gallery_title=gallery.TITLE,
        gallery_good=gallery.GOOD,
        gallery_links=links_to((run.submission,), path),
        gallery_figure=figure_json(spectrum),
        gallery_height=spectrum.layout.height,
        gallery_data=script_json(gallery.gallery_payload(run, bad, score.planets, path)),
        sections=shown,
        version=package_version(),
    )
    return Page(html=html, sections={item.section.name: item.section.absent or "shown" for item in shown})


def _section_of(name: str, run: RunData) -> Section:
    section: Section = import_module(f"spectramind.diagnostics.dashboard.{name}").section(run)
    return section


def _guarded(name: str, make: Callable[[], Section]) -> Section:
    """Return the section; one that cannot be made says why in its place, and the page goes on without it."""
    try:
        return make()
    except Exception as error:
        LOG.warning("section %s of the dashboard could not be made: %s: %s", name, type(error).__name__, error)
        reason = f"This section could not be made: {type(error).__name__}: {error}"
        return Section(name=name, title=name.replace("-", " ").capitalize(), lead="", absent=reason)


def _shown(section: Section, path: Path) -> ShownSection:
    panels = []
    for panel in section.panels:
        if panel.figure is None:
            text, height = "", 0
        else:
            text, height = figure_json(panel.figure), int(panel.figure.layout.height or 450)
        panels.append(ShownPanel(panel=replace(panel, figure=None), figure=text, height=height, links=links_to(panel.sources, path)))
    return ShownSection(section=section, panels=panels)


def _render(**context: Any) -> str:
    """Return the page; all text from outside is escaped, plotly.js stands in it once."""
    from plotly.offline import get_plotlyjs

    templates = files("spectramind.diagnostics") / "templates"
    own = {name: (templates / f"dashboard.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    return page_template("dashboard.html.j2").render(plotly_js=get_plotlyjs(), **own, **context)
