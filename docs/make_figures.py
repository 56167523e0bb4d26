"""Make the figures of the documentation: simulate planets, run the pipeline, photograph its pages. `python -m docs.make_figures`.

Takes a few minutes and needs a Chromium, named by the environment variable CHROMIUM where it is not at /usr/bin/chromium. The
dataset is the same for its seed; pictures may differ by a pixel between versions of the browser, and versions and times shown in them do.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from spectramind.cli import main

FOLDER = Path(__file__).with_name("figures")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH_PX, HEIGHT_PX = 1280, 860
STILL = ".bar { position: static !important }"  # what floats over a page would cover its figures
SETTLE_MS = 2000  # plotly draws once the page has its size
LARGEST_BYTES = 300_000
# page -> element -> name of the figure
FIGURES = {
    "planet.html": {
        "#figure-spectrum": "planet_spectrum",
        "#figure-visit0-airs": "planet_light_curve",
        "#figure-visit0-airs-drift": "planet_drift",
        "#figure-visit0-map": "planet_residuals",
        "#figure-visit0-corner": "planet_parameters",
    },
    "dashboard.html": {"": "dashboard", "#gallery": "dashboard_gallery", "#residual-map": "dashboard_residuals"},
    "calibration/uncertainty.html": {"[id^=figure-left-out][id$=level]": "uncertainty_coverage"},
}


def run(*arguments: str) -> None:
    """Run one command; a failure has printed its message and ends the script with its exit code."""
    code = main((*arguments, "--quiet"))
    if code:
        raise SystemExit(code)


def make_run(workspace: Path) -> Path:
    """Simulate labelled and unlabelled planets, measure and calibrate them, write the pages; return the folder of outputs."""
    raw, outputs = workspace / "raw", workspace / "outputs"
    truth = ("--truth", str(workspace / "raw_truth" / "test.csv"))
    places = (f"data.raw_dir={raw}", f"paths.root={workspace}", "data.store_frames=false")
    run("simulate", "--out", str(raw), "--planets", "12", "--test-planets", "6", "--profile", "reduced", "--seed", "11", places[1])
    for command in ("calibrate", "features", "calibrate-temp"):
        run(command, *places)
    run("gates", "record", *places)
    run("predict", "--out-csv", str(outputs / "submission.csv"), *places)
    planet = max(path.name for path in (raw / "test").iterdir())
    run("diagnose", "planet", planet, "--out", str(outputs / "planet.html"), *truth, *places)
    run("diagnose", "dashboard", "--out", str(outputs / "dashboard.html"), *truth, *places)
    return outputs


def photograph(page: Page, element: str, name: str) -> None:
    """Write one element of the open page as PNG, or what a window shows of it first."""
    path = FOLDER / f"{name}.png"
    if element:
        page.locator(element).screenshot(path=path, animations="disabled")
    else:
        page.screenshot(path=path, animations="disabled")
    if path.stat().st_size > LARGEST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes; at most {LARGEST_BYTES} belong into the repository")


def make_figures() -> None:
    """Write every figure below docs/figures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        outputs = make_run(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for document, elements in FIGURES.items():
            page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX}, color_scheme="light")
            page.goto((outputs / document).as_uri())
            page.add_style_tag(content=STILL)
            page.wait_for_timeout(SETTLE_MS)
            for element, name in elements.items():
                photograph(page, element, name)
        browser.close()


if __name__ == "__main__":
    make_figures()
