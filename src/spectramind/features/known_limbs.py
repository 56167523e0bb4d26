"""What labelled planets tell of the limb darkening of their stars: made by the features stage, kept in a file that can travel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.planet_spectrum import limb_evidence_in
from spectramind.features.star import StarPrior
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.products import commit_product, committed_entry
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class KnownLimbs:
    """Visits of planets with known depths, and what they say of their stars' limbs.

    Attributes:
        planet_ids: (visit,).
        temperature_k: (visit,) of the stars.
        precision, right: (visit, limb, limb) and (visit, limb), no prior in them (``LimbEvidence.likelihood_at``).
    """

    planet_ids: NDArray[np.str_]
    temperature_k: Array
    precision: Array
    right: Array

    def of(self, rows: NDArray[np.bool_]) -> KnownLimbs:
        """Return some of the visits."""
        return KnownLimbs(**{name: values[rows] for name, values in vars(self).items()})


def known_limbs_path(workspace: Workspace) -> Path:
    """Path of the file: data/features/limb_darkening.npz."""
    return workspace.features / "limb_darkening.npz"


def store_known_limbs(workspace: Workspace, dataset: Dataset, products: dict[VisitId, Path], version: str) -> int:
    """Write what the labelled planets tell; return how many visits that are. Nothing is written where there are none.

    Args:
        products: Transit features of visits.
        version: What made them (``data_hash``).
    """
    labels = dataset.labels()
    if labels is None or labels.shape[1] != dataset.wavelength_um.size:
        return 0
    rows = []
    for visit, path in sorted(products.items()):
        if visit.split != "train" or visit.planet_id not in labels.index:
            continue
        with np.load(path, allow_pickle=False) as stored:
            if bool(stored["converged"]):
                told = limb_evidence_in(stored).likelihood_at(labels.loc[visit.planet_id].to_numpy(dtype=np.float64))
                rows.append((visit.planet_id, star_of(dataset, visit.planet_id).temperature_k, *told))
    if rows:
        names = ("planet_ids", "temperature_k", "precision", "right")
        arrays = {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        commit_product(known_limbs_path(workspace), arrays, {"version": version, "labels": labels_hash(dataset)})
    return len(rows)


def read_known_limbs(workspace: Workspace, dataset: Dataset, version: str) -> KnownLimbs | None:
    """Read the file; None where there is none, or one of other labels, other features or another instrument."""
    path = known_limbs_path(workspace)
    entry = committed_entry(path)
    if entry is None or entry.get("version") != version or entry.get("labels") != labels_hash(dataset):
        return None
    with np.load(path, allow_pickle=False) as stored:
        return KnownLimbs(**{name: stored[name] for name in stored.files})


def known_limbs_hash(workspace: Workspace, dataset: Dataset, version: str) -> str:
    """Return the hash of whose limbs are known, and from what; empty where none are. The last digits of numbers do not matter."""
    known = read_known_limbs(workspace, dataset, version)
    if known is None:
        return ""
    return sha256_json({"version": version, "labels": labels_hash(dataset), "planets": known.planet_ids.tolist()})


def labels_hash(dataset: Dataset) -> str:
    """Return the hash of the labels of a dataset; empty without any."""
    labels = dataset.labels()
    return "" if labels is None else sha256_json({"planets": list(labels.index), "depths": labels.to_numpy().tolist()})


def star_of(dataset: Dataset, planet_id: str) -> StarPrior:
    """Return what the star tables say of a planet's system; typical values where they lack it."""
    for table in dataset.stars.values():
        if planet_id in table.index:
            return StarPrior.from_catalogue({str(name): value for name, value in table.loc[planet_id].items()})
    return StarPrior.from_catalogue({})
