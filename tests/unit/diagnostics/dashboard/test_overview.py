"""The first screen: numbers with their limits, links that keep their place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dashboard
from tiny_dashboard import TinyRun

from spectramind.diagnostics.dashboard import overview
from spectramind.diagnostics.dashboard.links import links_to, relative_link, run_links
from spectramind.diagnostics.dashboard.residuals import white_deviation
from spectramind.diagnostics.dashboard.score import score_run
from spectramind.evaluation.score import score
from spectramind.inference.gates import DASHBOARD, NAMES, Gate

PASSED = [Gate(gate=name, passed=True, figure="0.97", threshold=">= 0.9", reason="fine") for name in NAMES if name != DASHBOARD]


def test_the_score_is_that_of_the_score_command(run: TinyRun) -> None:
    official = score(run.submission, run.truth, run.config.data.raw_dir / "train.csv")
    seen = score_run(run.load())
    assert seen.official is not None
    assert seen.planets is not None
    assert seen.official.score == pytest.approx(official.score)
    assert dict(zip(tiny_dashboard.PLANETS, seen.planets, strict=True)) == pytest.approx(official.per_planet)
    assert (seen.known, seen.expected) == (4, 0.5)


def test_coverage_counts_truths_inside_the_band(run: TinyRun) -> None:
    loaded = run.load()
    assert loaded.truth is not None
    mu = loaded.truth + 1.5 * loaded.sigma
    mu[:2, 0] = loaded.truth[:2, 0]
    assert score_run(replace(loaded, mu=mu)).covered == {1: {"FGS1": 0.5, "AIRS-CH0": 0.0}, 2: {"FGS1": 1.0, "AIRS-CH0": 1.0}}


def test_without_training_labels_there_is_no_official_score(run: TinyRun) -> None:
    (run.config.data.raw_dir / "train.csv").unlink()
    seen = score_run(run.load())
    assert seen.official is None
    assert seen.covered[2]["AIRS-CH0"] > 0.8


def test_the_headline_names_failed_gates_and_falls_back_to_the_calibration(run: TinyRun) -> None:
    loaded = run.load(truth=False)
    failed = [*PASSED[:-1], replace(PASSED[-1], passed=False)]
    gates, expected, coverage, planets, wall = overview.headline(loaded, failed, score_run(loaded))
    assert (gates.value, gates.words) == ("7 of 8", "failed: logs")
    assert expected.name == "Score expected"
    assert (coverage.value, coverage.words) == ("0.97", ">= 0.9; fine")
    assert planets.words == "2 COMPLETE, 1 DEGRADED, 1 FALLBACK"
    assert wall.value == "29 s"
    unknown = overview.headline(loaded, [], score_run(loaded))[2]
    assert (unknown.value, "calibrate-temp" in unknown.words) == ("–", True)


def test_the_last_call_of_each_stage_is_shown(run: TinyRun) -> None:
    event = {"ts": "2025-08-12T04:20:31Z", "sha": "s", "cfg": "c", "dur_ms": 61_000, "host": "h", "seed": 1, "exit_code": 0, "metrics": {}}
    lines = [event | {"cmd": "predict --out-csv a", "exit_code": 5}, event | {"cmd": "predict --out-csv b"}, event | {"cmd": "doctor"}]
    run.workspace.events_path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    rows = overview.stage_rows(overview.last_calls(run.load()))
    assert rows == [{"stage": "predict", "began (UTC)": "2025-08-12T04:20:31Z", "wall time": "1 min 01 s", "exit": 0}]


@pytest.mark.parametrize(("seconds", "words"), [(0.0, "0 s"), (7.25, "7.25 s"), (61.0, "1 min 01 s"), (32400.0, "9 h 00 min")])
def test_durations_read_well(seconds: float, words: str) -> None:
    assert overview.duration(seconds) == words


def test_links_are_relative_and_quoted(tmp_path: Path) -> None:
    page, odd = tmp_path / "a" / "page.html", tmp_path / "b c" / "javascript:x#.csv"
    odd.parent.mkdir()
    odd.write_text("")
    assert relative_link(odd, page) == "./../b%20c/javascript%3Ax%23.csv"
    assert [link.name for link in links_to((odd, tmp_path / "nowhere"), page)] == ["javascript:x#.csv"]


def test_links_to_files_of_one_name_can_be_told_apart(tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"fold_{fold}" / "journal.jsonl" for fold in range(2))
    for path in paths:
        path.parent.mkdir()
        path.write_text("")
    assert [link.name for link in links_to(paths, tmp_path / "page.html")] == ["fold_0/journal.jsonl", "fold_1/journal.jsonl"]


def test_only_files_that_exist_are_linked(run: TinyRun) -> None:
    page = run.workspace.outputs / "diagnostics" / "d.html"
    assert {link.what for link in run_links(run.load(), page)} == {
        "manifest of the submission",
        "submission",
        "intervals",
        "detector calibration, per visit",
    }


def test_a_grey_planet_does_not_deviate_from_its_mean_depth(run: TinyRun) -> None:
    loaded = run.load()
    grey = replace(loaded, mu=np.full_like(loaded.mu, 0.01))
    assert np.allclose(white_deviation(grey), 0.0, atol=1e-6)
    mu = grey.mu.copy()
    mu[0, 5] += 3.0 * grey.sigma[0, 5]
    assert 2.5 < white_deviation(replace(grey, mu=mu))[0, 5] < 3.0


def test_the_verdict_names_the_gates_that_failed() -> None:
    assert overview.verdict([]) == ("info", "No gate was checked: nothing says whether this submission may be handed in.")
    assert overview.verdict(PASSED)[0] == "pass"
    status, words = overview.verdict([replace(PASSED[0], passed=False), *PASSED[1:]])
    assert (status, PASSED[0].gate in words, f"1 of {len(PASSED)}" in words) == ("fail", True, True)
