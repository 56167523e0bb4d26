"""What a reader finds in a page, as text that is the same on every machine: golden files are made of it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.utils.provenance import package_version

HEADINGS_AND_CELLS = frozenset({"h1", "h2", "h3", "th", "td", "option"})
ALL_TEXT = HEADINGS_AND_CELLS | {"p", "li", "figcaption", "strong", "dt", "dd", "summary", "a"}
FIGURE = re.compile(r'Plotly\.newPlot\(\s*"([^"]+)",\s*')


class Text(HTMLParser):
    """Text of some elements of a page, one a line, in its order."""

    def __init__(self, tags: frozenset[str]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._tags, self._open = tags, list[tuple[str, int]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._tags:
            self._open.append((tag, len(self.lines)))
            self.lines.append(f"{tag}: ")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[-1][0]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.lines[self._open[-1][1]] += data


def structure(html: str, folder: Path, tags: frozenset[str] = HEADINGS_AND_CELLS) -> str:
    """Return what a reader finds in some elements, without what differs between machines or in a last digit."""
    reader = Text(tags)
    reader.feed(html)
    text = "\n".join(" ".join(line.split()) for line in reader.lines) + "\n"
    text = text.replace(str(folder), "FOLDER").replace(f"spectramind {package_version()}", "spectramind VERSION")
    return re.sub(r"\d+\.\d+", lambda number: f"{float(number.group()):.2g}", text)


def whole_page(html: str, folder: Path) -> str:
    """Return all text of a report, and below it what its figures draw: titles, axes, and the traces with their number of points."""
    figures = [_figure(html, match) for match in FIGURE.finditer(html)]
    return structure(html, folder, ALL_TEXT) + "".join(figures)


def _figure(html: str, match: re.Match[str]) -> str:
    decoder = json.JSONDecoder()
    traces, end = decoder.raw_decode(html, match.end())
    layout, _ = decoder.raw_decode(html, re.compile(r",\s*").match(html, end).end())  # type: ignore[union-attr]
    axes = [
        f"{name}: {axis['title']['text']}" for name, axis in sorted(layout.items()) if "axis" in name and "text" in axis.get("title", {})
    ]
    drawn = [f"{trace['type']} {trace.get('name', '-')}: {_points(trace)}" for trace in traces]
    lines = [f"{match[1]}: {layout.get('title', {}).get('text', '')}", *axes, *drawn]
    return "".join(f"figure {line}\n" for line in lines)


def _points(trace: dict[str, Any]) -> str:
    """Return how many points a trace has, or its shape where it is a map; plotly holds arrays as base64."""
    values = next(trace[name] for name in ("z", "y", "x") if name in trace)
    if isinstance(values, dict):
        return str(values.get("shape") or len(np.frombuffer(b64decode(values["bdata"]), values["dtype"])))
    return str(len(values))
