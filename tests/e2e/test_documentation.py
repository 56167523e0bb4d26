"""The documentation as a reader meets it: the site builds, asks the network for nothing, its links lead somewhere, its examples run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
EXAMPLE = re.compile(r"^<!-- run( slow)? -->\n```bash\n(.*?)^```", re.M | re.S)
LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src", "object": "data"}


@dataclass(frozen=True)
class Example:
    """One block of commands that a page promises to work."""

    page: str
    slow: bool
    commands: str


def pages_of(nav: object) -> Iterator[str]:
    """Yield the pages of a navigation in the order of reading."""
    if isinstance(nav, str):
        yield nav
    for member in nav if isinstance(nav, list) else nav.values() if isinstance(nav, dict) else ():
        yield from pages_of(member)


def pages() -> list[str]:
    return list(pages_of(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))


def examples() -> list[Example]:
    written = [page for page in pages() if (DOCS / page).exists()]
    blocks = ((page, match) for page in written for match in EXAMPLE.finditer((DOCS / page).read_text(encoding="utf-8")))
    return [Example(page, bool(match[1]), match[2]) for page, match in blocks]


class Page(HTMLParser):
    """What a page loads, where it links to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag in LOADING and given.get("rel") != "canonical":
            self.loads += filter(None, [given.get(LOADING[tag])])
        if tag == "a":
            self.links += filter(None, [given.get("href")])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def built(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_page_is_in_the_navigation() -> None:
    assert {path.name for path in DOCS.glob("*.md")} <= set(pages())


def test_every_page_of_the_navigation_was_built(built: dict[Path, Page], site: Path) -> None:
    assert {site / page.replace(".md", ".html") for page in pages()} <= built.keys()


def test_no_page_loads_anything_from_outside(built: dict[Path, Page]) -> None:
    outside = {f"{path.name}: {load}" for path, page in built.items() for load in page.loads if urlsplit(load).netloc}
    assert outside == set()


def test_no_style_loads_anything_from_outside(site: Path) -> None:
    styles = {path: path.read_text(encoding="utf-8") for path in (*site.rglob("*.css"), *site.rglob("*.html"))}
    assert len(styles) > 10
    assert [path.name for path, text in styles.items() if re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", text)] == []


def test_links_inside_the_site_lead_to_a_page_and_a_place_in_it(built: dict[Path, Page]) -> None:
    broken = []
    for path, page in built.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = built.get(target)
            if not target.is_file() or (parts.fragment and known and unquote(parts.fragment) not in known.places):
                broken.append(f"{path.name}: {link}")
    assert broken == []


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the site is NOT tested in one; install chromium")
def test_pages_opened_from_disk_ask_no_network_and_make_no_error(site: Path) -> None:
    from playwright.sync_api import sync_playwright

    requests: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name in ("index", "diagnostics", "configuration"):
            page.goto((site / f"{name}.html").as_uri(), wait_until="load")
            page.get_by_role("heading", level=1).wait_for()
        browser.close()
    assert len(requests) > 3
    assert [request for request in requests if urlsplit(request).scheme not in ("file", "data", "blob")] == []
    assert errors == []


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: the site is NOT tested in one; install chromium")
@pytest.mark.parametrize("start", ["index", "diagnostics"])
def test_search_works_from_disk(site: Path, start: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(offline=True).new_page()
        page.goto((site / f"{start}.html").as_uri(), wait_until="load")
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type("hot_pixel_sigma")
        found = page.locator(".md-search-result__item a[href*='configuration.html#']").first
        found.wait_for(state="attached", timeout=20_000)
        assert Path(unquote(urlsplit(found.evaluate("link => link.href")).path)).is_file()
        browser.close()


def test_what_is_generated_is_there(site: Path) -> None:
    for page, words in {
        "commands": ("calibrate-corel", "--test-planets"),
        "configuration": ("data.detector.hot_pixel_sigma", "profile=fast_kaggle"),
        "errors": ("a planet id is not a plain decimal number",),
        "detector": ("Correlated double sample", "f_odd - f_even"),
    }.items():
        text = (site / f"{page}.html").read_text(encoding="utf-8")
        assert [word for word in words if word not in text] == []
        assert "generated:" not in text


def test_the_marks_of_the_examples_are_well_formed() -> None:
    marks = sum(len(re.findall(r"<!-- run", path.read_text(encoding="utf-8"))) for path in DOCS.glob("*.md"))
    assert marks == len(examples()) > 10


@pytest.mark.parametrize("slow_too", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_examples_run_in_the_order_of_the_pages(slow_too: bool, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name != "SPECTRAMIND_ROOT"} | {"PATH": path, "OMP_NUM_THREADS": "1"}
    for example in examples():
        if example.slow and not slow_too:
            continue
        line = ["bash", "-euo", "pipefail", "-c", example.commands]
        outcome = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=600)
        assert outcome.returncode == 0, f"{example.page}:\n{example.commands}\n{outcome.stdout[-2000:]}\n{outcome.stderr[-4000:]}"
