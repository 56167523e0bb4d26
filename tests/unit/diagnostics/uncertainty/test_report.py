"""Tables, figures and page of a calibration: they agree with each other, show what is wrong, and ask the network for nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tiny_left_out as tiny
from page_text import whole_page

from spectramind.calibration.groups import Groups
from spectramind.calibration.quality import QualityClass
from spectramind.calibration.store import CalibrationRecord, Provenance
from spectramind.calibration.temperature import Temperature
from spectramind.diagnostics.figures import uncertainty as figures
from spectramind.diagnostics.uncertainty.panels import panels
from spectramind.diagnostics.uncertainty.report import PAGE_NAME, render_html, report_files, verdict
from spectramind.diagnostics.uncertainty.tables import Judged, by_class, of_left_out, summary, tables
from spectramind.utils.run_profile import to_csv

if TYPE_CHECKING:
    from tests.conftest import Golden

FILES = {"coverage_by_bin", "coverage_by_level", "coverage_by_tenth", "z_by_tenth", "reliability", "z_histogram", "pit", "sharpness"}
RECORD = CalibrationRecord(
    temperature=Temperature(fgs1=2.0, airs=2.0),
    groups=Groups(factors=dict.fromkeys(QualityClass, 1.0), planets=dict.fromkeys(QualityClass, 20)),
    corel=None,
    provenance=Provenance(planet_ids=(), model={"kind": "physics"}, config_hash="", data_hash="", git_sha=""),
    before={},
    after={},
    columns={},
    left_out="",
)


@pytest.fixture(scope="module")
def judged() -> Judged:
    return of_left_out(tiny.left_out())


@pytest.fixture(scope="module")
def page(judged: Judged) -> str:
    hostile = replace(judged, classes=tuple(["<script>alert(1)</script>"] * tiny.PLANETS))
    return render_html(hostile, Path("left_out.npz"), config_sha256="c" * 64)


def test_a_step_that_changed_nothing_is_not_shown(judged: Judged) -> None:
    assert list(judged.sigma) == ["model", "temperature", "calibrated"]
    assert list(of_left_out(tiny.left_out(corel=False)).sigma) == ["model", "temperature"]
    assert list(judged.inside) == ["model", "temperature", "calibrated", "intervals"]


def test_tables_hold_every_step_sensor_and_bin(judged: Judged) -> None:
    made = tables(judged)
    assert set(made) == FILES
    assert len(made["coverage_by_bin"]) == 4 * tiny.BINS
    assert len(made["sharpness"]) == 3 * tiny.BINS
    assert {(row["sigma"], row["sensor"]) for row in made["pit"]} == {(s, c) for s in judged.sigma for c in ("FGS1", "AIRS")}


def test_the_csv_can_be_read_back_and_says_that_the_model_was_overconfident(judged: Judged) -> None:
    rows_made = tables(judged)["coverage_by_level"]
    rows = list(csv.DictReader(io.StringIO(to_csv(list(rows_made[0]), rows_made))))
    at_90 = {row["sigma"]: row for row in rows if float(row["promised"]) == 0.9 and row["sensor"] == "AIRS"}
    assert float(at_90["model"]["seen"]) < float(at_90["model"]["low"])
    assert float(at_90["calibrated"]["low"]) <= float(at_90["calibrated"]["seen"]) <= float(at_90["calibrated"]["high"])
    assert float(at_90["calibrated"]["seen"]) == pytest.approx(float((np.abs(judged.z["calibrated"][:, 1:]) <= 1.6449).mean()), abs=1e-5)


def test_tenths_are_those_of_depth_sigma_and_brightness(judged: Judged) -> None:
    made = tables(judged)
    names = {"predicted depth (ppm)", "σ of the model (ppm)", "brightness (10⁶ electrons a time bin)"}
    assert {row["by"] for row in made["coverage_by_tenth"]} == {row["by"] for row in made["z_by_tenth"]} == names
    assert len(made["z_by_tenth"]) == 3 * 3 * 2 * 10
    rows = [row for row in made["z_by_tenth"] if (row["sigma"], row["sensor"]) == ("calibrated", "AIRS") and "bright" in str(row["by"])]
    assert [row["planets"] for row in rows] == [6.0] * 10
    np.testing.assert_allclose(
        [float(str(row["median"])) for row in rows], [1e-6 * np.median(b) for b in np.split(np.geomspace(1e6, 1e9, 60), 10)]
    )
    z = judged.z["calibrated"][6:12, 1:]
    assert float(str(rows[1]["deviation"])) == pytest.approx(np.sqrt((z**2).mean()))
    assert float(str(rows[1]["mean"])) == pytest.approx(z.mean())
    model = [row for row in made["z_by_tenth"] if (row["sigma"], row["sensor"]) == ("model", "AIRS")]
    assert np.mean([float(str(row["deviation"])) for row in model]) > 1.7


def test_where_no_brightness_is_known_there_are_no_tenths_of_it(judged: Judged) -> None:
    left_out = replace(tiny.left_out(), brightness=np.full(tiny.PLANETS, np.nan))
    assert not [row for row in tables(of_left_out(left_out))["z_by_tenth"] if "bright" in str(row["by"])]
    one = np.where(np.arange(tiny.PLANETS) == 3, 1e6, np.nan)
    rows = [row for row in tables(of_left_out(replace(left_out, brightness=one)))["z_by_tenth"] if "bright" in str(row["by"])]
    assert {row["planets"] for row in rows} == {1.0}
    assert panels(replace(judged, brightness=one), "some planets", ())


def test_the_figure_of_z_by_tenth_shows_both_sensors(judged: Judged) -> None:
    quantity = {"depth": np.median(judged.mu, axis=1), "sigma": np.median(judged.sigma["model"], axis=1)}
    figure = figures.spread_by_tenth(judged.z["calibrated"], quantity)
    assert [trace.name for trace in figure.data if trace.name] == ["FGS1", "AIRS"] * 2
    airs = next(trace for trace in figure.data if trace.name == "AIRS")
    first = np.argsort(quantity["depth"], kind="stable")[:6]
    assert float(airs.y[0]) == pytest.approx(np.sqrt((judged.z["calibrated"][first, 1:] ** 2).mean()), rel=1e-6)


def test_the_summary_is_that_of_the_arrays(judged: Judged) -> None:
    rows = {(row["σ after"], row["sensor"]): row for row in summary(judged)}
    assert len(rows) == 6
    model, calibrated = rows["model", "AIRS"], rows["calibrated", "AIRS"]
    z = judged.z["model"][:, 1:]
    assert model["rms z"] == f"{np.sqrt((z**2).mean()):.3f}"
    assert float(str(model["rms z"])) > 1.7
    assert 0.8 < float(str(calibrated["rms z"])) < 1.2
    assert model["in 90 %"] == f"{100.0 * (np.abs(z) <= 1.6448536).mean():.1f} %"
    assert float(str(calibrated["log-likelihood (nat)"])) > float(str(model["log-likelihood (nat)"]))


def test_classes_are_counted(judged: Judged) -> None:
    assert [(row["class"], row["planets"]) for row in by_class(judged)] == [("good", 50), ("poor", 10)]


def test_every_figure_has_axes_with_a_name_and_a_title(judged: Judged) -> None:
    shown = panels(judged, "some planets", ())
    drawn = [panel for panel in shown if panel.figure is not None]
    assert len(drawn) == 8
    assert len({panel.name for panel in shown}) == len(shown)
    assert all(re.fullmatch(r"some-planets-[a-z]+", panel.name) and panel.good.startswith("Good: ") for panel in shown)
    for panel in drawn:
        assert panel.figure is not None
        layout: dict[str, Any] = panel.figure.to_plotly_json()["layout"]
        assert layout["title"]["text"] == panel.title
        assert all(axis["title"]["text"] for name, axis in layout.items() if name.startswith("xaxis"))
        assert layout["yaxis"]["title"]["text"]


def test_figures_of_a_thousand_planets_are_small() -> None:
    shown = panels(of_left_out(tiny.left_out(1100, 283)), "some", ())
    assert sum(len(panel.figure.to_json()) for panel in shown if panel.figure is not None) < 400_000


def test_the_coverage_figure_shows_the_difference_to_the_promise(judged: Judged) -> None:
    figure = figures.coverage_by_level(judged.z, intervals=judged.inside["intervals"], promised=0.9)
    curves = {(trace.name, trace.xaxis): trace for trace in figure.data if trace.name}
    model = curves["model", "x2"]
    place = int(np.argmin(np.abs(np.asarray(model.x) - 90.0)))
    seen = (np.abs(judged.z["model"][:, 1:]) <= 1.6448536).mean()
    assert float(model.y[place]) == pytest.approx(100.0 * (seen - 0.9), abs=1e-3)
    assert float(curves["intervals", "x2"].y[0]) == pytest.approx(100.0 * (judged.inside["intervals"][:, 1:].mean() - 0.9), abs=1e-3)


def test_one_step_is_enough_for_every_figure(judged: Judged) -> None:
    alone = replace(judged, sigma={"submission": judged.sigma["model"]}, half_width=None, classes=())
    names = [panel.name for panel in panels(alone, "predicted planets", ())]
    assert "predicted-planets-classes" not in names
    assert "predicted-planets-bins" in names


def test_the_page_is_escaped_and_asks_for_nothing(page: str) -> None:
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("plotly.js v") == 1
    start = page.index("<body>")
    assert re.findall(r"(?:src|href)=\"(?!#)|@import|url\(", page[start:]) == []
    assert "default-src 'none'" in page
    assert page.count('<div id="figure-left-out-planets-') == 8
    assert len(page.encode()) < 6_000_000


def test_the_page_is_the_one_agreed_on(page: str, golden: Golden) -> None:
    golden(whole_page(page, Path("/nowhere")), Path(__file__).with_name("page.txt"))


def test_the_verdict_names_the_sensor_whose_intervals_surprise(judged: Judged) -> None:
    told, surprising = verdict(judged)
    inside = judged.inside["intervals"]
    shares = f"hold {100.0 * inside[:, 0].mean():.1f} % in FGS1 and {100.0 * inside[:, 1:].mean():.1f} % in AIRS"
    assert told == f"Intervals that promise 90 % of the truths {shares}: as chance allows."
    assert not surprising
    narrow = replace(judged, half_width=0.5 * tiny.left_out().half_width)
    assert verdict(narrow)[0].endswith(": too few in FGS1 and too few in AIRS for chance.")
    assert verdict(narrow)[1]
    wide = replace(judged, half_width=9.0 * tiny.left_out().half_width)
    assert "too many in AIRS" in verdict(wide)[0]


def test_links_of_the_page_lead_somewhere(page: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets == {"uncertainty"}
    assert targets <= set(re.findall(r' id="([^"]+)"', page))


def test_all_files_are_made(tmp_path: Path) -> None:
    made = report_files(RECORD, tiny.left_out(), folder=tmp_path, config_sha256="c" * 64)
    assert set(made) == {f"{name}.csv" for name in FILES} | {PAGE_NAME}
    assert all(text.count("\n") > 10 for text in made.values())
    assert made[PAGE_NAME].rstrip().endswith("</html>")
    assert list(tmp_path.iterdir()) == []
    figure = re.search(r'Plotly\.newPlot\(\s*"figure-left-out-planets-z",\s*(\[.*?\]),\s*\{', made[PAGE_NAME], re.S)
    assert figure is not None
    assert json.loads(figure.group(1))
