"""Two runs on disk -> page, table and report; and how runs are found."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tiny_dataset
from page_text import whole_page

from spectramind.diagnostics.compare.load import find_submission, load_side
from spectramind.diagnostics.compare.page import plan, write_comparison
from spectramind.diagnostics.compare.sections import COLUMNS
from spectramind.evaluation.submission_table import spectramind_columns
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file, write_json
from spectramind.utils.errors import InputDataError
from spectramind.utils.run_profile import configs_folder, keep_config
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from tests.conftest import Golden, Run

IDS, BINS, HASH = ("7", "42", "4294092928", "5", "11", "12"), 6, "c" * 64


def write_run(folder: Path, *, shift: float = 0.0, ids: tuple[str, ...] = IDS, name: str = "submission.csv", **changes: Any) -> Path:
    """Write a submission with its manifest and return the CSV."""
    rng = np.random.default_rng(1)
    mu, sigma = rng.uniform(0.01, 0.02, (len(ids), BINS)) + shift, np.full((len(ids), BINS), 1e-4 * (1.0 + shift / 1e-4))
    folder.mkdir(parents=True, exist_ok=True)
    rows = [",".join([planet, *map(repr, row)]) for planet, row in zip(ids, np.hstack([mu, sigma]).tolist(), strict=True)]
    path = folder / name
    path.write_text("\n".join([",".join(spectramind_columns(BINS)), *rows]) + "\n")
    manifest = {
        **{"git_sha": "abcdef0", "config_hash": HASH, "data_fingerprint": "d" * 64, "toolchain": {"python": "3.11"}},
        **{"calibration": {"version": "1"}, "model": {"kind": "physics"}, "uncertainty": {"calibrated": False, "reason": "none"}},
        **{"planets": {planet: {"status": "COMPLETE"} for planet in ids}},
        **{"submission": {"file": name, "sha256": sha256_file(path), "rows": len(ids)}},
    }
    write_json(folder / MANIFEST_NAME, manifest | changes)
    return path


@pytest.fixture(autouse=True)
def any_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema of manifests has tests of its own."""
    monkeypatch.setattr("spectramind.diagnostics.compare.load.validate_document", lambda *_arguments, **_options: None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "here").ensure()


def write_truth(path: Path) -> Path:
    rng = np.random.default_rng(1)
    rows = [
        ",".join([planet, *map(repr, row)]) for planet, row in zip(IDS, rng.uniform(0.01, 0.02, (len(IDS), BINS)).tolist(), strict=True)
    ]
    path.write_text("\n".join([",".join(["planet_id", *(f"wl_{j}" for j in range(1, BINS + 1))]), *rows]) + "\n")
    return path


