"""What labelled planets tell of the limb darkening of their stars: made by the features stage, kept in a file that can travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.planet.spectrum import limb_evidence_in
from spectramind.features.transit.star import StarPrior
from spectramind.utils.artifacts import sha256_json
from spectramind.utils.products import commit_product, committed_entry
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class KnownLimbs:
    """Visits of planets with known depths, and what they say of their stars' limbs.

    Attributes:
        planet_ids, visits: (visit,) planets, and names of the visits.
        temperature_k: (visit,) of the stars.
        precision, right: (visit, limb, limb) and (visit, limb), no prior in them (``LimbEvidence.likelihood_at``).
    """

    planet_ids: NDArray[np.str_]
    visits: NDArray[np.str_]
    temperature_k: Array
    precision: Array
    right: Array

    def of(self, rows: NDArray[np.bool_]) -> KnownLimbs:
        """Return some of the visits."""
        return KnownLimbs(**{name: values[rows] for name, values in vars(self).items()})

    def rows(self, chosen: NDArray[np.bool_]) -> list[tuple[Any, ...]]:
        """Return some of the visits, each as a row in the order of the attributes."""
        return list(zip(*(values[chosen] for values in vars(self).values()), strict=True))

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[Any, ...]]) -> KnownLimbs:
        """Put visits together, each a row in the order of the attributes."""
        columns = zip(*rows, strict=True) if rows else [()] * len(cls.__annotations__)
        return cls(**{name: np.array(column) for name, column in zip(cls.__annotations__, columns, strict=True)})

    def equals(self, other: KnownLimbs) -> bool:
        """Return whether two say the same."""
        return all(np.array_equal(values, getattr(other, name)) for name, values in vars(self).items())


def known_limbs_path(workspace: Workspace) -> Path:
    """Path of the file: data/features/limb_darkening.npz."""
    return workspace.features / "limb_darkening.npz"


def store_known_limbs(workspace: Workspace, dataset: Dataset, products: Mapping[VisitId, Path | None], version: str) -> int:
    """Put what visits of labelled planets tell into the file, and return how many those are; what others told under the same labels stays.

    Args:
        products: Transit features of visits, None for one that was set aside.
        version: What made them (``data_hash``).
    """
    depths = _known_depths(dataset)
    rows = []
    for visit, path in sorted(products.items()):
        if path is None or visit.split != "train" or visit.planet_id not in depths:
            continue
        with np.load(path, allow_pickle=False) as stored:
            if not bool(stored["converged"]):
                continue
            told = limb_evidence_in(stored).likelihood_at(depths[visit.planet_id])
        rows.append((visit.planet_id, visit.key, star_of(dataset, visit.planet_id).temperature_k, *told))
    before = read_known_limbs(workspace, dataset, version) or KnownLimbs.from_rows([])
    kept = before.rows(~np.isin(before.visits, [visit.key for visit in products]))
    together = KnownLimbs.from_rows(sorted([*kept, *rows], key=lambda row: str(row[1])))
    if not together.equals(before):
        entry = {"version": version, "labels": labels_hash(dataset)}
        commit_product(known_limbs_path(workspace), vars(together), entry)
    return len(rows)


def _known_depths(dataset: Dataset) -> dict[str, Array]:
    labels = dataset.labels()
    if labels is None or labels.shape[1] != dataset.wavelength_um.size:
        return {}
    return dict(zip(map(str, labels.index), labels.to_numpy(dtype=np.float64), strict=True))


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
    if known is None or not known.visits.size:
        return ""
    return sha256_json({"version": version, "labels": labels_hash(dataset), "visits": known.visits.tolist()})


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
