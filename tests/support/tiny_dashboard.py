"""A workspace as a prediction leaves it, made by hand: submission, manifest, truth, records of the detector calibration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tiny_dataset
from numpy.typing import NDArray

from spectramind.diagnostics.dashboard.load import load_run
from spectramind.diagnostics.run_data import RunData
from spectramind.inference.intervals import INTERVALS_NAME
from spectramind.inference.manifest import MANIFEST_NAME
from spectramind.utils.artifacts import sha256_file, write_json
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.products import update_manifest
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

PLANETS = ("11", "1103775", "222", "4294092928")
HOSTILE = "<script>window.harmed = true</script><img src=x onerror='window.harmed = true'> & \"co\" </script>"
GATES = [
    {"name": "flat", "step": "flat", "range": [0.5, 1.6], "seen": [0.58, 1.06], "passed": True},
    {"name": "masked_fraction", "step": "interpolation", "range": [0.0, 0.1], "seen": [0.01, 0.02], "passed": True},
]
BREACHED = [GATES[0], GATES[1] | {"seen": [0.25, 0.25], "passed": False}]


@dataclass(frozen=True, kw_only=True)
class TinyRun:
    """Where everything lies, and what was drawn."""

    config: Config
    workspace: Workspace
    submission: Path
    truth: Path
    depth: Array

    @property
    def manifest_path(self) -> Path:
        return self.submission.with_name(MANIFEST_NAME)

    def load(self, *, truth: bool = True) -> RunData:
        return load_run(self.config, self.workspace, truth=self.truth if truth else None)


def write_run(folder: Path, planets: tuple[str, ...] = PLANETS, seed: int = 5) -> TinyRun:
    """Write a run of a few planets: the second is DEGRADED and the third FALLBACK, both with a hostile reason."""
    generator = np.random.default_rng(seed)
    raw, root = folder / "raw", folder / "workspace"
    tiny_dataset.write_tables(raw, tiny_dataset.AIRS, tiny_dataset.FGS1, ["7", "8", "9"], list(planets))
    bins = len((raw / "wavelengths.csv").read_text().splitlines()[1].split(","))
    write_spectra(raw / "train.csv", ("7", "8", "9"), draw_spectra(generator, 3, bins))
    truth, sigma = draw_spectra(generator, len(planets), bins), generator.uniform(4e-5, 9e-5, (len(planets), bins))
    mu = truth + sigma * generator.standard_normal(truth.shape)
    write_spectra(folder / "truth.csv", planets, truth)
    submission = root / "outputs" / "submission.csv"
    submission.parent.mkdir(parents=True)
    write_table(submission, ("mu", "sigma"), planets, np.hstack([mu, sigma]))
    half_width = 1.645 * sigma
    write_table(submission.with_name(INTERVALS_NAME), ("lower", "upper"), planets, np.hstack([mu - half_width, mu + half_width]))
    write_json(submission.with_name(MANIFEST_NAME), manifest_of(submission, planets))
    workspace = Workspace(root)
    write_records(workspace, planets)
    config = load_config([f"data.raw_dir={raw}", f"paths.root={root}", "global.workers=1"])
    return TinyRun(config=config, workspace=workspace, submission=submission, truth=folder / "truth.csv", depth=truth)


def draw_spectra(generator: np.random.Generator, planets: int, bins: int) -> Array:
    """Draw (planet, bin) depths: a level and a slow wave each."""
    level, phase = generator.uniform(0.005, 0.02, (planets, 1)), generator.uniform(0.0, 6.0, (planets, 1))
    return np.asarray(level * (1.0 + 0.01 * np.sin(np.linspace(0.0, 8.0, bins) + phase)))


def write_spectra(path: Path, planets: tuple[str, ...], depth: Array) -> None:
    """Write a table of true spectra."""
    write_table(path, ("wl",), planets, depth)


def write_table(path: Path, kinds: tuple[str, ...], planets: tuple[str, ...], values: Array) -> None:
    """Write planet_id and, for each kind, a column a bin."""
    names = [f"{kind}_{place}" for kind in kinds for place in range(values.shape[1] // len(kinds))]
    rows = [",".join([planet, *map(repr, row.tolist())]) for planet, row in zip(planets, values, strict=True)]
    path.write_text("\n".join([",".join(["planet_id", *names]), *rows]) + "\n")


def manifest_of(submission: Path, planets: tuple[str, ...]) -> dict[str, Any]:
    """Return a manifest that keeps its schema, with reasons as an attacker would write them."""
    reasons = {1: {"status": "DEGRADED", "reason": f"visit 1 set aside: {HOSTILE}"}, 2: {"status": "FALLBACK", "reason": HOSTILE}}
    outcomes = {
        planet: {"quality": "GOOD", "expected_score": 0.5, "widening": 1.0} | reasons.get(place, {"status": "COMPLETE"})
        for place, planet in enumerate(planets)
    }
    statuses = [str(outcome["status"]) for outcome in outcomes.values()]
    sha256 = sha256_file(submission.with_name(INTERVALS_NAME))
    intervals = {"file": INTERVALS_NAME, "sha256": sha256, "alpha": 0.1, "method": "gaussian"}
    return {
        "git_sha": "a" * 40,
        "config_hash": "b" * 64,
        "data_fingerprint": "c" * 64,
        "calibration": {"hot_pixel_sigma": 5.0},
        "model": {"kind": "physics"},
        "uncertainty": {"calibrated": False, "reason": "not calibrated: there is no record", "intervals": intervals},
        "toolchain": {"spectramind": "0.1.0", "python": "3.11.7", "platform": "Linux"},
        "started_utc": "2025-08-12T04:20:31Z",
        "ended_utc": "2025-08-12T04:21:00Z",
        "submission": {"file": submission.name, "sha256": sha256_file(submission), "rows": len(planets)},
        "status_counts": {status: statuses.count(status) for status in sorted(set(statuses))},
        "planets": outcomes,
    }


def write_records(workspace: Workspace, planets: tuple[str, ...]) -> None:
    """Write what the detector calibration recorded: the first planet breached a gate, a visit of the second was set aside."""
    entries: dict[str, dict[str, Any]] = {}
    for place, planet in enumerate(planets):
        product = workspace.calibrated / "fgs1" / f"planet_{planet}_0_key.npz"
        record = {"planet_id": planet, "visit": 0, "sensor": "FGS1", "gates": GATES if place else BREACHED}
        write_json(product.with_suffix(".json"), record)
        path = str(product.relative_to(workspace.root))
        entries[f"test/planet_{planet}_0"] = {"status": "calibrated", "version": "1", "products": {"FGS1": path}}
    entries[f"test/planet_{planets[1]}_1"] = {"status": "set aside", "reason": HOSTILE}
    update_manifest(workspace.calibrated, entries)


def change_manifest(run: TinyRun, **parts: object) -> None:
    """Overwrite top-level parts of the manifest."""
    write_json(run.manifest_path, json.loads(run.manifest_path.read_text()) | parts)