def test_page_table_and_report_agree(workspace: Workspace, tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b<script>"
    write_run(a / "outputs")
    planets = {planet: {"status": "FALLBACK", "reason": "torn & lost"} for planet in IDS[:1]}
    write_run(b, shift=1e-4, ids=IDS[::-1], planets=planets, model={"kind": "network"})
    truth = write_truth(tmp_path / "truth.csv")
    report = write_comparison(workspace, a, b, truth=truth, train=truth, raw_dir=tmp_path / "raw", seed=1, config_sha256=HASH)
    assert (report.planets, report.only_a, report.statuses_changed) == (6, 0, 1)
    assert [row["key"] for row in report.differences] == ["model.kind"]
    assert report.sigma_ratio == pytest.approx(2.0)
    assert report.gain is not None
    assert report.gain_low is not None
    assert report.gain_high is not None
    assert report.gain_low <= report.gain <= report.gain_high < 0.0
    with Path(report.csv).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert [row["planet_id"] for row in rows] == list(IDS)
    assert np.mean([float(row["gain"]) for row in rows]) == pytest.approx(report.gain, rel=1e-4)
    assert (rows[0]["status_a"], rows[0]["status_b"]) == ("COMPLETE", "FALLBACK")
    page = Path(report.page).read_text(encoding="utf-8")
    body = page[page.index("</head>") :]
    assert "A is better" in body
    assert "b&lt;script&gt;" in body
    assert "b<script>" not in body
    assert "torn &amp; lost" in body
    assert not re.findall(r"(?:src|href)=\"?https?:|@import|url\(", body)
    assert len(page) < 6_000_000
    json.dumps(report.as_dict(), allow_nan=False)


def test_the_page_is_the_one_agreed_on(workspace: Workspace, tmp_path: Path, golden: Golden) -> None:
    planets = {planet: {"status": "FALLBACK", "reason": "torn & lost"} for planet in IDS[:1]}
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", shift=1e-4, planets=planets, model={"kind": "network"})
    truth = write_truth(tmp_path / "truth.csv")
    report = write_comparison(
        workspace, tmp_path / "a", tmp_path / "b", truth=truth, train=truth, raw_dir=tmp_path / "raw", seed=1, config_sha256=HASH
    )
    golden(whole_page(Path(report.page).read_text(encoding="utf-8"), tmp_path), Path(__file__).with_name("page.txt"))


def test_without_truth_and_manifest_the_spectra_are_compared_and_the_page_says_what_is_unknown(
    workspace: Workspace, tmp_path: Path
) -> None:
    first, second = write_run(tmp_path / "a"), write_run(tmp_path / "b", shift=1e-4)
    second.with_name(MANIFEST_NAME).unlink()
    report = write_comparison(
        workspace, first, second, truth=None, train=tmp_path / "none", raw_dir=tmp_path / "raw", seed=1, config_sha256=HASH
    )
    assert report.gain is None
    page = Path(report.page).read_text(encoding="utf-8")
    assert "Not scored" in page
    assert "what made it is not known" in page


def test_submissions_are_found_in_workspaces_and_folders(tmp_path: Path) -> None:
    inside = write_run(tmp_path / "workspace" / "outputs")
    named = write_run(tmp_path / "folder", name="on2.csv")
    assert find_submission(tmp_path / "workspace") == inside
    assert find_submission(tmp_path / "folder") == named
    assert find_submission(named) == named
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputDataError, match="holds no submission"):
        find_submission(tmp_path / "empty")


