"""Text that a table of a page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def cell(text: str) -> str:
    """Return `text` on one line, with what would end a cell or open a tag escaped."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def code(text: str) -> str:
    """Return `text` as code in a cell, or nothing where there is none."""
    return f"`{' '.join(text.split())}`".replace("|", "\\|") if text else ""


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table; cells are taken as they are."""
    names = tuple(heading)
    yield ""
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
