"""Find a planet in the dataset and gather what a run made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spectramind.data.calibrate import selected_visits
from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.identifiers import Split, parse_planet_id
from spectramind.data.products import calibrated_by, calibrated_product
from spectramind.data.sensors import Sensor
from spectramind.diagnostics.planet.data import Array, PlanetView, VisitView
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.planet_spectrum import VisitEvidence, naive_spectrum, predict_spectrum
from spectramind.features.star import StarPrior
from spectramind.training.load import read_features
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError, UsageError
from spectramind.utils.nearest import nearest
from spectramind.utils.products import read_manifest
from spectramind.utils.runs import Workspace


def find_planet(dataset: Dataset, selection: str, written: str) -> tuple[Split, str]:
    """Return the split and the canonical id of a planet; test comes first where both splits are selected and hold it.

    Raises:
        UsageError: If the text is no id, or the selected planets lack it.
    """
    try:
        planet_id = parse_planet_id(written, where="diagnose planet ID")
    except InputDataError as error:
        raise UsageError(error.what, where=error.where, received=repr(written), hint="give 1 to 20 decimal digits") from error
    splits = dataset.splits(selection)
    for split in reversed(splits):
        if planet_id in dataset.planets[split]:
            return split, planet_id
    alike = nearest(planet_id, (known for split in splits for known in dataset.planets[split]))
    tables = " and ".join(f"{split}_star_info.csv" for split in splits)
    raise UsageError(
        "the dataset has no such planet",
        where=f"{dataset.root} (data.split={selection})",
        received=planet_id,
        hint=f"spectramind diagnose planet {alike}" if alike else f"the ids stand in {tables}",
        section="13",
    )


def load_planet(config: Config, workspace: Workspace, written: str, truth: Path | None = None) -> PlanetView:
    """Gather a planet's visits, the combined spectrum, the truth, and what calibration recorded.

    Raises:
        UsageError: If there is no such planet.
        InputDataError: If a visit is not calibrated or has no features yet, or the table of true spectra is unusable.
    """
    dataset = Dataset.open(config.data.raw_dir)
    split, planet_id = find_planet(dataset, config.data.split, written)
    gates: dict[str, list[dict[str, Any]]] = {}
    steps: dict[str, list[dict[str, Any]]] = {}
    set_aside: dict[str, str] = {}
    visits: list[VisitView] = []
    evidence: list[VisitEvidence] = []
    star = StarPrior.from_catalogue(_catalogue(dataset, split, planet_id))
    for visit in dataset.visits(split, planet_id):
        reason = read_manifest(workspace.calibrated).get(visit.key, {}).get("reason")
        if reason is None:
            for sensor in Sensor:
                _, entry = calibrated_product(workspace, visit, sensor, calibrated_by(config.data, dataset))
                gates[f"visit {visit.visit}, {sensor}"], steps[f"visit {visit.visit}, {sensor}"] = entry["gates"], entry["history"]
            reason = read_manifest(workspace.features).get(visit.key, {}).get("reason")
        if reason is not None:
            set_aside[f"visit {visit.visit}"] = str(reason)
            continue
        measured = read_features(workspace, visit, features_by(config, dataset))
        evidence.append(measured.evidence)
        fgs1, airs, transit = (dict(measured.arrays[kind]) for kind in KINDS)
        visits.append(VisitView(visit=visit.visit, fgs1=fgs1, airs=airs, transit=transit, star=star))
    if not visits and not set_aside:
        set_aside["planet"] = selected_visits(dataset, config.data.split)[1].get(planet_id, "the dataset has no visit of it")
    labels = dataset.labels()
    naive = naive_spectrum(dataset.wavelength_um.size, None if labels is None else labels.to_numpy())
    prior = PriorByPlanet(config, dataset)
    combined = predict_spectrum(evidence, prior(planet_id), config.loss.sigma_min) if evidence else naive
    return PlanetView(
        planet_id=planet_id,
        split=split,
        catalogue=_catalogue(dataset, split, planet_id),
        wavelength_um=dataset.wavelength_um,
        visits=tuple(visits),
        mu=combined.mu,
        sigma=combined.sigma,
        truth=_truth(dataset, planet_id, truth),
        set_aside=set_aside,
        gates=gates,
        steps=steps,
    )


def _catalogue(dataset: Dataset, split: Split, planet_id: str) -> dict[str, float]:
    row: dict[str, float] = dataset.stars[split].astype(float).loc[planet_id].to_dict()  # type: ignore[assignment]
    return row


def _truth(dataset: Dataset, planet_id: str, path: Path | None) -> Array | None:
    """Return the true depths of a planet from a given table, or from train.csv; None where they are not known."""
    table = dataset.labels() if path is None else read_labels(path)
    if table is None or planet_id not in table.index:
        if path is not None:
            raise InputDataError(
                "the table of true spectra lacks the planet", where=str(path), received=planet_id, hint="leave out --truth"
            )
        return None
    depths: Array = table.loc[planet_id].to_numpy(dtype=np.float64)
    if depths.size != dataset.wavelength_um.size:
        raise InputDataError("a true spectrum has another number of bins", where=str(path or dataset.root), received=depths.size)
    return depths
