"""Calibrated products on disk: names, cache keys, reading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import SPLITS, Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.raw import visit_paths
from spectramind.data.sensors import Sensor
from spectramind.utils.artifacts import sha256_file, sha256_json
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import DataConfig
from spectramind.utils.errors import InputDataError
from spectramind.utils.products import KEY_DIGITS, Entry, committed_entry, read_manifest
from spectramind.utils.runs import Workspace
from spectramind.utils.source_version import source_version

# Where the data lie, which planets are wanted and what counts as plausible do not change what a visit's product holds.
_UNKEYED = ("raw_dir", "split", "gates")
_SOURCES = (
    "data/detector",
    "data/dataset.py",
    "data/frames.py",
    "data/quality.py",
    "data/raw.py",
    "data/sensors.py",
    "data/visit_calibration.py",
)


def calibration_version(settings: DataConfig) -> str:
    """Return the hash of parameters and code that decides the light curves.

    Whether frames are stored beside them changes no light curve: what is made of these, and all that rests on it, has one version.
    """
    return product_version(replace(settings, store_frames=False))


def product_version(settings: DataConfig) -> str:
    """Return the hash of everything but the input files that decides what calibration writes: parameters and code, frames or not."""
    parameters = {key: value for key, value in config_dict(settings).items() if key not in _UNKEYED}
    return sha256_json({"parameters": parameters, "code": source_version(*_SOURCES)})


def metadata_hash(dataset: Dataset) -> str:
    """Return the hash of the metadata tables that calibration depends on."""
    return sha256_json([sha256_file(dataset.root / name) for name in ("adc_info.csv", "axis_info.parquet", "wavelengths.csv")])


def stage_version(dataset: Dataset, version: str) -> str:
    """Return what a stage manifest remembers a visit by: parameters and code, and the tables of the dataset it came from."""
    tables = [path for path in (dataset.root / f"{split}_star_info.csv" for split in SPLITS) if path.exists()]
    return sha256_json({"version": version, "metadata": metadata_hash(dataset), "stars": [sha256_file(path) for path in tables]})


def calibrated_by(settings: DataConfig, dataset: Dataset) -> str:
    """Return the ``stage_version`` of calibrated products."""
    return stage_version(dataset, product_version(settings))


def product_key(dataset: Dataset, visit: VisitId, sensor: Sensor, version: str, metadata: str) -> str:
    """Return the cache key of one product: content of its inputs, parameters and code.

    Raises:
        InputDataError: If an input file is missing.
    """
    paths = visit_paths(dataset.planet_folder(visit.split, visit.planet_id), sensor, visit.visit)
    for path in paths:
        if not path.is_file():
            raise InputDataError("a file of a visit is missing", where=str(path), hint="fetch the visit again")
    return sha256_json({"version": version, "metadata": metadata, "inputs": [sha256_file(path) for path in paths]})


def product_path(workspace: Workspace, visit: VisitId, sensor: Sensor, key: str) -> Path:
    """Path of a calibrated npz: data/calibrated/{fgs1,airs}/planet_{id}_{visit}_{key}.npz."""
    return workspace.calibrated / sensor.folder / f"{visit.name}_{key[:KEY_DIGITS]}.npz"


def calibrated_product(workspace: Workspace, visit: VisitId, sensor: Sensor, made_by: str) -> tuple[Path, Entry]:
    """Return the product of a visit that the last calibration of it made or found.

    Args:
        made_by: ``stage_version`` of the dataset and the calibration: a product of another dataset or version does not count.

    Raises:
        InputDataError: If there is none, with the reason where the visit was set aside.
    """
    made = read_manifest(workspace.calibrated).get(visit.key, {})
    if "reason" in made:
        raise InputDataError("a visit could not be calibrated", where=visit.name, received=made["reason"])
    path = workspace.root / made["products"][str(sensor)] if made.get("version") == made_by else None
    entry = committed_entry(path) if path is not None else None
    if path is None or entry is None:
        received = "calibrated with other settings, data or code" if made.get("version", made_by) != made_by else None
        raise InputDataError("a visit is not calibrated", where=f"{visit.name} {sensor}", received=received, hint="spectramind calibrate")
    return path, entry


def read_light_curve(path: Path) -> dict[str, NDArray[Any]]:
    """Read everything but the frames of a calibrated product."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if name not in ("frames", "variance", "mask")}
