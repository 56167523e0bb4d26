"""Size and speed of the dashboard of 1100 planets: bytes of the page, seconds and memory to build it, seconds until a browser reacts.

The run is drawn by chance in full width, with truth, latents in three spaces and maps of noise and attention; what needs measured features
or a training is left out. The memory is the peak of this fresh process. Needs Chromium for the last number.
Run: python benchmarks/dashboard.py
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import monotonic
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
import tiny_dashboard

from spectramind.diagnostics.dashboard.page import build_page
from spectramind.diagnostics.latents.embeddings import METHODS
from spectramind.diagnostics.latents.vectors import NETWORK_SPACES, Latents
from spectramind.diagnostics.run_data import RunData
from spectramind.features.tensors import FFT_BANDS
from spectramind.utils.progress import SilentProgress

PLANETS, BINS, NEIGHBOURS = 1100, 283, 8
MIB = 2**20 if sys.platform == "darwin" else 2**10
LIMITS = {"page (MB)": 15.0, "build (s)": 60.0, "peak memory (MiB)": 2048.0, "interactive (s)": 5.0}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def drawn_run(folder: Path, generator: np.random.Generator) -> RunData:
    """Draw a run of full size on the tables of a small one."""
    small = tiny_dashboard.write_run(folder).load()
    ids = tuple(str(number) for number in generator.choice(10**9, PLANETS, replace=False))
    truth, sigma = tiny_dashboard.draw_spectra(generator, PLANETS, BINS), generator.uniform(4e-5, 9e-5, (PLANETS, BINS))
    # no such file fits: the intervals beside the small run are of other planets
    uncertainty = small.manifest["uncertainty"] | {"intervals": small.manifest["uncertainty"]["intervals"] | {"sha256": "0" * 64}}
    outcome = {"status": "COMPLETE", "quality": "GOOD", "expected_score": 0.5, "widening": 1.0}
    return replace(
        small,
        dataset=replace(small.dataset, planets={"test": ids}),
        manifest={
            **small.manifest,
            "uncertainty": uncertainty,
            "planets": dict.fromkeys(ids, outcome),
            "status_counts": {"COMPLETE": PLANETS},
        },
        planet_ids=ids,
        wavelength_um=np.concatenate([[0.7], np.linspace(1.95, 3.9, BINS - 1)]),
        mu=truth + sigma * generator.standard_normal(truth.shape),
        sigma=sigma,
        truth=truth,
    )


def drawn_latents(generator: np.random.Generator) -> Latents:
    """Draw what a network would leave: three spaces with all maps, residual power, attention to neighbours."""
    hears = np.repeat(np.arange(BINS), NEIGHBOURS)
    heard = (hears + np.tile(np.arange(NEIGHBOURS) - NEIGHBOURS // 2, BINS)) % BINS
    share = generator.dirichlet(np.ones(NEIGHBOURS), (PLANETS, BINS)).reshape(PLANETS, -1)
    return Latents(
        vectors={space: generator.standard_normal((PLANETS, 16)) for space in NETWORK_SPACES},
        maps={(space, method): generator.standard_normal((PLANETS, 2)) for space in NETWORK_SPACES for method in METHODS},
        fft_power=generator.gamma(20.0, 0.05, (PLANETS, BINS, FFT_BANDS)),
        edges=np.stack([heard, hears]),
        attention=share,
    )


def interactive_s(page: Path) -> float:
    """Return the seconds from opening the page to the next planet being chosen by a key."""
    from playwright.sync_api import sync_playwright

    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        window = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
        began_s = monotonic()
        window.goto(page.as_uri())
        window.wait_for_selector("html[data-ready=yes]")
        window.keyboard.press("j")
        window.wait_for_function("location.hash.startsWith('#planet-')")
        needed_s = monotonic() - began_s
        browser.close()
    return needed_s


def main() -> None:
    """Build the page, open it, and print each number beside its limit."""
    generator = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        run, latents, path = drawn_run(Path(folder), generator), drawn_latents(generator), Path(folder) / "page.html"
        room, began_s = "spectramind.diagnostics.dashboard", monotonic()
        with patch(f"{room}.latents.latents_of", return_value=latents), patch(f"{room}.maps.latents_of", return_value=latents):
            page = build_page(run, [], path, progress=SilentProgress())
        path.write_text(page.html, encoding="utf-8")
        built_s, peak = monotonic() - began_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
        found = dict(zip(LIMITS, (path.stat().st_size / 1e6, built_s, peak, interactive_s(path)), strict=True))
    print("shown:", ", ".join(name for name, state in page.sections.items() if state == "shown"))
    for name, limit in LIMITS.items():
        print(f"{name:20s} {found[name]:8.1f}  limit {limit:g}")


if __name__ == "__main__":
    main()
