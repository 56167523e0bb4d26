"""Read the training examples of many planets from the features of their visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import Split, VisitId
from spectramind.features.build import KINDS, feature_path, features_by, transit_product
from spectramind.features.planet.spectrum import VisitEvidence, naive_spectrum, read_visit, spectrum_posterior
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.training.examples import Arrays, PlanetExample, make_example
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.products import committed_entry
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace
from spectramind.utils.stage import Failure, run_items


@dataclass(frozen=True, kw_only=True)
class LoadedExamples:
    """Examples in the order they were asked for, and why planets are not among them."""

    examples: tuple[PlanetExample, ...]
    set_aside: dict[str, str]


def load_examples(
    config: Config, workspace: Workspace, dataset: Dataset, split: Split, planet_ids: Sequence[str], *, progress: Progress
) -> LoadedExamples:
    """Load planets in parallel; one whose features are missing or unusable is set aside, never fatal.

    The truth is taken from train.csv for planets of the train split.

    Raises:
        InputDataError: If train.csv is unusable.
    """
    labels = dataset.labels() if split == "train" else None
    truths: dict[str, NDArray[np.float64]] = {}
    if labels is not None and labels.shape[1] == dataset.wavelength_um.size:
        truths = {str(planet_id): depths for planet_id, depths in zip(labels.index, labels.to_numpy(), strict=True)}
    work = partial(
        load_planet,
        config=config,
        workspace=workspace,
        visits={planet_id: dataset.visits(split, planet_id) for planet_id in planet_ids},
        prior=PriorByPlanet(config, workspace, dataset),
        made_by=features_by(config, dataset),
    )
    outcomes = dict(run_items(work, planet_ids, description="examples", name_of=str, workers=config.global_.workers, progress=progress))
    made = [outcomes[planet_id] for planet_id in planet_ids]
    return LoadedExamples(
        examples=tuple(replace(each, truth=truths.get(each.planet_id)) for each in made if not isinstance(each, Failure)),
        set_aside={planet_id: each.reason for planet_id, each in zip(planet_ids, made, strict=True) if isinstance(each, Failure)},
    )


def load_planet(
    planet_id: str,
    *,
    config: Config,
    workspace: Workspace,
    visits: Mapping[str, Sequence[VisitId]],
    prior: PriorByPlanet,
    made_by: str,
) -> PlanetExample:
    """Combine what can be read of a planet's visits.

    Args:
        visits: Of every planet.
        made_by: ``stage_version`` of the features.

    Raises:
        InputDataError: If there is nothing, with the reason of every visit.
    """
    measured: list[VisitFeatures] = []
    complaints = []
    for visit in visits[planet_id]:
        try:
            measured.append(read_features(workspace, visit, made_by))
        except InputDataError as error:
            complaints.append(str(error))
    if not measured:
        reason = "; ".join(complaints) or "the dataset has no visit of this planet"
        raise InputDataError("a planet has no features", where=planet_id, received=reason, hint="spectramind features")
    return example_of(planet_id, measured, config=config, prior=prior)


@dataclass(frozen=True, kw_only=True)
class VisitFeatures:
    """The feature products of one visit: what it says of the depths, all arrays by kind, and the key they are stored under."""

    evidence: VisitEvidence
    arrays: dict[str, Arrays]
    key: str


def example_of(planet_id: str, measured: Sequence[VisitFeatures], *, config: Config, prior: PriorByPlanet) -> PlanetExample:
    """Put a planet together: the posterior from all visits, the light curve of the most precise one.

    Args:
        measured: At least one visit.
    """
    best = max(measured, key=lambda visit: float(np.median(np.diag(visit.evidence.likelihood.precision))))
    bins = best.arrays["transit"]["wavelength_um"].size
    return make_example(
        planet_id,
        spectrum_posterior([visit.evidence for visit in measured], prior(planet_id)),
        config.loss.sigma_min,
        best.arrays,
        naive=naive_spectrum(bins, prior.labels_for(planet_id)) if config.model.baseline == "naive" else None,
    )


def read_features(workspace: Workspace, visit: VisitId, made_by: str, kinds: Sequence[str] = KINDS) -> VisitFeatures:
    """Read what a visit says of the depths, and its feature products of some kinds.

    Raises:
        InputDataError: If one is missing or damaged.
    """
    path, entry = transit_product(workspace, visit, made_by)
    arrays = {kind: _read(feature_path(workspace, kind, visit, entry["key"]), visit) for kind in kinds}
    return VisitFeatures(evidence=read_visit(path), arrays=arrays, key=str(entry["key"]))


def _read(path: Path, visit: VisitId) -> Arrays:
    if committed_entry(path) is None:
        raise InputDataError("a feature file is missing or damaged", where=f"{visit.name}: {path}", hint="spectramind features")
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
