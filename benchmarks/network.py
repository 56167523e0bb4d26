"""What the network adds to the transit inference on planets that it has not seen: the official metric, several seeds, two test sets.

Simulated planets (`reduced`): one set to train on, a test set like it, and a shifted one with bad detectors and twice the drift.
Physics alone, the network without physics, and the network on physics are compared. Run: make bench-network
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.calibrate import calibrate
from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.simulator import Scenario, simulate, truth_folder
from spectramind.evaluation.metric import official_metric
from spectramind.features.build import build_features
from spectramind.features.planet.spectrum import Spectrum, naive_spectrum
from spectramind.inference.network_ensemble import NetworkEnsemble
from spectramind.training.examples import PlanetExample
from spectramind.training.load import load_examples
from spectramind.training.members import train_members
from spectramind.training.processes import Processes
from spectramind.training.setup import TrainingSetup, afresh, prepare
from spectramind.training.train import record_of
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.progress import SilentProgress
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

TRAIN_SEED, SHIFTED_SEED = 4242, 777001
SHIFTED = Scenario(detectors="bad", drift_scale=2.0)


def dataset_config(root: Path, overrides: list[str]) -> Config:
    """Return the configuration of one dataset and its workspace."""
    return load_config([f"paths.root={root}", f"data.raw_dir={root / 'dataset'}", "data.store_frames=false", "model=network", *overrides])


def make_dataset(root: Path, *, train: int, test: int, seed: int, scenario: Scenario) -> None:
    """Simulate, calibrate and measure; what exists already stays."""
    out = root / "dataset"
    if not out.exists():
        simulate(
            out, planets=train, test_planets=test, profile="reduced", seed=seed, workers=0, progress=SilentProgress(), scenario=scenario
        )
    config = dataset_config(root, [])
    workspace = Workspace(root).ensure()
    calibrate(config, workspace, progress=SilentProgress())
    report = build_features(config, workspace, progress=SilentProgress())
    print(f"{root.name}: {report.done} visits measured, {report.reused} found, {len(report.set_aside)} set aside", flush=True)


def test_set(root: Path, overrides: list[str]) -> tuple[list[PlanetExample], Array]:
    """Return the examples of a test set and the (planet, bin) truths."""
    config = dataset_config(root, overrides)
    dataset = Dataset.open(config.data.raw_dir)
    planets = dataset.planets["test"]
    loaded = load_examples(config, Workspace(root), dataset, "test", planets, progress=SilentProgress())
    for planet_id, reason in loaded.set_aside.items():
        print(f"set aside: {planet_id}: {reason}")
    truths = read_labels(truth_folder(dataset.root) / "test.csv")
    return list(loaded.examples), np.array([truths.loc[example.planet_id] for example in loaded.examples])


def train_ensemble(setup: TrainingSetup, dataset: Dataset) -> NetworkEnsemble:
    """Train all members, or find them trained."""
    record = record_of(setup, train_members(setup, Processes(), SilentProgress()))
    return NetworkEnsemble.of(record, setup.workspace, dataset)


def score(spectra: list[Spectrum], truth: Array, labels: Array) -> float:
    """Return the official metric, not clipped."""
    mu, sigma = np.stack([each.mu for each in spectra]), np.stack([each.sigma for each in spectra])
    return official_metric(truth, mu, sigma, naive_mean=float(labels.mean()), naive_sigma=float(labels.std())).unclipped


def main() -> int:
    """Run the comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("outputs/bench-network"))
    parser.add_argument("--train", type=int, default=200)
    parser.add_argument("--test", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("overrides", nargs="*", help="configuration overrides, such as train.supervised.epochs=30")
    given = parser.parse_args()
    main_root, shifted_root = (given.folder.resolve() / name for name in ("main", "shifted"))
    make_dataset(main_root, train=given.train, test=given.test, seed=TRAIN_SEED, scenario=Scenario())
    make_dataset(shifted_root, train=2, test=given.test, seed=SHIFTED_SEED, scenario=SHIFTED)
    shutil.copy(main_root / "dataset" / "train.csv", shifted_root / "dataset" / "train.csv")
    sets = {root.name: test_set(root, given.overrides) for root in (main_root, shifted_root)}
    config = dataset_config(main_root, given.overrides)
    dataset = Dataset.open(config.data.raw_dir)
    found = dataset.labels()
    assert found is not None
    labels: Array = found.to_numpy()
    setup = prepare(config, Workspace(main_root), dataset, "supervised", SilentProgress())
    without = replace(config, model=replace(config.model, baseline="naive"))
    naive = naive_spectrum(labels.shape[1], labels)
    print(f"{'test set':10}{'model':28}{'seed':>6}{'score':>9}{'to physics':>12}{'seconds':>9}")
    for name, (examples, truth) in sets.items():
        physics = score([Spectrum(mu=example.depth, sigma=example.depth_sigma) for example in examples], truth, labels)
        print(f"{name:10}{'physics':28}{'':6}{physics:9.4f}")
        for label, chosen in (("network without physics", without), ("network on physics", config)):
            for seed in range(given.seeds):
                began_s = time.monotonic()
                ensemble = train_ensemble(afresh(setup, chosen, config.global_.seed + seed, dataset), dataset)
                started = [replace(example, naive=naive if chosen is without else None) for example in examples]
                reached = score([ensemble(example) for example in started], truth, labels)
                seconds = time.monotonic() - began_s
                print(f"{name:10}{label:28}{seed:6}{reached:9.4f}{reached - physics:+12.4f}{seconds:9.0f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
