"""The page of a planet: complete, self-contained, escaped; and errors that name the next command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from page_text import whole_page
from tiny_dashboard import manifest_of, write_table

from spectramind.data.calibrate import calibrate
from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.diagnostics.explanation.explain import feature_provenance
from spectramind.diagnostics.explanation.store import Explanations, store_path, write_explanations
from spectramind.diagnostics.explanation.summary import Paragraph
from spectramind.diagnostics.figures.spectrum import spectrum
from spectramind.diagnostics.planet.data import PlanetView, VisitView
from spectramind.diagnostics.planet.page import Words, look_at, page_path, render, write_planet_page
from spectramind.diagnostics.planet.submitted import SubmittedSpectrum
from spectramind.features.build import KINDS, feature_path, features_by
from spectramind.inference.intervals import INTERVALS_NAME
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file, write_json
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, SchemaViolation
from spectramind.utils.products import commit_product, update_manifest
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from tests.conftest import Golden, Run

Array = NDArray[np.float64]

FIGURES = ("spectrum", *(f"visit0-{name}" for name in ("fgs1", "airs", "fgs1-drift", "airs-drift", "map", "corner")))


@pytest.fixture
def page(planet: PlanetView) -> str:
    return render(planet, config_sha256="c" * 64)


def without_plotly(page: str) -> str:
    """Return the page without its largest script, plotly.js itself."""
    scripts = re.findall(r"<script[^>]*>.*?</script>", page, re.S)
    return page.replace(max(scripts, key=len), "")


def test_every_figure_is_there_with_its_sentence(page: str) -> None:
    for name in FIGURES:
        assert f'id="figure-{name}"' in page
    assert len(re.findall(r'<figcaption class="good">Good: ', page)) == len(FIGURES)


def test_plotly_stands_in_the_page_once_and_nothing_comes_from_outside(page: str) -> None:
    assert page.count("plotly.js v") == 1
    rest = without_plotly(page)
    assert re.findall(r"<(?:script|link|img|iframe|object|embed)[^>]*\b(?:src|href)=", rest) == []
    assert [target for target in re.findall(r"""(?:src|href)=["']([^"']*)""", rest) if not target.startswith("#")] == []
    assert re.findall(r"@import|url\(", rest) == []
    assert "default-src 'none'" in rest


def test_text_from_outside_is_escaped(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; co" in page


def test_the_page_says_what_was_seen(page: str, planet: PlanetView) -> None:
    for words in (
        "Measured, with reservations.",
        "visit 1 set aside:",
        "Pixels without a measurement",
        "▲ look",
        "✓ pass",
        "1,234",
        "SKIPPED",
    ):
        assert words in page
    assert look_at(planet) == ["visit 0, FGS1: Pixels without a measurement of their own: 25 %"]


def test_a_planet_without_a_flaw_says_so(planet: PlanetView) -> None:
    assert "every check passes" in render(replace(planet, set_aside={}, gates={}, steps={}), config_sha256="")


def test_a_planet_that_was_not_measured_keeps_its_reason(planet: PlanetView) -> None:
    text = render(replace(planet, visits=()), config_sha256="")
    assert "Not measured." in text
    assert "is damaged" in text
    assert 'id="figure-spectrum"' in text


def explained(view: PlanetView, planet_id: str) -> Explanations:
    shape = (1, 2, view.wavelength_um.size)
    return Explanations(
        planet_ids=(planet_id,),
        chosen=("worst",),
        players=("AIRS white depth", "noise of the light curves"),
        wavelength_um=view.wavelength_um,
        base=np.full(shape[::2], 0.01),
        values=np.stack([[np.full(shape[2], 2e-3), np.zeros(shape[2])]]),
        standard_error=np.zeros(shape),
        set_aside={},
        model_kind="physics",
        background=("1",),
    )


def test_the_planet_is_told_in_plain_language(page: str) -> None:
    assert 'id="words"' in page
    assert re.search(r"The planet covers 1\.(19|20)\d %", page)
    assert "spectramind diagnose explain" in page
    assert 'id="figure-contributions"' not in page


def test_an_explained_planet_shows_what_moved_it(planet: PlanetView) -> None:
    text = render(planet, config_sha256="", explanations=explained(planet, planet.planet_id))
    assert 'id="figure-contributions"' in text
    assert "The level owes most to the AIRS white depth: +2,000 ppm" in text
    assert "spectramind diagnose explain" not in text
    other = render(planet, config_sha256="", explanations=explained(planet, "43"))
    assert 'id="figure-contributions"' not in other


def test_what_a_language_model_says_is_escaped_and_marked_as_such(planet: PlanetView) -> None:
    rules = (Paragraph("Depth", "1 %"),)
    text = render(planet, config_sha256="", words=Words(rules=rules, reworded="<b>wide</b>", language_model="small<i>"))
    assert "&lt;b&gt;wide&lt;/b&gt;" in text
    assert "As small&lt;i&gt; words it" in text
    assert "where they differ, the table is right" in text
    silent = render(planet, config_sha256="", words=Words(rules=rules, silent="no answer", language_model="small"))
    assert "gave nothing: no answer" in silent


def test_the_page_is_the_one_agreed_on(planet: PlanetView, golden: Golden) -> None:
    page = render(planet, config_sha256="c" * 64, explanations=explained(planet, planet.planet_id))
    golden(whole_page(page, Path("/nowhere")), Path(__file__).with_name("page.txt"))


def test_the_same_planet_gives_the_same_bytes(planet: PlanetView, page: str) -> None:
    assert render(planet, config_sha256="c" * 64) == page


def test_the_page_goes_to_outputs_unless_told(tmp_path: Path) -> None:
    assert page_path(Workspace(tmp_path), "7", None) == tmp_path / "outputs" / "planets" / "planet_7.html"
    assert page_path(Workspace(tmp_path), "7", tmp_path / "a.html") == tmp_path / "a.html"


def settings(raw: Path, root: Path) -> tuple[Config, Workspace]:
    return load_config([f"data.raw_dir={raw}", f"paths.root={root}", "global.workers=1"]), Workspace(root)


def give_features(config: Config, workspace: Workspace, visit: VisitId, view: VisitView) -> None:
    """Commit a fitted visit as if the features stage had made it."""
    version, key = features_by(config, Dataset.open(config.data.raw_dir)), "f" * 64
    for kind, arrays in zip(KINDS, (view.fgs1, view.airs, view.transit), strict=True):
        commit_product(feature_path(workspace, kind, visit, key), arrays, {"key": key, "version": version})
    update_manifest(workspace.features, {visit.key: {"status": "built", "version": version, "key": key}})


def test_a_page_is_made_from_the_products_of_a_run(raw: Path, tmp_path: Path, fit_depth: Callable[[Array], VisitView]) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    calibrate(config, workspace, progress=SilentProgress())
    dataset = Dataset.open(raw)
    first, second = dataset.visits("train", "4294092928")
    give_features(config, workspace, first, fit_depth(np.full(dataset.wavelength_um.size, 0.012)))
    partly = write_planet_page(config, workspace, "4294092928")
    assert partly.missing == {"visit 1": "a visit has no features of this version: spectramind features"}
    assert "Measured, with reservations." in Path(partly.page).read_text(encoding="utf-8")
    update_manifest(workspace.features, {second.key: {"status": "set aside", "reason": "no transit is seen"}})
    report = write_planet_page(config, workspace, "4294092928")
    assert report.visits == 1
    assert report.set_aside == {"visit 1": "no transit is seen"}
    text = Path(report.page).read_text(encoding="utf-8")
    assert 'id="figure-visit0-corner"' in text
    assert ">truth<" not in text
    assert '"name":"truth"' in text


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("1103776", 3, "spectramind diagnose planet 1103775"),
        ("9", 3, "the ids stand in train_star_info.csv and test_star_info.csv"),
        ("<script>", 3, "give 1 to 20 decimal digits"),
        ("../../etc/passwd", 3, "give 1 to 20 decimal digits"),
        ("1103775", 6, "spectramind calibrate"),
    ],
)
def test_errors_name_what_to_do(spectramind: Run, pristine: Path, written: str, code: int, hint: str) -> None:
    outcome = spectramind("diagnose", "planet", written, f"data.raw_dir={pristine}")
    assert outcome.code == code
    assert hint in outcome.stderr
    assert not list((outcome.root / "outputs").iterdir())


