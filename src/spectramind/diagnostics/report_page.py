"""Sections -> one self-contained HTML page that opens from disk and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.diagnostics.section import Section
from spectramind.utils.provenance import package_version

if TYPE_CHECKING:
    from jinja2 import Template
    from plotly.graph_objects import Figure


def render_report(
    title: str,
    sections: Sequence[Section],
    *,
    lead: Sequence[str],
    config_sha256: str,
    verdict: str = "",
    look: bool = False,
    sources: Sequence[Path] = (),
) -> str:
    """Return the page; all text is escaped, plotly.js stands in it once.

    Args:
        title: Heading of the page.
        sections: In the order of the page.
        lead: Paragraphs below the heading.
        config_sha256: Hash of the configuration of the call.
        verdict: One sentence in a box.
        look: The verdict asks for attention.
        sources: Files the page was made from.
    """
    from plotly.offline import get_plotlyjs

    shown = [
        (section, [(panel, "" if panel.figure is None else figure_html(panel.figure, panel.name)) for panel in section.panels])
        for section in sections
    ]
    return page_template("report.html.j2").render(
        title=title,
        lead=lead,
        verdict=verdict,
        look=look,
        sections=shown,
        sources=sources,
        plotly_js=get_plotlyjs(),
        version=package_version(),
        config_sha256=config_sha256,
    )


def page_template(name: str) -> Template:
    """Return a template of a page; what it is given is escaped, and must be given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("spectramind.diagnostics"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def figure_html(figure: Figure, name: str) -> str:
    """Return a figure as a piece of HTML; plotly escapes what could end its script."""
    options = {"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}
    html: str = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"figure-{name}", config=options, default_width="100%")
    return html
