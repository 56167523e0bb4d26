"""`diagnose planet`: one self-contained HTML page that opens from disk and asks the network for nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectramind.data.dataset import Dataset
from spectramind.diagnostics.dashboard.load import submission_path
from spectramind.diagnostics.explanation.explain import feature_provenance
from spectramind.diagnostics.explanation.gather import facts_of_view
from spectramind.diagnostics.explanation.language_model import reworded
from spectramind.diagnostics.explanation.store import Explanations, read_explanations, store_path
from spectramind.diagnostics.explanation.summary import Paragraph, plain_text, summarise
from spectramind.diagnostics.figures import planet as figures
from spectramind.diagnostics.figures.corner import corner
from spectramind.diagnostics.figures.explanation import GOOD as EXPLANATION_GOOD
from spectramind.diagnostics.figures.explanation import contributions
from spectramind.diagnostics.figures.spectrum import spectrum
from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.diagnostics.planet.load import find_planet, load_planet
from spectramind.diagnostics.planet.spectrum_words import headline, spectrum_checks
from spectramind.diagnostics.planet.words import Check, gate_checks, parameter_rows, step_rows, visit_checks
from spectramind.diagnostics.report_page import figure_html, page_template
from spectramind.utils.artifacts import sha256_file, write_text
from spectramind.utils.config import config_hash
from spectramind.utils.config.schema import Config, DiagConfig
from spectramind.utils.errors import InputDataError
from spectramind.utils.provenance import package_version
from spectramind.utils.runs import Workspace

LOG = logging.getLogger(__name__)

GOOD = {
    "curve": "Good: the line runs through the points, and the mean residuals scatter around zero, without a step at a contact.",
    "drift": "Good: slow but for the jitter of the pointing, without a dip or bump in step with the shaded transit; far below the depth.",
    "map": "Good: grain without pattern. Vertical stripes are noise common to all colours, horizontal ones a bad wavelength bin.",
    "corner": "Good: narrower than the dotted prior where the light curve decides, one closed ellipse per pair, b away from 1.",
    "spectrum": "Good: visits agree within their bands; where the truth is known, 95 % of z = (predicted − true) / σ lie in the shade.",
}


@dataclass(frozen=True, kw_only=True)
class PageReport:
    """What was written."""

    page: str
    planet_id: str
    submitted: bool
    visits: int
    set_aside: dict[str, str]
    missing: dict[str, str]
    look_at: list[str]
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A figure as HTML, and the sentence below it."""

    html: str
    good: str
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    """The planet in plain language.

    Attributes:
        rules: What the rules say.
        reworded: The same as a language model words it; empty where none was asked.
        silent: Why the language model that was asked gave nothing.
    """

    rules: tuple[Paragraph, ...]
    reworded: str = ""
    silent: str = ""
    language_model: str = ""


def page_path(workspace: Workspace, planet_id: str, out: Path | None) -> Path:
    """Return where the page goes: outputs/planets/planet_{id}.html unless told otherwise."""
    return workspace.outputs / "planets" / f"planet_{planet_id}.html" if out is None else out


def plan(config: Config, workspace: Workspace, written_id: str, *, out: Path | None, submission: Path | None) -> dict[str, Any]:
    """Say what ``write_planet_page`` would read and write."""
    dataset = Dataset.open(config.data.raw_dir)
    split, planet_id = find_planet(dataset, config.data.split, written_id)
    visits = [visit.name for visit in dataset.visits(split, planet_id)]
    page, table = page_path(workspace, planet_id, out), submission_path(workspace, submission)
    return {"planet_id": planet_id, "split": split, "visits": visits, "submission": str(table), "page": str(page)}


def write_planet_page(
    config: Config,
    workspace: Workspace,
    written_id: str,
    *,
    out: Path | None = None,
    truth: Path | None = None,
    submission: Path | None = None,
) -> PageReport:
    """Write the page of one planet.

    Raises:
        UsageError: If there is no such planet.
        InputDataError: If nothing is known of it (no features, no reason, no submission), or a named table is unusable.
        SchemaViolation: If a named submission breaks its contract.
        ConfigError: If a language model is configured that is not on this machine.
    """
    view = load_planet(config, workspace, written_id, truth=truth, submission=submission)
    path = page_path(workspace, view.planet_id, out)
    explained = feature_provenance(config, workspace, Dataset.open(config.data.raw_dir))
    if view.submitted is not None:
        explained["submission"] = sha256_file(view.submitted.submission)
    explanations = read_explanations(store_path(workspace), explained)
    words = in_words(summarise(facts_of_view(view, explanations)), config.diag)
    html = render(view, config_sha256=config_hash(config), words=words, explanations=explanations)
    write_text(path, html)
    return PageReport(
        page=str(path),
        planet_id=view.planet_id,
        submitted=view.submitted is not None,
        visits=len(view.visits),
        set_aside=view.set_aside,
        missing=view.missing,
        look_at=look_at(view),
        bytes=len(html.encode()),
    )


