"""Size and speed of the pages of 1100 planets: bytes of dashboard and comparison, seconds and memory to make them, seconds until a browser
reacts.

Every section is filled (tests/support/full_dashboard.py). What is timed is what `spectramind diagnose dashboard` does the first time in a
workspace, from reading the submission to the written page, t-SNE and UMAP of three latent spaces among it; what a network says of each
planet is drawn by chance. The comparison is with the same planets predicted otherwise, with the truth. The memory is the peak of a process
that does nothing else. Needs Chromium for the last two numbers.
Run: python benchmarks/dashboard.py [FOLDER]; the page stays in FOLDER where one is named.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
import full_dashboard
from tiny_dashboard import TinyRun, write_table

from spectramind.diagnostics.compare.page import write_comparison
from spectramind.diagnostics.dashboard.page import DashboardReport, write_dashboard
from spectramind.utils.config import config_hash
from spectramind.utils.progress import SilentProgress

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLANETS, BINS, EXPLAINED, EPOCHS = 1100, 283, 24, 60
MIB = 2**20 if sys.platform == "darwin" else 2**10
LIMITS = {
    **{"page (MB)": 15.0, "build (s)": 60.0, "peak memory (MiB)": 2048.0, "interactive (s)": 5.0},
    **{"comparison: page (MB)": 15.0, "comparison: build (s)": 60.0, "comparison: interactive (s)": 5.0},
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def build(run: TinyRun) -> tuple[DashboardReport, float, float]:
    """Write the page; return what is in it, the seconds it took and the peak memory of this process in MiB."""
    began_s = monotonic()
    with full_dashboard.latents_drawn():
        report = write_dashboard(run.config, run.workspace, truth=run.truth, progress=SilentProgress())
    return report, monotonic() - began_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def compare(run: TinyRun, folder: Path) -> tuple[Path, float]:
    """Write the page that compares the submission with another of the same planets; return it and the seconds it took."""
    own, other, raw_dir = run.load(), folder / "other.csv", run.config.data.raw_dir
    moved = np.abs(own.mu + own.sigma * np.random.default_rng(7).standard_normal(own.mu.shape))
    write_table(other, ("mu", "sigma"), own.planet_ids, np.hstack([moved, own.sigma]))
    began_s, dataset = monotonic(), {"truth": run.truth, "train": raw_dir / "train.csv", "raw_dir": raw_dir}
    report = write_comparison(run.workspace, run.submission, other, **dataset, seed=1, config_sha256=config_hash(run.config))
    return Path(report.page), monotonic() - began_s


def seconds_until(page: Path, ready: Callable[[Page], None]) -> float:
    """Return the seconds from opening a page until ``ready``, which is given the window, returns."""
    from playwright.sync_api import sync_playwright

    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        window = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
        began_s = monotonic()
        window.goto(page.as_uri())
        ready(window)
        needed_s = monotonic() - began_s
        browser.close()
    return needed_s


def react(window: Page) -> None:
    """Let the next planet of the dashboard be chosen by a key."""
    window.wait_for_selector("html[data-ready=yes]")
    window.keyboard.press("j")
    window.wait_for_function("location.hash.startsWith('#planet-')")


def read_cell(window: Page) -> None:
    """Let the pointer read a cell of the map of differences."""
    window.locator("#figure-difference-map .nsewdrag").last.hover()
    window.wait_for_selector("#figure-difference-map .hovertext")


def main() -> None:
    """Make the page, open it, and print each number beside its limit; ends with 1 where one is beyond it or a section is empty."""
    ids = tuple(str(number) for number in np.random.default_rng(3).choice(10**9, PLANETS, replace=False))
    with tempfile.TemporaryDirectory() as own:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else own)
        run = full_dashboard.write_run(folder, ids, bins=BINS, explained=EXPLAINED, epochs=EPOCHS)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            report, built_s, peak_mib = pool.apply(build, (run,))
            pool.close()
            pool.join()
        comparison, compared_s = compare(run, folder)
        found = dict(
            zip(
                LIMITS,
                (
                    *(report.bytes / 1e6, built_s, peak_mib, seconds_until(Path(report.page), react)),
                    *(comparison.stat().st_size / 1e6, compared_s, seconds_until(comparison, read_cell)),
                ),
                strict=True,
            )
        )
    print("planets:", report.planets)
    print("sections:", ", ".join(f"{name} ({state})" for name, state in report.sections.items()))
    for name, limit in LIMITS.items():
        print(f"{name:28s} {found[name]:8.1f}  limit {limit:g}")
    if any(state != "shown" for state in report.sections.values()) or any(found[name] > limit for name, limit in LIMITS.items()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
