"""The dashboard in a real browser, opened from disk without a network: every figure is drawn, the list works, hostile text does no harm."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import full_dashboard
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from spectramind.data.dataset import read_labels
from spectramind.diagnostics.dashboard.page import write_dashboard
from spectramind.evaluation.submission_table import read_submission
from spectramind.utils.progress import SilentProgress

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
READY_MS = 20_000
PLANETS = tuple(str(100 + 7 * number) for number in range(30))
BINS = 48

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the dashboard is NOT tested in one; install chromium"),
]


@dataclass
class Opened:
    """A page with everything that it said and asked for."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def shown_ids(self) -> list[str]:
        return [str(text).split()[0] for text in self.page.eval_on_selector_all(".planet", "nodes => nodes.map(n => n.firstChild.data)")]

    def chosen(self) -> str:
        return str(self.page.locator("#planet-name").inner_text()).removeprefix("Planet ")

    def draw_all(self) -> int:
        """Scroll to every figure, wait until it is drawn, and return how many there are."""
        plots = self.page.locator(".plot")
        for place in range(plots.count()):
            plots.nth(place).scroll_into_view_if_needed()
        self.page.wait_for_function("document.querySelectorAll('.plot:not([data-drawn=yes])').length === 0", timeout=READY_MS)
        return plots.count()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page on which every section has something to show."""
    run = full_dashboard.write_run(tmp_path_factory.mktemp("dashboard"), PLANETS, bins=BINS)
    with full_dashboard.latents_drawn():
        report = write_dashboard(run.config, run.workspace, truth=run.truth, progress=SilentProgress())
    assert set(report.sections.values()) == {"shown"}
    return Path(report.page)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, dashboard: Path) -> Iterator[Opened]:
    """Open the page in a window of a laptop, without a network."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True, color_scheme="light")
    window = Opened(page=context.new_page(), url=dashboard.as_uri())
    window.page.on("console", lambda message: window.errors.append(message.text) if message.type in ("error", "warning") else None)
    window.page.on("pageerror", lambda error: window.errors.append(str(error)))
    window.page.on("request", lambda request: window.requests.append(request.url))
    window.page.goto(window.url)
    window.page.wait_for_selector("html[data-ready=yes]", timeout=READY_MS)
    yield window
    context.close()


def test_every_figure_is_drawn_and_nothing_is_asked_of_the_network(opened: Opened) -> None:
    figures = opened.draw_all()
    assert figures >= 40
    assert opened.page.locator(".plot .main-svg").count() >= figures
    curves = opened.page.locator("#gallery-figure .scatterlayer .trace")
    assert curves.count() == 14
    assert opened.page.locator("#figure-residual-map .heatmaplayer image").count() == 2
    assert opened.page.locator("#figure-residual-bins .scatterlayer .trace path").count() >= 4
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("data:", "blob:"))] == [opened.url]


def test_the_drawn_spectrum_is_that_of_the_submission(opened: Opened, dashboard: Path) -> None:
    opened.page.goto(f"{opened.url}#planet-{PLANETS[5]}")
    opened.draw_all()
    table = read_submission(dashboard.parents[1] / "submission.csv")
    mu, sigma = table.mu[5] * 1e6, table.sigma[5] * 1e6
    for name, expected in (("mu", mu), ("upper2", mu + 2.0 * sigma), ("lower1", mu - sigma)):
        drawn = opened.page.evaluate(f"document.getElementById('gallery-figure').data.find(t => t.meta === 'airs {name}').y")
        assert drawn == pytest.approx(expected[1:].tolist(), abs=0.01)


def test_nothing_is_wider_than_the_screen_of_a_laptop(opened: Opened) -> None:
    opened.draw_all()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_the_list_is_sorted_searched_and_filtered(opened: Opened) -> None:
    page = opened.page
    assert opened.shown_ids()[0] == PLANETS[2]  # the FALLBACK
    page.select_option("#sort", "id")
    assert opened.shown_ids() == sorted(PLANETS, key=int)
    page.select_option("#sort", "depth_ppm")
    depths = [float(text) for text in page.locator(".planet span").all_inner_texts()]
    assert depths == sorted(depths, reverse=True)
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("27")
    assert opened.shown_ids()
    assert all("27" in planet_id for planet_id in opened.shown_ids())
    page.keyboard.press("Escape")
    assert len(opened.shown_ids()) == len(PLANETS)
    page.locator(".chip[data-status=COMPLETE]").click()
    assert set(opened.shown_ids()) == set(PLANETS[1:3])
    assert opened.errors == []


