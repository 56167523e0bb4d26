"""Find a planet in the dataset and gather what a run made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.data.calibrate import selected_visits
from spectramind.data.dataset import Dataset, read_labels
from spectramind.data.identifiers import Split, VisitId, parse_planet_id
from spectramind.data.products import calibrated_by, calibrated_product
from spectramind.data.sensors import Sensor
from spectramind.diagnostics.planet.data import Array, PlanetView, VisitView
from spectramind.diagnostics.planet.submitted import read_submitted
from spectramind.features.build import KINDS, features_by
from spectramind.features.planet.spectrum import VisitEvidence, naive_spectrum, predict_spectrum
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.transit.star import StarPrior
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


def load_planet(
    config: Config, workspace: Workspace, written: str, *, truth: Path | None = None, submission: Path | None = None
) -> PlanetView:
    """Gather what there is of a planet: its submitted spectrum, its visits, the truth, and what calibration recorded.

    Args:
        truth: Table of true spectra; train.csv of the dataset by default.
        submission: outputs/submission.csv by default, where it exists and holds the planet.

    Raises:
        UsageError: If there is no such planet.
        InputDataError: If nothing is known of the planet, or a named table is unusable or lacks it.
        SchemaViolation: If a named submission breaks its contract.
    """
    dataset = Dataset.open(config.data.raw_dir)
    split, planet_id = find_planet(dataset, config.data.split, written)
    catalogue = _catalogue(dataset, split, planet_id)
    submitted, not_submitted = read_submitted(workspace, planet_id, dataset.wavelength_um.size, submission=submission)
    found = _Found()
    for visit in dataset.visits(split, planet_id):
        _gather(found, config, workspace, dataset, visit, StarPrior.from_catalogue(catalogue))
    if not found.visits and not found.set_aside and not found.missing:
        found.set_aside["planet"] = selected_visits(dataset, config.data.split)[1].get(planet_id, "the dataset has no visit of it")
    if found.first_error is not None and not found.visits and not found.set_aside and submitted is None:
        raise found.first_error  # an empty page would look like a finding
    physics = None
    if found.evidence:
        physics = predict_spectrum(found.evidence, PriorByPlanet(config, workspace, dataset)(planet_id), config.loss.sigma_min)
    labels = dataset.labels()
    shown = submitted or physics or naive_spectrum(dataset.wavelength_um.size, None if labels is None else labels.to_numpy())
    return PlanetView(
        planet_id=planet_id,
        split=split,
        catalogue=catalogue,
        wavelength_um=dataset.wavelength_um,
        visits=tuple(found.visits),
        mu=shown.mu,
        sigma=shown.sigma,
        physics=physics,
        submitted=submitted,
        not_submitted=not_submitted,
        truth=_truth(dataset, planet_id, truth),
        set_aside=found.set_aside,
        missing=found.missing,
        gates=found.gates,
        steps=found.steps,
    )


@dataclass(kw_only=True)
class _Found:
    """What was found of a planet so far; fields as those of `PlanetView`."""

    visits: list[VisitView] = field(default_factory=list)
    evidence: list[VisitEvidence] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    gates: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    first_error: InputDataError | None = None

    def lack(self, where: str, error: InputDataError) -> None:
        """Note what is missing, with the command that makes it."""
        found = "" if not error.received else f" ({error.received})"
        self.missing[where] = f"{error.what}{found}: {error.hint}" if error.hint else str(error)
        self.first_error = self.first_error or error


def _gather(found: _Found, config: Config, workspace: Workspace, dataset: Dataset, visit: VisitId, star: StarPrior) -> None:
    """Add what calibration and features left of a visit."""
    name = f"visit {visit.visit}"
    reason = read_manifest(workspace.calibrated).get(visit.key, {}).get("reason")
    for sensor in Sensor if reason is None else ():
        try:
            _, entry = calibrated_product(workspace, visit, sensor, calibrated_by(config.data, dataset))
        except InputDataError as error:
            found.lack(f"{name}, {sensor}", error)
            continue
        found.gates[f"{name}, {sensor}"], found.steps[f"{name}, {sensor}"] = entry["gates"], entry["history"]
    reason = reason or read_manifest(workspace.features).get(visit.key, {}).get("reason")
    if reason is not None:
        found.set_aside[name] = str(reason)
        return
    try:
        measured = read_features(workspace, visit, features_by(config, dataset))
    except InputDataError as error:
        found.lack(name, error)
        return
    found.evidence.append(measured.evidence)
    fgs1, airs, transit = (dict(measured.arrays[kind]) for kind in KINDS)
    found.visits.append(VisitView(visit=visit.visit, fgs1=fgs1, airs=airs, transit=transit, star=star))


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
