"""The page: whole, self-contained, escaped, honest about what is missing, small for a thousand planets, and named in the manifest."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tiny_dashboard
from page_text import structure
from tiny_dashboard import HOSTILE, TinyRun

from spectramind.diagnostics.dashboard import page as engine
from spectramind.diagnostics.run_data import RunData
from spectramind.diagnostics.section import Panel, Section
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError
from spectramind.utils.progress import SilentProgress
from spectramind.utils.schemas import validate_document

MODULES = engine.MODULES  # all of them: `build` makes the page without

if TYPE_CHECKING:
    from tests.conftest import Golden, Run
    from tests.unit.diagnostics.dashboard.conftest import Build

GOLDEN = Path(__file__).with_name("small_page.txt")


def data_of(html: str, name: str) -> dict[str, Any]:
    match = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.S)
    assert match is not None
    data: dict[str, Any] = json.loads(match.group(1))
    return data


def own_part(html: str) -> str:
    """Return the page without its largest script, plotly.js itself."""
    return html.replace(max(re.findall(r"<script[^>]*>.*?</script>", html, re.S), key=len), "")


def test_headings_and_cells_are_those_agreed_on(build: Build, tmp_path: Path, golden: Golden) -> None:
    golden(structure(build().html, tmp_path), GOLDEN)


def test_plotly_stands_in_the_page_once_and_nothing_comes_from_outside(build: Build) -> None:
    html = build().html
    assert html.count("plotly.js v") == 1
    rest = own_part(html)
    assert re.findall(r"<(?:script|link|img|iframe|object|embed)[^>]*\b(?:src|href)=", rest) == []
    assert {target[0] for target in re.findall(r'href="([^"]*)"', rest)} <= {"#", "."}
    assert re.findall(r"@import|url\(|fetch\(|https?:", rest) == []
    assert "default-src 'none'" in rest


def test_every_link_leads_to_a_place_of_the_page_or_a_file(build: Build, run: TinyRun) -> None:
    (run.workspace.outputs / "diagnostics").mkdir()
    html = own_part(build().html)
    places = set(re.findall(r'\bid="([^"]+)"', html)) | set(MODULES)
    for target in re.findall(r'href="([^"]*)"', html):
        found = target[1:] in places if target.startswith("#") else (run.workspace.outputs / "diagnostics" / target).exists()
        assert found, target


def test_the_page_links_to_the_manifest_and_to_planets_that_have_a_page(build: Build, run: TinyRun) -> None:
    own = run.workspace.outputs / "planets" / "planet_11.html"
    own.parent.mkdir()
    own.write_text("page")
    html = build().html
    assert 'href="./../submission_manifest.json"' in html
    assert data_of(html, "gallery-data")["pages"] == {"11": "./../planets/planet_11.html"}


def test_text_from_outside_does_no_harm(build: Build) -> None:
    rest = own_part(build().html)
    assert "<script>window" not in rest
    assert "<img" not in rest
    assert "&lt;script&gt;window.harmed" in rest
    assert data_of(rest, "gallery-data")["reason"][2] == HOSTILE


def test_without_truth_the_page_says_what_is_expected(build: Build) -> None:
    html = build(truth=False).html
    assert "Score expected" in html
    assert "The truth is unknown" in html
    data = data_of(html, "gallery-data")
    assert "truth" not in data["spectra"]
    assert data["largest_z"] == [None] * 4
    assert data["score"] == [0.5] * 4


def test_planets_of_which_some_have_a_truth(build: Build, run: TinyRun) -> None:
    tiny_dashboard.write_spectra(run.truth, tiny_dashboard.PLANETS[:2], run.depth[:2])
    html = build().html
    assert "Score of 2 planets" in html
    assert data_of(html, "gallery-data")["largest_z"][2:] == [None, None]
    assert data_of(html, "data-residual-map")["data"][0]["z"]["shape"].startswith("2,")


def test_fallback_planets_keep_status_reason_and_their_place_at_the_top(build: Build) -> None:
    data = data_of(build().html, "gallery-data")
    assert data["status"] == ["COMPLETE", "DEGRADED", "FALLBACK", "COMPLETE"]
    assert max(range(4), key=lambda row: data["badness"][row]) == 2
    assert data["parts"]["gates"] == [0.5, 0.0, 0.0, 0.0]


def test_the_heat_map_is_in_order_of_badness(build: Build) -> None:
    html = build().html
    badness = data_of(html, "gallery-data")["badness"]
    ids = data_of(html, "data-residual-map")["layout"]["yaxis"]["ticktext"]
    assert ids == [tiny_dashboard.PLANETS[row] for row in sorted(range(4), key=lambda row: -badness[row])]


def test_the_same_run_gives_the_same_bytes(build: Build) -> None:
    assert build().html == build().html


def test_a_section_that_fails_is_named_in_its_place(
    run: TinyRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: RunData) -> Section:
        raise ZeroDivisionError(HOSTILE)

    def shown(_: RunData) -> Section:
        table = Panel(name="fair", title="A table", good="Good: short.", rows=[{"a": 1, "b": None, "c": 0.123456, "d": HOSTILE}])
        return Section(name="latents", title="Latents", lead="What it answers.", panels=(table,))

    modules = {"maps": SimpleNamespace(section=fail), "latents": SimpleNamespace(section=shown)}
    monkeypatch.setattr(engine, "MODULES", tuple(modules))
    monkeypatch.setattr(engine, "import_module", lambda name: modules[name.rpartition(".")[2]])
    page = engine.build_page(run.load(), [], engine.page_path(run.workspace, None), progress=SilentProgress())
    assert page.sections["maps"].startswith("This section could not be made: ZeroDivisionError")
    assert page.sections["latents"] == page.sections["detector"] == "shown"
    assert "section maps of the dashboard could not be made" in caplog.text
    assert "ZeroDivisionError: &lt;script&gt;" in page.html
    assert '<td class="number">0.1235</td>' in page.html
    assert '<td class="soft">–</td>' in page.html


def test_without_records_of_the_detector_the_section_names_the_command(build: Build, run: TinyRun) -> None:
    (run.workspace.calibrated / "manifest.json").unlink()
    assert "spectramind calibrate" in build().sections["detector"]


@pytest.fixture
def written(run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> Callable[[], engine.DashboardReport]:
    monkeypatch.setattr(engine, "MODULES", ())
    return lambda: engine.write_dashboard(run.config, run.workspace, truth=run.truth, progress=SilentProgress())


def test_the_manifest_names_the_page(run: TinyRun, written: Callable[[], engine.DashboardReport]) -> None:
    before = json.loads(run.manifest_path.read_text())
    for _ in range(2):
        report = written()
        manifest = json.loads(run.manifest_path.read_text())
        validate_document(manifest, "manifest", where="manifest")
        assert manifest.pop("diagnostics") == {
            "dashboard": {"file": "diagnostics/dashboard.html", "sha256": sha256_file(Path(report.page))}
        }
        assert manifest == before
        run.load()


def test_a_gate_that_cannot_be_judged_does_not_sink_the_page(written: Callable[[], engine.DashboardReport]) -> None:
    report = written()
    assert not report.gates["calibration"]
    assert report.gates["manifest"]
    assert report.bytes < 6_000_000


def test_a_damaged_manifest_is_not_overwritten(run: TinyRun) -> None:
    run.manifest_path.write_text("{")
    with pytest.raises(InputDataError, match="manifest cannot be read"):
        engine.link_dashboard(run.manifest_path, run.submission)
    assert run.manifest_path.read_text() == "{"


def test_the_command_plans_without_writing_and_then_writes(
    run: TinyRun, spectramind: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "MODULES", ())
    options = ("--submission", str(run.submission), "--truth", str(run.truth), "--out", str(tmp_path / "page" / "d.html"))
    call = ("diagnose", "dashboard", *options, f"data.raw_dir={run.config.data.raw_dir}", f"paths.root={run.workspace.root}", "--json")
    before = run.manifest_path.read_bytes()
    planned = spectramind(*call, "--dry-run")
    assert planned.document["result"]["planets"] == planned.document["result"]["planets_with_truth"] == 4
    assert run.manifest_path.read_bytes() == before
    assert not (tmp_path / "page").exists()
    done = spectramind(*call).document["result"]
    assert Path(done["page"]).stat().st_size == done["bytes"]
    assert done["sections"] == {"residuals": "shown", "set-aside": "shown", "detector": "shown"}
    assert json.loads(run.manifest_path.read_text())["diagnostics"]["dashboard"]["file"] == "../../page/d.html"


def test_without_a_submission_the_command_says_so(spectramind: Run, raw: Path) -> None:
    outcome = spectramind("diagnose", "dashboard", f"data.raw_dir={raw}")
    assert outcome.code == 6
    assert "submission" in outcome.stderr
    assert not list((outcome.root / "outputs").iterdir())


def many(run: TinyRun, planets: int, bins: int) -> RunData:
    """Draw a run of many planets of full width on the tables of a small one."""
    small, generator = run.load(), np.random.default_rng(3)
    ids = tuple(str(number) for number in generator.choice(10**9, planets, replace=False))
    truth, sigma = tiny_dashboard.draw_spectra(generator, planets, bins), generator.uniform(4e-5, 9e-5, (planets, bins))
    outcomes = {planet_id: {"status": "COMPLETE", "quality": "GOOD", "expected_score": 0.5, "widening": 1.0} for planet_id in ids}
    return replace(
        small,
        dataset=replace(small.dataset, planets={"test": ids}),
        manifest={**small.manifest, "planets": outcomes, "status_counts": {"COMPLETE": planets}},
        planet_ids=ids,
        wavelength_um=np.concatenate([[0.7], np.linspace(1.95, 3.9, bins - 1)]),
        mu=truth + sigma * generator.standard_normal(truth.shape),
        sigma=sigma,
        truth=truth,
    )


def test_a_thousand_planets_stay_small(
    run: TinyRun, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(engine, "MODULES", ())
    sizes: list[int] = []
    for planets in (110, 1100):
        large = many(run, planets, 283)
        tracemalloc.start()
        began_s = monotonic()
        html = engine.build_page(large, [], engine.page_path(run.workspace, None), progress=SilentProgress()).html
        record_property(f"seconds_{planets}", round(monotonic() - began_s, 2))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sizes.append(len(html.encode()))
    record_property("bytes_1100", sizes[1])
    record_property("peak_mib_1100", round(peak_bytes / 2**20))
    # plotly.js apart, a planet costs 16 bits for mu, sigma and truth in each bin, 8 for the heat map, and some words
    assert (sizes[1] - sizes[0]) / 990 < 283 * (3 * 2 + 1) * 4 / 3 + 600
    assert sizes[1] < 9_000_000
    assert peak_bytes < 2 * 2**30