def test_keys_move_from_planet_to_planet_and_leave_a_permalink(opened: Opened) -> None:
    page, order = opened.page, opened.shown_ids()
    opened.draw_all()
    page.locator("h1").click()
    before = page.evaluate("document.getElementById('gallery-figure').data.find(t => t.meta === 'airs mu').y[0]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert opened.chosen() == order[1]
    assert page.url.endswith(f"#planet-{order[1]}")
    page.locator("#planets").focus()
    page.keyboard.press("End")
    assert opened.chosen() == order[-1]
    assert page.locator(".multiple[aria-current=true]").inner_text().startswith(order[-1])
    page.wait_for_function(f"document.getElementById('gallery-figure').data.find(t => t.meta === 'airs mu').y[0] !== {before}")


def test_a_permalink_opens_its_planet(opened: Opened) -> None:
    opened.page.goto(f"{opened.url}#planet-{PLANETS[11]}")
    opened.page.wait_for_function(f"document.getElementById('planet-name').textContent === 'Planet {PLANETS[11]}'")
    opened.page.goto(f"{opened.url}#planet-99999")
    assert opened.chosen() == PLANETS[11]


def test_hostile_text_does_no_harm(opened: Opened) -> None:
    opened.draw_all()
    opened.page.goto(f"{opened.url}#planet-{PLANETS[2]}")
    opened.page.wait_for_function("document.getElementById('planet-reason').textContent.includes('<script>')")
    assert opened.page.evaluate("window.harmed") is None
    assert opened.page.locator("img[src=x]").count() == 0
    assert opened.errors == []


def test_screens_in_light_dark_and_print(opened: Opened, dashboard: Path, tmp_path: Path) -> None:
    grounds = {}
    opened.draw_all()
    for name in ("light", "dark"):
        opened.page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        grounds[name] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        opened.page.locator("#theme").click()
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}
    opened.page.pdf(path=tmp_path / "print.pdf", format="A4", print_background=True)
    assert (tmp_path / "print.pdf").stat().st_size > 50_000
    assert opened.errors == []


@pytest.mark.parametrize(("column", "label"), [(0, "FGS1, "), (17, "bin 17, ")])
def test_the_pointer_reads_planet_wavelength_residual_sigma_and_z_in_the_residual_map(
    opened: Opened, dashboard: Path, column: int, label: str
) -> None:
    opened.draw_all()
    rows = opened.page.evaluate("document.getElementById('figure-residual-map').data[0].y")
    panel, places, place_in_panel = (0, 1, 0) if column == 0 else (1, BINS - 1, column - 1)
    drag = opened.page.locator("#figure-residual-map .nsewdrag").nth(panel)
    drag.scroll_into_view_if_needed()
    box = drag.bounding_box()
    assert box is not None
    assert box["width"] > 30, "FGS1 can be seen and pointed at"
    row = 4
    x, y = box["x"] + box["width"] * (place_in_panel + 0.5) / places, box["y"] + box["height"] * (row + 0.5) / len(rows)
    opened.page.mouse.move(x - 3, y)
    opened.page.mouse.move(x, y)
    opened.page.wait_for_selector("#figure-residual-map .hoverlayer .hovertext")
    seen = " ".join(opened.page.locator("#figure-residual-map .hoverlayer .hovertext tspan").all_text_contents())
    table, place = read_submission(dashboard.parents[1] / "submission.csv"), PLANETS.index(rows[row])
    truth = read_labels(dashboard.parents[3] / "truth.csv").loc[rows[row]].to_numpy()[column]
    residual_ppm, sigma_ppm = (table.mu[place, column] - truth) * 1e6, table.sigma[place, column] * 1e6
    words = f"planet {rows[row]}|{label}|residual {residual_ppm:+.1f} ppm|σ {sigma_ppm:.1f} ppm|z {residual_ppm / sigma_ppm:+.2f}"
    assert all(word in seen.replace("−", "-") for word in words.split("|")), seen
    assert opened.errors == []


def test_a_click_on_the_map_opens_the_planet_of_its_row(opened: Opened) -> None:
    opened.draw_all()
    rows = opened.page.evaluate("document.getElementById('figure-residual-map').data[0].y")
    drag = opened.page.locator("#figure-residual-map .nsewdrag").last
    drag.scroll_into_view_if_needed()
    box = drag.bounding_box()
    assert box is not None
    row = len(rows) - 2
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * (row + 0.5) / len(rows))
    opened.page.wait_for_function(f"document.getElementById('figure-residual-map').title.includes('{rows[row]}')")
    opened.page.mouse.down()
    opened.page.mouse.up()
    opened.page.wait_for_function(f"document.getElementById('planet-name').textContent === 'Planet {rows[row]}'")
    assert opened.page.url.endswith(f"#planet-{rows[row]}")
    assert opened.errors == []
