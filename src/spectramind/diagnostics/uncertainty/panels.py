"""Panels that show whether uncertainties can be believed, for the page of a calibration and for the dashboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.diagnostics.figures import uncertainty as figures
from spectramind.diagnostics.section import Panel
from spectramind.diagnostics.uncertainty.tables import Judged, Row, by_class, sorted_by, summary

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

GOOD = {
    "summary": "Good: rms z near 1, shares near what they promise, and of two steps that keep this the one with the higher log-likelihood. "
    "Errors with heavy tails have more than 68 % inside one σ and still an rms of 1.",
    "classes": "Good: every class covers what the intervals promise, not only all planets together.",
    "level": "Good: the thick line inside the shade, which is where 95 % of honest ones lie. Below zero σ is too small, above too large.",
    "bins": "Good: 19 of 20 bins inside the shade, and no stretch of neighbours on one side of it.",
    "reliability": "Good: along the dashed line. Steeper: σ too small; an S that leaves it at both ends: heavy tails; beside it: a bias.",
    "pit": "Good: flat inside the shade. A valley: σ too small; a hill: σ too large; a slope: a bias.",
    "z": "Good: the thick line on the dashed one; tails along the dotted one cost score. The outermost cells hold all that lies beyond.",
    "sharpness": "Good: the line runs through the crosses. A lower line is better only as long as it does.",
    "tenths": "Good: 19 of 20 points inside the shade. A slope means that σ does not know which planets are hard.",
    "spread": "Good: near 1 and inside the shade for AIRS, and no slope. Above 1 σ is too small for these planets, below 1 too large.",
}


WIDE = ("bins", "sharpness", "tenths", "spread")


def panels(judged: Judged, whose: str, sources: tuple[Path, ...]) -> tuple[Panel, ...]:
    """Return the panels.

    Args:
        judged: At least two planets.
        whose: Which planets these are, in letters, hyphens and blanks; it ends the titles and begins the names, so it is unique.
        sources: Files that the numbers come from.
    """
    shown = [_table("summary", "Steps of the calibration", summary(judged))]
    if judged.classes:
        shown.append(_table("classes", "Classes of planets", by_class(judged)))
    for name, figure in _figures(judged).items():
        figure.update_layout(title_text=f"{figure.layout.title.text}, {whose}")
        shown.append(Panel(name=name, title=figure.layout.title.text, good=GOOD[name], figure=figure, wide=name in WIDE))
    prefix = whose.replace(" ", "-")
    return tuple(
        replace(panel, name=f"{prefix}-{panel.name}", title=panel.title if panel.figure else f"{panel.title}, {whose}", sources=sources)
        for panel in shown
    )


def _table(name: str, title: str, rows: list[Row]) -> Panel:
    return Panel(name=name, title=title, good=GOOD[name], rows=rows, wide=True)


def _figures(judged: Judged) -> dict[str, Figure]:
    promised = 1.0 - judged.alpha
    steps = list(judged.inside)
    inside = judged.inside[steps[-1]]
    # Bins of all steps would hide each other; coverage_by_bin.csv has them.
    ends = {step: judged.inside[step] for step in dict.fromkeys([steps[0], steps[-1]])}
    return {
        "level": figures.coverage_by_level(judged.z, intervals=None if judged.half_width is None else inside, promised=promised),
        "reliability": figures.reliability_diagram(judged.z),
        "bins": figures.coverage_over_wavelength(ends, judged.wavelength_um, promised),
        "pit": figures.pit(judged.z),
        "z": figures.z_histogram(judged.z),
        "sharpness": figures.sharpness(judged.sigma, judged.wavelength_um, judged.error),
        "tenths": figures.coverage_by_tenth(inside, sorted_by(judged), promised),
        "spread": figures.spread_by_tenth(list(judged.z.values())[-1], sorted_by(judged)),
    }
