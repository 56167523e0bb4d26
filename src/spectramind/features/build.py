"""The features stage: light-curve tensors and the transit inference of every calibrated visit, one npz a product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spectramind.data.calibrate import selected_visits
from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.products import calibrated_by, calibrated_product, calibration_version, metadata_hash, stage_version
from spectramind.data.sensors import Sensor
from spectramind.features.load import load_visit
from spectramind.features.planet.known_limbs import store_known_limbs
from spectramind.features.tensors import airs_bins, fgs1_white, transit_summary
from spectramind.features.transit.star import StarPrior
from spectramind.features.transit_fit import fit_transit
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import InputDataError
from spectramind.utils.products import KEY_DIGITS, Entry, commit_product, committed_entry, read_manifest, update_manifest
from spectramind.utils.progress import Progress
from spectramind.utils.runs import Workspace
from spectramind.utils.source_version import source_version
from spectramind.utils.stage import Failure, Outcome, run_items

KINDS = ("fgs1_white", "airs_bins", "transit")
_SOURCES = ("features", "physics")


@dataclass(frozen=True, kw_only=True)
class FeatureReport:
    """Counts and reasons of a whole features run; of how many visits with known depths the limb darkening was kept."""

    done: int
    reused: int
    known_limbs: int
    set_aside: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return dict(vars(self))


def feature_version(config: Config) -> str:
    """Return the hash of parameters and code, calibration included, that decides what features hold."""
    return sha256_json({"calibration": calibration_version(config.data), "code": source_version(*_SOURCES)})


def data_hash(config: Config, dataset: Dataset) -> str:
    """Return the hash of the instrument's metadata and of what calibrates and measures, code included; the planets do not matter."""
    return sha256_json({"features": feature_version(config), "metadata": metadata_hash(dataset)})


def features_by(config: Config, dataset: Dataset) -> str:
    """Return the ``stage_version`` of the features."""
    return stage_version(dataset, feature_version(config))


def feature_path(workspace: Workspace, kind: str, visit: VisitId, key: str) -> Path:
    """Path of a feature npz: data/features/{kind}/planet_{id}_{visit}_{key}.npz."""
    return workspace.features / kind / f"{visit.name}_{key[:KEY_DIGITS]}.npz"


def plan(config: Config, workspace: Workspace) -> dict[str, Any]:
    """Say what ``features`` would do."""
    dataset = Dataset.open(config.data.raw_dir)
    visits, missing = selected_visits(dataset, config.data.split)
    return {"visits": len(visits), "without_signal": missing, "output": str(workspace.features), "kinds": list(KINDS)}


def build_features(config: Config, workspace: Workspace, *, progress: Progress) -> FeatureReport:
    """Build the features of every selected, calibrated visit; finished products are reused, failures set aside.

    Raises:
        InputDataError: If the dataset's metadata are unusable.
        BusyError: If another process builds features in this workspace.
    """
    dataset = Dataset.open(config.data.raw_dir)
    visits, missing = selected_visits(dataset, config.data.split)
    work = partial(
        _build_one, dataset=dataset, workspace=workspace, version=feature_version(config), made_by=calibrated_by(config.data, dataset)
    )
    with workspace.lock("features"):
        outcomes = dict(
            run_items(
                work,
                visits,
                description="features",
                name_of=lambda item: item.name,
                workers=config.global_.workers,
                progress=progress,
            )
        )
        update_manifest(workspace.features, _manifest(outcomes, features_by(config, dataset)), without_signal=missing)
        made = {
            visit: None if isinstance(outcome, Failure) else feature_path(workspace, "transit", visit, outcome.key)
            for visit, outcome in outcomes.items()
        }
        known_limbs = store_known_limbs(workspace, dataset, made, data_hash(config, dataset))
    built = [outcome for outcome in outcomes.values() if not isinstance(outcome, Failure)]
    set_aside = {visit.name: outcome.reason for visit, outcome in outcomes.items() if isinstance(outcome, Failure)}
    return FeatureReport(
        done=sum(made.outcome == "done" for made in built),
        reused=sum(made.outcome == "reused" for made in built),
        known_limbs=known_limbs,
        set_aside=dict(sorted({**set_aside, **missing}.items())),
    )


def _manifest(outcomes: dict[VisitId, Built | Failure], version: str) -> dict[str, Entry]:
    """What this run made of each visit."""
    visits: dict[str, Entry] = {}
    for visit, outcome in sorted(outcomes.items()):
        if isinstance(outcome, Failure):
            visits[visit.key] = {"status": "set aside", "reason": outcome.reason}
        else:
            visits[visit.key] = {"status": "built", "version": version, "key": outcome.key}
    return visits


def transit_product(workspace: Workspace, visit: VisitId, made_by: str) -> tuple[Path, Entry]:
    """Return the transit features of a visit that the last features run made or found.

    Args:
        made_by: ``stage_version`` of the dataset and the features: a product of another dataset or version does not count.

    Raises:
        InputDataError: If there are none, with the reason where the visit was set aside.
    """
    made = read_manifest(workspace.features).get(visit.key, {})
    if "reason" in made:
        raise InputDataError("a visit has no features", where=visit.name, received=made["reason"])
    path = feature_path(workspace, "transit", visit, made["key"]) if made.get("version") == made_by else None
    entry = committed_entry(path) if path is not None else None
    if path is None or entry is None:
        raise InputDataError("a visit has no features of this version", where=visit.name, hint="spectramind features")
    return path, entry


@dataclass(frozen=True)
class Built:
    """Features of one visit: made now or found, and their key."""

    outcome: Outcome
    key: str


def _build_one(visit: VisitId, *, dataset: Dataset, workspace: Workspace, version: str, made_by: str) -> Built:
    calibrated = [calibrated_product(workspace, visit, sensor, made_by) for sensor in Sensor]
    star: dict[str, float] = dataset.stars[visit.split].astype(float).loc[visit.planet_id].to_dict()  # type: ignore[assignment]
    key = sha256_json(
        {
            "version": version,
            "inputs": [entry["sha256"] for _, entry in calibrated],
            "star": str(sorted(star.items())),
            "bins": dataset.wavelength_um.tolist(),
        }
    )
    if all(committed_entry(feature_path(workspace, kind, visit, key)) for kind in KINDS):
        return Built("reused", key)
    series = load_visit(calibrated[0][0], calibrated[1][0], dataset.wavelength_um)
    fit = fit_transit(series, StarPrior.from_catalogue(star))
    arrays = {"fgs1_white": fgs1_white(series, fit), "airs_bins": airs_bins(series, fit), "transit": transit_summary(series, fit)}
    entry = {"planet_id": visit.planet_id, "visit": visit.visit, "split": visit.split, "key": key, "version": version}
    entry |= {"inputs": [path.name for path, _ in calibrated]}
    for kind in KINDS:
        if not all(np.isfinite(values).all() for values in arrays[kind].values()):
            raise InputDataError("the transit inference did not end in finite numbers", where=visit.name, received=kind)
    for kind in KINDS:
        commit_product(feature_path(workspace, kind, visit, key), arrays[kind], entry)
    return Built("done", key)
