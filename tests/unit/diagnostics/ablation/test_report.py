"""The report of an ablation: ranks, spreads and verdicts, in three formats that say the same."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tiny_ablation import make_ablation

from spectramind.diagnostics.ablation.report import render_csv, render_markdown, write_ablation_report
from spectramind.diagnostics.ablation.table import Row, table
from spectramind.utils.runs import Workspace

GOLDEN = """\
# Ablation

summary

"""
GOLDEN_ROW = (
    "| 1 | better | 0.5367 ± 0.0115 | 0.5300 to 0.5500 | +0.0267 ± 0.0058 | +0.0567 ± 0.0115 | 8.000 | 1.100 | 70.0 % | 25.0 % | 12.0 |"
)
GOLDEN_CSV = """\
rank,variant,overrides,seeds,score_mean,score_std,score_min,score_max,to_base_mean,to_base_std,to_physics_mean,to_physics_std,\
gll,z_std,coverage_68,violates_seam,seconds,effect
1,better,a.better=1,3,0.536667,0.011547,0.53,0.55,0.0266667,0.0057735,0.0566667,0.011547,8,1.1,0.7,0.25,12,helps
2,base,,3,0.51,0.01,0.5,0.52,0,0,0.03,0.01,8,1.1,0.7,0.25,12,
4,physics only,,1,0.48,0,0.48,0.48,-0.03,0.01,0,0,8,1.1,0.7,0.25,12,harms
"""


@pytest.fixture
def rows() -> tuple[Row, ...]:
    return table(make_ablation(), top_n=9)


def test_variants_are_ranked_by_mean_score(rows: tuple[Row, ...]) -> None:
    assert [row.name for row in rows] == ["better", "base", "same", "physics only", "worse", "<b>wild|name</b>"]
    assert [row.rank for row in rows] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("top_n", "names"), [(1, ["better", "base", "physics only"]), (2, ["better", "base", "same", "physics only"])])
def test_base_and_physics_stay_whatever_is_kept(top_n: int, names: list[str]) -> None:
    assert [row.name for row in table(make_ablation(), top_n)] == names


def test_only_a_difference_beyond_its_paired_spread_counts(rows: tuple[Row, ...]) -> None:
    effects = {row.name: row.effect for row in rows}
    wild = "<b>wild|name</b>"
    assert effects == {"better": "helps", "base": "", "same": "none", "physics only": "harms", "worse": "harms", wild: "harms"}
    verdicts = {row.name: row.verdict for row in rows}
    assert verdicts["better"] == "Helps: +0.0267 ± 0.0058 against the base."
    assert verdicts["same"].startswith("Makes no difference beyond the spread: ")


def test_a_difference_that_does_not_show_is_none_however_well_it_repeats() -> None:
    tiny = {"base": (0.5, 0.52), "physics only": (0.4,), "tiny": (0.50005, 0.52005)}
    assert {row.name: row.effect for row in table(make_ablation(tiny), 9)}["tiny"] == "none"


def test_one_seed_proves_nothing() -> None:
    single = table(make_ablation({"base": (0.5,), "physics only": (0.4,), "better": (0.9,)}), 9)
    assert [row.effect for row in single] == ["none", "", "none"]
    assert single[0].verdict == "One seed cannot tell: +0.4000 against the base."


def test_the_csv_is_as_it_was() -> None:
    assert render_csv(table(make_ablation(), 1)) == GOLDEN_CSV


def test_the_markdown_is_a_table_whose_rows_have_one_length(rows: tuple[Row, ...]) -> None:
    text = render_markdown(rows, "summary", make_ablation().failed)
    assert text.startswith(GOLDEN)
    assert GOLDEN_ROW in text.splitlines()
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {12}
    assert "* **blind**: no <encoder> at all" in text.splitlines()


def test_all_files_are_written_and_agree(tmp_path: Path) -> None:
    report = write_ablation_report(Workspace(tmp_path).ensure(), make_ablation(), top_n=2, config_sha256="c" * 64)
    with Path(report.csv).open(newline="") as stream:
        names = [line["variant"] for line in csv.DictReader(stream)]
    assert names == list(report.scores) == list(report.verdicts)
    for path in (report.markdown, report.html):
        text = Path(path).read_text(encoding="utf-8")
        assert "4 of 6 variants, 3 seed(s), 8 planets." in text
        assert all(name in text for name in names)
        assert not re.search(r"[|>*\"] ?worse", text)
    assert report.as_dict()["failed"] == {"blind": "no <encoder>\nat all"}
