"""Calibrated products on disk: names, cache keys, the manifest that makes a file count."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.data.raw import visit_paths
from spectramind.data.sensors import Sensor
from spectramind.utils.artifacts import sha256_file, sha256_json, write_json
from spectramind.utils.config import config_dict
from spectramind.utils.config.schema import DataConfig
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace
from spectramind.utils.source_version import source_version

KEY_DIGITS = 12
# Where the data lie and which planets are wanted do not change what a visit's product holds.
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
    """Return the hash of everything but the input files that decides what calibration writes: parameters and code."""
    parameters = {key: value for key, value in config_dict(settings).items() if key not in _UNKEYED}
    return sha256_json({"parameters": parameters, "code": source_version(*_SOURCES)})


def metadata_hash(dataset: Dataset) -> str:
    """Return the hash of the metadata tables that calibration depends on."""
    return sha256_json([sha256_file(dataset.root / name) for name in ("adc_info.csv", "axis_info.parquet", "wavelengths.csv")])


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


@dataclass(frozen=True, kw_only=True)
class ProductEntry:
    """Manifest entry of one calibrated product; it stands beside the product as JSON."""

    planet_id: str
    visit: int
    split: str
    sensor: str
    key: str
    version: str
    sha256: str
    history: list[dict[str, Any]]
    gates: list[dict[str, Any]]

    @property
    def breaches(self) -> list[str]:
        """Gates that failed, in words."""
        return [f"{gate['name']} {gate['seen']} outside {gate['range']}" for gate in self.gates if not gate["passed"]]


def product_path(workspace: Workspace, visit: VisitId, sensor: Sensor, key: str) -> Path:
    """Path of a calibrated npz: data/calibrated/{fgs1,airs}/planet_{id}_{visit}_{key}.npz."""
    return workspace.calibrated / sensor.folder / f"{visit.name}_{key[:KEY_DIGITS]}.npz"


def write_entry(path: Path, entry: ProductEntry) -> None:
    """Make a product count: write its manifest entry beside it."""
    write_json(path.with_suffix(".json"), asdict(entry))


def read_entry(path: Path) -> ProductEntry | None:
    """Return the entry of a product that is whole, or None where it is absent, cut short or altered."""
    try:
        entry = ProductEntry(**json.loads(path.with_suffix(".json").read_text()))
        return entry if sha256_file(path) == entry.sha256 else None
    except (OSError, ValueError, TypeError):
        return None


def find_product(workspace: Workspace, visit: VisitId, sensor: Sensor, version: str) -> tuple[Path, ProductEntry] | None:
    """Return the product of a visit made by this version of parameters and code; the latest where inputs changed since."""
    folder = workspace.calibrated / sensor.folder
    sidecars = sorted(folder.glob(f"{visit.name}_{'?' * KEY_DIGITS}.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for sidecar in sidecars:
        entry = read_entry(sidecar.with_suffix(".npz"))
        if entry is not None and entry.version == version and entry.split == visit.split:
            return sidecar.with_suffix(".npz"), entry
    return None


def read_light_curve(path: Path) -> dict[str, NDArray[Any]]:
    """Read everything but the frames of a calibrated product."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if name not in ("frames", "variance", "mask")}
