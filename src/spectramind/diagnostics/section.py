"""What a page is made of: sections of panels, each a figure or a table with the sentence that says what good looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One figure or one table.

    Attributes:
        name: Unique on the page, letters, digits and hyphens: id of the element and its permalink.
        figure: Drawn by Plotly; its title, axes and units are its own.
        rows: Table with the columns of its first row; cells are text, numbers or None.
        good: What good looks like.
        sources: Files the panel was made from.
        wide: Takes the whole width.
    """

    name: str
    title: str
    good: str
    figure: Figure | None = None
    rows: Sequence[Mapping[str, object]] = ()
    sources: tuple[Path, ...] = ()
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """Panels that belong together.

    Attributes:
        name: Permalink.
        lead: What the section answers.
        absent: Why there is nothing to show and the command that makes it; empty where there is something.
    """

    name: str
    title: str
    lead: str
    panels: tuple[Panel, ...] = ()
    absent: str = ""