def test_a_manifest_may_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    write_run(tmp_path / "secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    write_json(folder / MANIFEST_NAME, {"submission": {"file": "../secret/submission.csv"}})
    with pytest.raises(InputDataError, match="holds no submission"):
        find_submission(folder)


def test_a_manifest_of_another_submission_is_not_believed(workspace: Workspace, tmp_path: Path) -> None:
    path = write_run(tmp_path / "a")
    path.write_text(path.read_text().replace("7,", "8,", 1))
    side = load_side(path, workspace)
    assert side.manifest == {}
    assert "another submission" in side.note


def test_configurations_are_found_by_their_hash(workspace: Workspace, tmp_path: Path) -> None:
    path = write_run(tmp_path / "a" / "outputs")
    assert load_side(path, workspace).config == {}
    assert "not kept" in load_side(path, workspace).note
    keep_config(workspace, HASH, {"from": "here"}, keep=3)
    assert load_side(path, workspace).config == {"from": "here"}
    keep_config(Workspace(tmp_path / "a"), HASH, {"from": "there"}, keep=3)
    assert load_side(path, workspace).config == {"from": "there"}
    (configs_folder(Workspace(tmp_path / "a")) / f"{HASH}.json").write_text("{torn")
    with pytest.raises(InputDataError, match="cannot be read"):
        load_side(path, workspace)


def test_a_plan_names_what_would_be_read_and_written(workspace: Workspace, tmp_path: Path) -> None:
    path = write_run(tmp_path / "a")
    planned = plan(workspace, path, tmp_path / "a")
    assert planned["a"] == planned["b"] == path
    assert not (workspace.outputs / "diagnostics").exists()


def test_the_command_prints_one_document(spectramind: Run, tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a"), write_run(tmp_path / "b", shift=1e-5)
    outcome = spectramind("diagnose", "compare", str(first), str(second), "--json")
    assert outcome.code == 0, outcome.stderr
    assert outcome.document["result"]["planets"] == 6
    assert "Bins are numbered" in Path(outcome.document["result"]["page"]).read_text(encoding="utf-8")
    assert Path(outcome.document["result"]["page"]).is_file()
    assert spectramind("diagnose", "compare", str(first), str(tmp_path / "nowhere.csv")).code == 6


def test_the_map_has_windows_of_molecules_and_wavelengths_where_the_dataset_is_at_hand(workspace: Workspace, tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a"), write_run(tmp_path / "b", shift=1e-4)
    for bins, known in ((BINS, True), (BINS + 1, False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tiny_dataset, "LAST_BIN", tiny_dataset.FIRST_BIN + bins - 2)
            patch.setattr(tiny_dataset, "BIN_UM", 0.3)
            tiny_dataset.write_tables(tmp_path / str(bins), tiny_dataset.AIRS, tiny_dataset.FGS1, [], [])
        report = write_comparison(
            workspace, first, second, truth=None, train=first, raw_dir=tmp_path / str(bins), seed=1, config_sha256=HASH
        )
        body = Path(report.page).read_text(encoding="utf-8").split("</head>")[1]
        assert ("CH4" in body and "bins side by side" in body) is known
        assert ("Bins are numbered" in body) is not known


def test_a_run_beside_itself_differs_in_nothing(workspace: Workspace, tmp_path: Path) -> None:
    folder, truth = write_run(tmp_path / "a").parent, write_truth(tmp_path / "truth.csv")
    report = write_comparison(workspace, folder, folder, truth=truth, train=truth, raw_dir=tmp_path / "raw", seed=1, config_sha256=HASH)
    assert (report.rms_z, report.sigma_ratio, report.differences, report.statuses_changed) == (0.0, 1.0, [], 0)
    assert (report.gain, report.gain_error, report.gain_low, report.gain_high) == (0.0, 0.0, 0.0, 0.0)
    page = Path(report.page).read_text(encoding="utf-8")
    assert "cannot tell which is better" in page
    assert "NaN" not in page[page.index("</head>") :]


@pytest.mark.parametrize("content", ['{"submission": "submission.csv"}', '{"submission": {"file": 3}}', '{"submission": null}', "[]"])
def test_a_manifest_of_another_shape_names_no_submission(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST_NAME).write_text(content)
    with pytest.raises(InputDataError, match="holds no submission"):
        find_submission(tmp_path)


def test_what_follows_from_the_spectra_is_no_difference_in_what_made_them(workspace: Workspace, tmp_path: Path) -> None:
    def uncertainty(digit: str) -> dict[str, Any]:
        return {"calibrated": False, "reason": "none", "intervals": {"file": "submission_intervals.csv", "sha256": digit * 64}}

    first = write_run(tmp_path / "a", uncertainty=uncertainty("1"))
    second = write_run(tmp_path / "b", shift=1e-4, uncertainty=uncertainty("2"))
    report = write_comparison(
        workspace, first, second, truth=None, train=tmp_path / "none", raw_dir=tmp_path / "raw", seed=1, config_sha256=HASH
    )
    assert report.differences == []


def test_hashes_are_cut_short_on_the_page_alone(workspace: Workspace, tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a"), write_run(tmp_path / "b", config_hash="f" * 64)
    report = write_comparison(
        workspace, first, second, truth=None, train=tmp_path / "none", raw_dir=tmp_path / "raw", seed=1, config_sha256="0" * 64
    )
    assert report.differences[0]["B"] == "f" * 64
    body = Path(report.page).read_text(encoding="utf-8").split("</head>")[1]
    assert "f" * 12 + "…" in body
    assert "f" * 13 not in body
