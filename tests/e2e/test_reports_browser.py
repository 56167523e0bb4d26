"""Reports (compare, planet, ablation, log) in a real browser, opened from disk without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from spectramind.diagnostics.figures import ablation as ablation_figures
from spectramind.diagnostics.figures import compare as compare_figures
from spectramind.diagnostics.figures import log as log_figures
from spectramind.diagnostics.figures import runtime as runtime_figures
from spectramind.diagnostics.planet.data import PlanetView
from spectramind.diagnostics.planet.page import render
from spectramind.diagnostics.planet.submitted import SubmittedSpectrum
from spectramind.diagnostics.report_page import render_report
from spectramind.diagnostics.section import Panel, Section
from spectramind.features.planet.spectrum import Spectrum

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
READY_MS = 20_000
BOLD = "<b>x</b> &amp; <i>y</i>"
HOSTILE = "</script><script>window.hurt = true</script><img src=x onerror='window.hurt = true'>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the reports are NOT tested in one; install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    import numpy as np

    z, wavelength_um = np.random.default_rng(1).normal(size=(20, 12)), np.append(0.7, np.linspace(1.95, 3.9, 11))
    drawn = {
        "map": compare_figures.difference_map(
            1e-4 * z, np.full(z.shape, 1e-4), [f"{place}{HOSTILE}" for place in range(20)], wavelength_um
        ),
        "bins": compare_figures.difference_by_bin(z, wavelength_um),
        "sure": compare_figures.gain_distribution(z[:, 0], 0.1),
        "worth": ablation_figures.worth({HOSTILE: (0.1, 0.01), BOLD: (-0.1, 0.01)}, {HOSTILE: "helps", BOLD: "harms"}),
        "gains": compare_figures.gains(z[:, 0], [HOSTILE] * 20),
        "durations": log_figures.durations([HOSTILE, BOLD], [1.0, 2.0], [False, True]),
        "codes": log_figures.exit_codes({BOLD: {0: 1}}),
        "trends": log_figures.trends({BOLD: (["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"], [1.0, 2.0])}),
        "seeds": ablation_figures.seed_scores({BOLD: (0.5, 0.6), "base": (0.4,)}, base="base"),
        "stages": runtime_figures.stage_times({BOLD: 1.0}, {BOLD: 2.0}),
        "usage": runtime_figures.usage_over_time([0.0, 9.0], [BOLD] * 2, [1.0, 2.0], [3.0, 4.0], name=BOLD),
        "operations": runtime_figures.operations([BOLD], [1.0]),
        "budget": runtime_figures.budget({BOLD: 1.0}, planets=9, budget_s=60.0),
    }
    panels = [Panel(name=name, title=name, good="Good: drawn.", figure=figure) for name, figure in drawn.items()]
    panels.append(Panel(name="table", title=HOSTILE, good=HOSTILE, rows=[{HOSTILE: HOSTILE}]))
    section = Section(name="all", title=HOSTILE, lead=HOSTILE, panels=tuple(panels))
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(HOSTILE, [section], lead=[HOSTILE], config_sha256="c" * 64, verdict=HOSTILE), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize(
    ("name", "where"),
    [
        *((name, ".ytick text") for name in ("worth", "seeds", "durations", "codes", "stages", "operations")),
        *(("trends", ".annotation-text"), ("usage", ".annotation-text"), ("usage", ".gtitle"), ("budget", ".legendtext")),
    ],
)
def test_figures_show_text_from_outside_as_it_is_and_read_no_tags_in_it(browser: Browser, page_url: str, name: str, where: str) -> None:
    page = browser.new_page()
    page.goto(page_url)
    page.wait_for_selector(f"#figure-{name} .main-svg", timeout=READY_MS)
    shown = page.locator(f"#figure-{name} {where}").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert any(text.startswith(BOLD) for text in shown), shown
    assert page.locator(f"#figure-{name} tspan").count() == page.locator(f"#figure-{name} tspan.line").count(), "no part has a style"
    page.close()


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 28)")])
def test_figures_are_drawn_nothing_is_asked_for_and_hostile_text_is_text(browser: Browser, page_url: str, scheme: str, ground: str) -> None:
    context = browser.new_context(offline=True, color_scheme="dark" if scheme == "dark" else "light")
    page, errors, requests = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_url)
    page.wait_for_function("document.querySelectorAll('.plotly-graph-div .main-svg').length >= 6", timeout=READY_MS)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
    colours = "figures => JSON.stringify(figures.map(figure => [figure.data.map(trace => trace.marker), figure.layout.shapes]))"
    drawn = page.locator(".plotly-graph-div").evaluate_all(colours)
    assert ("#0072B2" in drawn) is (scheme == "light"), "the blue of the light page is too dark for the dark one, in lists of colours too"
    assert page.evaluate("window.hurt") is None
    panel = page.locator("#figure-map .nsewdrag").last
    box = panel.bounding_box()
    assert box is not None
    page.locator("#figure-map").scroll_into_view_if_needed()
    panel.hover(position={"x": 2.5 / 11 * box["width"], "y": 0.5 / 20 * box["height"]})
    page.wait_for_selector("#figure-map .hoverlayer .hovertext")
    seen = " ".join(page.locator("#figure-map .hoverlayer .hovertext tspan").all_text_contents())
    assert all(word in seen for word in ("bin 3, 2.340 µm", "B − A ", "σ 100.0 ppm", "z ")), seen
    assert page.evaluate("window.hurt") is None
    assert HOSTILE in page.inner_text("h1")
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()


def test_the_page_of_a_planet_that_left_only_its_submission_is_drawn(browser: Browser, tmp_path: Path) -> None:
    import numpy as np

    mu, sigma = np.full(20, 0.01), np.full(20, 1e-4)
    outcome = {"status": "DEGRADED", "reason": HOSTILE}
    submitted = SubmittedSpectrum(submission=Path(HOSTILE), mu=mu, sigma=sigma, model="network", calibrated=True, outcome=outcome, note="")
    view = PlanetView(
        planet_id="7",
        split="test",
        catalogue={},
        wavelength_um=np.append(0.7, np.linspace(1.95, 3.9, 19)),
        visits=(),
        mu=mu,
        sigma=sigma,
        physics=Spectrum(mu=1.01 * mu, sigma=sigma),
        submitted=submitted,
        not_submitted="",
        truth=mu,
        set_aside={"visit 0": HOSTILE},
        missing={"visit 1": HOSTILE},
        gates={},
        steps={},
    )
    path = tmp_path / "planet.html"
    path.write_text(render(view, config_sha256="c" * 64), encoding="utf-8")
    context = browser.new_context(offline=True)
    page, errors, requests = context.new_page(), list[str](), list[str]()
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelectorAll('.plotly-graph-div .main-svg').length >= 1", timeout=READY_MS)
    assert page.locator("#figure-spectrum .legendtext").all_text_contents() == ["physical model ± 1σ", "submitted ± 1σ", "truth"]
    assert page.locator("#figure-spectrum .scatterlayer .trace").count() >= 8
    assert page.evaluate("window.hurt") is None
    assert HOSTILE in page.inner_text(".verdict")
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    context.close()