def in_words(rules: Sequence[Paragraph], diag: DiagConfig) -> Words:
    """Return a summary, worded by a language model too where one is configured; one that does not answer is no failure.

    Raises:
        ConfigError: If the language model is not on this machine.
    """
    if not diag.language_model:
        return Words(rules=tuple(rules))
    try:
        return Words(rules=tuple(rules), reworded=reworded(plain_text(rules), diag), language_model=diag.language_model)
    except InputDataError as error:
        LOG.warning("%s", error)
        return Words(rules=tuple(rules), silent=str(error), language_model=diag.language_model)


def look_at(view: PlanetView) -> list[str]:
    """Return the checks and gates that did not pass, with where."""
    groups: dict[str, list[Check]] = {where: gate_checks(gates) for where, gates in view.gates.items()}
    groups |= {f"visit {visit.visit}": visit_checks(visit) for visit in view.visits} | {"spectrum": spectrum_checks(view)}
    return [f"{where}: {check.name}: {check.seen}" for where, checks in groups.items() for check in checks if check.passed is False]


def render(view: PlanetView, *, config_sha256: str, words: Words | None = None, explanations: Explanations | None = None) -> str:
    """Return the page; all text from outside is escaped, plotly.js stands in it once.

    Args:
        words: The planet in plain language; by the rules, from what the page shows, unless given.
        explanations: Of a prediction from the same features; shown where the planet is among the explained ones.
    """
    from plotly.offline import get_plotlyjs

    doubts = look_at(view)
    return page_template("planet.html.j2").render(
        view=view,
        headline=headline(view, doubts=bool(doubts)),
        words=words or Words(rules=summarise(facts_of_view(view, explanations))),
        contributions=_contributions(view, explanations),
        plotly_js=get_plotlyjs(),
        spectrum=Shown(html=figure_html(spectrum(view), "spectrum"), good=GOOD["spectrum"], wide=True),
        spectrum_checks=spectrum_checks(view),
        visits=[(visit, visit_checks(visit), parameter_rows(visit), _visit_figures(visit)) for visit in view.visits],
        gates=[(where, gate_checks(gates), step_rows(view.steps[where])) for where, gates in view.gates.items()],
        look_at=doubts,
        version=package_version(),
        config_sha256=config_sha256,
    )


def _visit_figures(visit: VisitView) -> list[Shown]:
    (fgs1, airs), stem = visit.white, f"visit{visit.visit}"
    return [
        Shown(html=figure_html(figures.light_curve(fgs1), f"{stem}-fgs1"), good=GOOD["curve"]),
        Shown(html=figure_html(figures.light_curve(airs), f"{stem}-airs"), good=GOOD["curve"]),
        Shown(html=figure_html(figures.drift(fgs1), f"{stem}-fgs1-drift"), good=GOOD["drift"]),
        Shown(html=figure_html(figures.drift(airs, visit.colour_gain), f"{stem}-airs-drift"), good=GOOD["drift"]),
        Shown(html=figure_html(figures.residual_map(visit), f"{stem}-map"), good=GOOD["map"], wide=True),
        Shown(html=figure_html(corner(visit), f"{stem}-corner"), good=GOOD["corner"], wide=True),
    ]


def _contributions(view: PlanetView, explanations: Explanations | None) -> Shown | None:
    made = None if explanations is None else explanations.of(view.planet_id)
    if explanations is None or made is None:
        return None
    figure = contributions(
        made.values,
        made.base,
        explanations.players,
        explanations.wavelength_um,
        title=f"Contributions to the prediction of the {explanations.model_kind} model",
        standard_error=made.standard_error,
    )
    return Shown(html=figure_html(figure, "contributions"), good=EXPLANATION_GOOD["contributions"], wide=True)