def test_a_dry_run_names_the_page_and_writes_nothing(spectramind: Run, pristine: Path) -> None:
    outcome = spectramind("diagnose", "planet", "1103775.0", "--dry-run", "--json", f"data.raw_dir={pristine}")
    assert outcome.document["result"]["page"].endswith("outputs/planets/planet_1103775.html")
    assert outcome.document["result"]["visits"] == ["planet_1103775_0"]
    assert not list((outcome.root / "outputs").iterdir())


def test_a_truth_without_the_planet_is_an_error(spectramind: Run, raw: Path, tmp_path: Path) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    calibrate(config, workspace, progress=SilentProgress())
    update_manifest(workspace.features, {"test/planet_77_0": {"status": "set aside", "reason": "no transit is seen"}})
    truth = tmp_path / "truth.csv"
    truth.write_text("planet_id,wl_1\n1,0.01\n")
    arguments = ("diagnose", "planet", "77", f"data.raw_dir={raw}", f"paths.root={tmp_path / 'workspace'}")
    outcome = spectramind(*arguments, "--truth", str(truth))
    assert outcome.code == 6
    assert "lacks the planet" in outcome.stderr
    done = spectramind(*arguments, "--json").document["result"]
    assert done["set_aside"] == {"visit 0": "no transit is seen"}
    assert "Not measured." in Path(done["page"]).read_text(encoding="utf-8")


