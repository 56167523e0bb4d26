"""Acceptance: every criterion of section 31 with its evidence, and a place on the page that is there, whatever the run lacks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard import page
from spectramind.diagnostics.dashboard.acceptance import CRITERIA, acceptance
from spectramind.diagnostics.log.calls import Call
from spectramind.inference.gates import DASHBOARD, NAMES, Gate
from spectramind.utils.progress import SilentProgress

ARCHITECTURE = Path(__file__).resolve().parents[4] / "ARCHITECTURE.md"
PASSED = [Gate(gate=name, passed=True, figure="0.97", threshold=">= 0.9", reason="fine") for name in NAMES if name != DASHBOARD]


def call(command: str, exit_code: int = 0) -> Call:
    return Call("2025-08-12T04:20:31Z", command, exit_code, 61_000.0, 1, "sha", "cfg", "host", "", {})


def lines_of_section_31() -> list[tuple[str, tuple[str, ...]]]:
    """Return criterion and anchors of every row of the table of section 31."""
    section = re.search(r"^## 31\. .*?(?=^## )", ARCHITECTURE.read_text(encoding="utf-8"), re.M | re.S)
    assert section is not None
    rows = re.findall(r"^\| (\d) \| (.*?) \| (.*?) \|", section.group(), re.M)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    return [(line, tuple(re.findall(r"`#([^`]+)`", anchors))) for _, line, anchors in rows]


def test_the_criteria_are_the_lines_of_section_31() -> None:
    assert [(criterion.line, criterion.anchors) for criterion in CRITERIA] == lines_of_section_31()
    assert len(CRITERIA) == 8


@pytest.mark.parametrize("truth", [True, False])
def test_every_line_of_section_31_links_to_a_place_that_is_on_the_page(run: TinyRun, truth: bool) -> None:
    made = page.build_page(run.load(truth=truth), PASSED, page.page_path(run.workspace, None), progress=SilentProgress())
    body = made.html[made.html.index("<body>") :]
    ids = re.findall(r'<(?:section|div|figure)[^>]*? id="([^"]+)"', body)
    table = body[body.index('id="acceptance"') : body.index('id="files"')]
    for line, anchors in lines_of_section_31():
        row = table[table.index(line) :].split("</tr>")[0]
        assert re.findall(r'href="#([^"]+)"', row) == list(anchors), line
        assert anchors
        assert [ids.count(anchor) for anchor in anchors] == [1] * len(anchors), line


def test_acceptance_has_eight_lines_judged_by_their_evidence(run: TinyRun) -> None:
    lines = acceptance(run.load(), PASSED, {"selftest": call("selftest"), "train": call("train", 5)}, breaches=2)
    assert [line.number for line in lines] == list(range(1, 9))
    assert [line.status for line in lines] == ["pass", "look", "look", "pass", "pass", "pass", "info", "pass"]
    assert "exit 5" in lines[2].seen


def test_acceptance_says_what_the_temperature_gained_or_cost(run: TinyRun) -> None:
    cost = [replace(gate, figure="-0.0117 nat", threshold=">= -0.02 nat") if gate.gate == "temperature" else gate for gate in PASSED]
    seen = acceptance(run.load(), cost, {}, breaches=0)[3].seen
    assert seen == "every gate of the calibration is passed; temperature: -0.0117 nat, asked for >= -0.02 nat"


def test_acceptance_needs_the_gates(run: TinyRun) -> None:
    gates = [replace(gate, passed=gate.gate not in ("coverage", "manifest")) for gate in PASSED]
    lines = acceptance(run.load(), gates, {}, breaches=0)
    assert (lines[0].status, lines[3].status, lines[4].status) == ("info", "look", "look")
    assert lines[3].seen == "gates not passed: coverage"


def test_acceptance_says_which_sections_are_empty_and_which_phases_are_not_trained(run: TinyRun) -> None:
    lines = acceptance(run.load(), PASSED, {"train": call("train")}, breaches=0, absent=["explanations"])
    assert (lines[5].status, lines[5].seen) == ("look", "nothing to show in: explanations")
    assert (lines[2].status, "not trained: mae, contrastive, supervised" in lines[2].seen) == ("look", True)
    assert ".ci/run" in lines[6].seen
