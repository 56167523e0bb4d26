"""The page of an ablation: figures and tables say the same, all text is escaped, and the verdict counts what was shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from page_text import whole_page
from tiny_ablation import make_ablation

from spectramind.diagnostics.ablation.page import failed_section, honesty_section, render_html, score_section, verdict, worth_section
from spectramind.diagnostics.ablation.table import Row, table

if TYPE_CHECKING:
    from tests.conftest import Golden


@pytest.fixture
def rows() -> tuple[Row, ...]:
    return table(make_ablation(), top_n=9)


def body_of(page: str) -> str:
    """Return the page without plotly.js."""
    return page[: page.index("<script>")] + page[page.index("</head>") :]


def test_the_page_is_escaped_and_asks_for_nothing(rows: tuple[Row, ...]) -> None:
    page = render_html(rows, ("summary",), make_ablation().failed, source=Path("results.jsonl"), config_sha256="c" * 64)
    body = body_of(page)
    assert page.count("plotly.js v") == 1
    assert "<b>" not in body
    assert "&lt;b&gt;wild|name&lt;/b&gt;" in body
    assert "no &lt;encoder&gt;" in body
    assert not re.findall(r"(?:src|href)=\"?https?:|@import|url\(", body)
    assert "default-src 'none'" in page
    for row in rows:
        assert str(row.score) in body


def test_the_page_is_the_one_agreed_on(rows: tuple[Row, ...], golden: Golden) -> None:
    page = render_html(rows, ("summary",), make_ablation().failed, source=Path("results.jsonl"), config_sha256="c" * 64)
    golden(whole_page(page, Path("/nowhere")), Path(__file__).with_name("page.txt"))


def test_every_section_has_its_table_and_the_first_two_a_figure(rows: tuple[Row, ...]) -> None:
    sections = (score_section(rows), worth_section(rows), honesty_section(rows), failed_section({"blind": "no"}))
    assert [[panel.figure is not None for panel in section.panels] for section in sections] == [
        [True, False],
        [True, False],
        [False],
        [False],
    ]
    assert [len(section.panels[-1].rows) for section in sections] == [6, 6, 6, 1]
    assert failed_section({}).absent == "All were trained."


def test_the_verdict_counts_the_changes_that_are_shown(rows: tuple[Row, ...]) -> None:
    changed = [row for row in rows if row.name not in ("base", "physics only")]
    assert verdict(changed) == "Of 4 changes to the network shown here: helpful 1, harmful 2, no difference beyond the spread 1."
    single = table(make_ablation({"base": (0.5,), "physics only": (0.4,), "better": (0.9,)}), 9)
    assert verdict([row for row in single if row.name == "better"]).startswith("One seed cannot tell")


def test_a_change_that_helps_or_a_failed_one_asks_for_attention() -> None:
    calm = {"base": (0.5, 0.5), "physics only": (0.4,), "worse": (0.3, 0.31)}
    for scores, failed, box in ((None, {}, "verdict look"), (calm, {"blind": "no"}, "verdict look"), (calm, {}, "verdict")):
        rows = table(make_ablation(scores) if scores else make_ablation(), 9)
        assert f'class="{box}"' in render_html(rows, (), failed, source=Path("results.jsonl"), config_sha256="")