def test_a_feature_file_cut_short_is_a_typed_error(raw: Path, tmp_path: Path, visit: VisitView) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    calibrate(config, workspace, progress=SilentProgress())
    (first, *_) = Dataset.open(raw).visits("train", "4294092928")
    give_features(config, workspace, first, visit)
    path = feature_path(workspace, KINDS[0], first, "f" * 64)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputDataError, match="missing or damaged") as caught:
        write_planet_page(config, workspace, "4294092928")
    assert caught.value.hint == "spectramind features"


def submit(workspace: Workspace, bins: int, planets: tuple[str, ...] = ("1103775",), *, sigma: float = 1e-4) -> Path:
    """Write a submission of a network with its manifest."""
    path = workspace.outputs / "submission.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.hstack([np.full((len(planets), bins), 0.012), np.full((len(planets), bins), sigma)])
    write_table(path, ("mu", "sigma"), planets, values)
    write_table(path.with_name(INTERVALS_NAME), ("lower", "upper"), planets, values)
    model = {"kind": "network", "key": "f" * 64, "members": {"fold_0": "e" * 64}}
    write_json(path.with_name(MANIFEST_NAME), manifest_of(path, planets) | {"model": model})
    return path


def test_a_planet_whose_features_are_gone_is_shown_as_it_was_submitted(raw: Path, tmp_path: Path) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    submit(workspace, Dataset.open(raw).wavelength_um.size)
    report = write_planet_page(config, workspace, "1103775")
    assert (report.submitted, report.visits, report.set_aside) == (True, 0, {})
    assert report.missing["visit 0"] == "a visit has no features of this version: spectramind features"
    assert report.missing["visit 0, FGS1"] == "a visit is not calibrated: spectramind calibrate"
    text = without_plotly(Path(report.page).read_text(encoding="utf-8"))
    assert "What was measured is not there." in text
    assert "The spectrum is the submitted one (network model, σ not calibrated)." in text
    assert "mean of all planets" not in text
    assert "The planet covers 1.200 %" in text
    assert "Submission: quality" in text


