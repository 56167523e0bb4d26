"""Sections as a page: panels of both kinds, escaped, self-contained."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectramind.diagnostics.report_page import render_report
from spectramind.diagnostics.section import Panel, Section


def make_section(**changes: object) -> Section:
    values: dict[str, object] = {"name": "one", "title": "First <b>", "lead": "What & why."}
    return Section(**(values | changes))  # type: ignore[arg-type]


def page_of(*sections: Section, verdict: str = "", look: bool = False) -> str:
    page = render_report(
        "A <title>", sections, lead=["Lead <i>"], config_sha256="c" * 64, verdict=verdict, look=look, sources=(Path("a&b.csv"),)
    )
    return page[: page.index("<script>")] + page[page.index("</head>") :]


def test_all_text_is_escaped() -> None:
    rows = [{"<name>": "<script>alert(1)</script>", "number": 1.23456, "count": 12345, "none": None}]
    page = page_of(make_section(panels=(Panel(name="table", title="T<u>", good="Good: <s>.", rows=rows),)), verdict="<em>")
    for written in ("<b>", "<i>", "<u>", "<s>", "<em>", "<name>", "<script>alert", "a&b"):
        assert written not in page
    assert "&lt;script&gt;alert(1)" in page
    assert ">1.235<" in page
    assert ">12345<" in page
    assert ">–<" in page


def test_a_figure_stands_above_its_sentence() -> None:
    import plotly.graph_objects as go

    page = page_of(make_section(panels=(Panel(name="curve", title="C", good="Good: flat.", figure=go.Figure(go.Scatter(y=[1, 2]))),)))
    assert page.index('id="figure-curve"') < page.index("Good: flat.")
    assert page.count("Plotly.newPlot") == 1


def test_what_is_absent_says_why() -> None:
    assert "Run it first." in page_of(make_section(absent="Run it first."))


@pytest.mark.parametrize(("look", "expected"), [(True, 'class="verdict look"'), (False, 'class="verdict"')])
def test_a_verdict_stands_in_its_box(look: bool, expected: str) -> None:
    assert expected in page_of(make_section(), verdict="Better.", look=look)
    assert 'class="verdict' not in page_of(make_section())


def test_the_page_forbids_requests_and_holds_plotly_once() -> None:
    page = render_report("T", [make_section()], lead=[], config_sha256="c" * 64)
    assert "default-src 'none'" in page
    assert page.count("plotly.js v") == 1
    assert len(page) < 5_500_000


def test_a_short_text_such_as_a_moment_stays_in_one_line() -> None:
    rows = [{"began": "2026-01-02T03:04:05Z", "command": "calibrate " + "data.raw_dir=/somewhere " * 9}]
    page = page_of(make_section(panels=(Panel(name="table", title="T", good="Good.", rows=rows),)))
    assert '<td class="short">2026-01-02T03:04:05Z</td>' in page
    assert "<td>calibrate" in page
