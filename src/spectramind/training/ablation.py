"""The ablate stage: every variant trained with several seeds, and judged by planets that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spectramind.data.dataset import Dataset
from spectramind.symbolic.pack import SymbolicPack
from spectramind.training.curriculum import phase_settings
from spectramind.training.journal import Journal
from spectramind.training.measurement import measure
from spectramind.training.members import train_members
from spectramind.training.out_of_fold import Predictions, judged_examples, physical_predictions, predict_out_of_fold
from spectramind.training.processes import Processes
from spectramind.training.results import RESULTS_NAME, Ablation, Result, ResultStore, VariantResults, ablation_folder
from spectramind.training.seeds import make_deterministic
from spectramind.training.setup import TrainingSetup, afresh, labelled_planets, prepare
from spectramind.training.variants import BASE, Variant, variants
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ConfigError
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace

PHASE = "supervised"


def seeds_of(config: Config) -> tuple[int, ...]:
    """Return the seeds of the trainings: the configured one and those after it."""
    return tuple((config.global_.seed + step) % 2**32 for step in range(config.train.ablation_seeds))


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``ablate`` would do."""
    dataset = Dataset.open(config.data.raw_dir)
    chosen = variants(config)
    trainings = sum(variant.trained for variant in chosen) * config.train.ablation_seeds
    return {
        "variants": {variant.name: variant.overrides or variant.question for variant in chosen},
        "labelled_planets": len(labelled_planets(dataset)),
        "seeds": list(seeds_of(config)),
        "members": config.train.members,
        "epochs": phase_settings(config.train, PHASE).epochs,
        "trainings": trainings * config.train.members,
        "output": str(ablation_folder(workspace)),
    }


def ablate(config: Config, workspace: Workspace, *, progress: Progress) -> Ablation:
    """Train and measure all variants; what was measured before is reused, what was interrupted goes on.

    All begin with untrained weights and go through the supervised phase alone, since a pretraining fits only the network it was made for.

    Raises:
        InputDataError: If there are too few labelled planets with features, or stored splits or results that do not fit.
        ConfigError: If the base itself cannot be trained.
        BusyError: If another process trains in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    # Only the last and the best checkpoint are of use here.
    config = replace(config, train=replace(config.train, keep=1))
    with workspace.lock("train"):
        make_deterministic(threads=1)
        setup = prepare(config, workspace, dataset, PHASE, progress)
        pack = SymbolicPack.build(config.loss, wavelength_um=np.array(setup.wavelength_um), seam_bins=config.data.extraction.seam_bins)
        store = ResultStore(ablation_folder(workspace) / RESULTS_NAME)
        bench = _Bench(setup, dataset, pack, store, progress)
        chosen, seeds = variants(config), seeds_of(config)
        progress.start("ablate", sum(variant.trained for variant in chosen) * len(seeds) * bench.epochs)
        try:
            return _run(bench, chosen, seeds)
        finally:
            progress.finish()


def _run(bench: _Bench, chosen: Sequence[Variant], seeds: Sequence[int]) -> Ablation:
    """Measure variant after variant; one whose training fails is named with its reason and stops no other."""
    rows, failed = [], dict[str, str]()
    for variant in chosen:
        try:
            results = tuple(bench.trained(variant, seed) for seed in seeds) if variant.trained else (bench.physics(variant),)
        except ConfigError as error:
            if variant.name == BASE:
                raise
            failed[variant.name] = str(error)
            continue
        rows.append(VariantResults(variant=variant, results=results))
    return Ablation(rows=tuple(rows), failed=failed)


@dataclass(frozen=True)
class _Bench:
    """What all variants are measured with."""

    setup: TrainingSetup
    dataset: Dataset
    pack: SymbolicPack
    store: ResultStore
    progress: Progress

    @property
    def epochs(self) -> int:
        """Epochs of one training, all members, the validation before the first one included."""
        return self.setup.config.train.members * (phase_settings(self.setup.config.train, PHASE).epochs + 1)

    def trained(self, variant: Variant, seed: int) -> Result:
        """Return a variant's result, from its line where there is one."""
        part = _Part(self.progress, f"{variant.name}, seed {seed}", self.epochs)
        setup = afresh(self.setup, variant.applied(self.setup.config), seed, self.dataset)
        key = self._key("network", setup.key)
        result = self.store.get(key)
        if result is None:
            members = [member.record for member in train_members(setup, Processes(), part)]
            seconds = sum(_seconds(setup, member.fold) for member in members)
            result = self._measured(key, variant, seed, predict_out_of_fold(setup, members), seconds)
        part.complete()
        return result

    def physics(self, variant: Variant) -> Result:
        """Return the result of the transit inference, which has no seed: it stands under the configured one."""
        key = self._key("physics", self.setup.training_sha256, self.setup.splits.sha256)
        known = self.store.get(key)
        if known is not None:
            return known
        return self._measured(key, variant, self.setup.seed, physical_predictions(judged_examples(self.setup)), 0.0)

    def _measured(self, key: str, variant: Variant, seed: int, predictions: Predictions, seconds: float) -> Result:
        labels = np.array([example.truth for example in self.setup.examples])
        result = Result(
            key=key,
            variant=variant.name,
            overrides=variant.overrides,
            seed=seed,
            planets=len(predictions.truth),
            seconds=round(seconds, 3),
            measurement=measure(predictions, labels, self.pack),
        )
        self.store.append(result)
        return result

    def _key(self, *decides: str) -> str:
        """Return the key of a result: what was trained, which planets judge, and by which envelopes of the band ratios."""
        config = self.setup.config
        bounds = [config.loss.ch4_to_h2o, config.loss.co2_to_h2o, config.loss.smoothness_in_windows]
        return sha256_json([*decides, config.train.members, bounds, list(config.data.extraction.seam_bins)])


class _Part:
    """Shows one training as a part of all: a member that stops early or was trained before has its epochs counted at the end."""

    def __init__(self, whole: Progress, name: str, total: int) -> None:
        self._whole, self._name, self._left = whole, name, total

    def start(self, description: str, total: int) -> None:
        """The whole has begun already."""

    def advance(self, note: str = "") -> None:
        """Count an epoch."""
        if self._left:
            self._left -= 1
            self._whole.advance(f"{self._name}: {note}")

    def finish(self) -> None:
        """The whole goes on."""

    def complete(self) -> None:
        """Count what is left."""
        while self._left:
            self.advance("done")


def _seconds(setup: TrainingSetup, fold: int) -> float:
    return Journal(setup.folder / f"fold_{fold}" / "journal.jsonl").read()[-1].seconds