def test_a_submission_of_others_is_no_obstacle_unless_it_was_named(
    raw: Path, tmp_path: Path, fit_depth: Callable[[Array], VisitView]
) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    (first, _), bins = Dataset.open(raw).visits("train", "4294092928"), Dataset.open(raw).wavelength_um.size
    give_features(config, workspace, first, fit_depth(np.full(bins, 0.012)))
    path = submit(workspace, bins)
    report = write_planet_page(config, workspace, "4294092928")
    assert not report.submitted
    assert "the submission has no such planet" in Path(report.page).read_text(encoding="utf-8")
    with pytest.raises(InputDataError, match="no such planet"):
        write_planet_page(config, workspace, "4294092928", submission=path)
    path.write_text("torn")
    assert "column" in Path(write_planet_page(config, workspace, "4294092928").page).read_text(encoding="utf-8")
    submit(workspace, bins, ("4294092928",), sigma=0.0)
    with pytest.raises(SchemaViolation, match="not positive"):
        write_planet_page(config, workspace, "4294092928", submission=path)


def submitted(view: PlanetView, factor: float, **outcome: str) -> PlanetView:
    """Return the planet as a network submitted it, with depths and sigma that are larger by a factor."""
    mu, sigma = view.mu * factor, view.sigma * factor
    own = SubmittedSpectrum(
        submission=Path("submission.csv"), mu=mu, sigma=sigma, model="network", calibrated=True, outcome=outcome, note=""
    )
    return replace(view, submitted=own, mu=mu, sigma=sigma)


def test_an_explanation_of_another_submission_is_not_shown(
    raw: Path, tmp_path: Path, fit_depth: Callable[[Array], VisitView], planet: PlanetView
) -> None:
    config, workspace = settings(raw, tmp_path / "workspace")
    dataset = Dataset.open(raw)
    (visit,), bins = dataset.visits("test", "1103775"), dataset.wavelength_um.size
    give_features(config, workspace, visit, fit_depth(np.full(bins, 0.012)))
    view = replace(planet, planet_id="1103775", wavelength_um=dataset.wavelength_um)
    provenance = feature_provenance(config, workspace, dataset)

    def page(submission: str) -> str:
        write_explanations(store_path(workspace), explained(view, "1103775"), provenance | {"submission": submission})
        return Path(write_planet_page(config, workspace, "1103775").page).read_text(encoding="utf-8")

    drawn = 'id="figure-contributions"'
    assert drawn in page("a" * 64), "nothing was submitted: whatever came of these features is of interest"
    path = submit(workspace, bins)
    assert drawn not in page("a" * 64)
    assert drawn in page(sha256_file(path))


def test_what_made_the_submitted_spectrum_is_said(planet: PlanetView) -> None:
    for view, words in (
        (submitted(planet, 1.0, status="COMPLETE"), "the submitted one (network model, σ calibrated)."),
        (submitted(planet, 1.0, status="FALLBACK"), "the submitted one (mean and scatter of all planets)."),
        (planet, "that of the physical model; nothing was submitted yet."),
        (replace(planet, visits=(), physics=None), "the mean and the scatter of all planets; nothing was submitted yet."),
    ):
        assert words in render(view, config_sha256="")


def test_the_physical_model_stands_beside_what_was_submitted(planet: PlanetView) -> None:
    def curves(view: PlanetView) -> list[str]:
        return sorted({trace.name for trace in spectrum(view).data if trace.name})

    assert curves(submitted(planet, 1.01)) == ["physical model ± 1σ", "submitted ± 1σ", "truth"]
    assert curves(submitted(planet, 1.0)) == ["submitted ± 1σ", "truth"], "the same twice is shown once"
    assert curves(planet) == ["predicted ± 1σ", "truth"]
    drawn = next(trace for trace in spectrum(submitted(planet, 1.01)).data if trace.name == "submitted ± 1σ" and len(trace.x) == 1)
    assert drawn.y[0] == pytest.approx(1.01 * planet.mu[0] * 1e6)
    text = render(submitted(planet, 1.01), config_sha256="")
    assert "Submitted minus physical model" in text
    assert "σ is 1.01 times as large" in text
