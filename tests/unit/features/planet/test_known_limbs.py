"""What labelled planets tell of the limb: whose it is, what it belongs to, and when it does not count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny
import tiny_limb

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.known_limbs import known_limbs_hash, known_limbs_path, read_known_limbs, star_of, store_known_limbs
from spectramind.utils.artifacts import write_npz
from spectramind.utils.runs import Workspace

IDS = ("11", "12", "13")
BINS = tiny.LAST_BIN - tiny.FIRST_BIN + 2
FITTED = LimbPrior.of_fit()


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Two labelled planets, one that lost its label, and one to predict."""
    tiny.write_tables(tmp_path / "raw", tiny.AIRS, tiny.FGS1, list(IDS), ["9"])
    labels = tmp_path / "raw" / "train.csv"
    labels.write_text("\n".join(line for line in labels.read_text().splitlines() if not line.startswith("13,")) + "\n")
    return Dataset.open(tmp_path / "raw")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "w").ensure()


def products(folder: Path, *, unconverged: str = "") -> dict[VisitId, Path]:
    """Transit features in which every planet's limb goes with its depths."""
    made = {}
    for split, planet_id in (*(("train", each) for each in IDS), ("test", "9")):
        visit = VisitId(split, planet_id, 0)  # type: ignore[arg-type]
        arrays = tiny_limb.arrays(BINS) | {"converged": np.array(planet_id != unconverged)}
        arrays["limb_covariance"] = 0.1 * FITTED.covariance
        arrays["limb_slope"] = np.ones_like(arrays["limb_slope"])
        made[visit] = folder / f"{visit.name}.npz"
        write_npz(made[visit], arrays)
    return made


def test_only_converged_visits_of_labelled_planets_tell(dataset: Dataset, workspace: Workspace, tmp_path: Path) -> None:
    assert store_known_limbs(workspace, dataset, products(tmp_path), "v") == 2
    known = read_known_limbs(workspace, dataset, "v")
    labels = dataset.labels()
    assert known is not None
    assert labels is not None
    assert known.planet_ids.tolist() == ["11", "12"]
    assert known.temperature_k.tolist() == [star_of(dataset, planet_id).temperature_k for planet_id in ("11", "12")]
    seen = np.linalg.inv(0.1 * FITTED.covariance)
    np.testing.assert_allclose(known.precision[0], 0.9 * seen, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(known.right[1], seen @ np.full(len(seen), labels.loc["12"].sum()), rtol=1e-9)
    assert store_known_limbs(workspace, dataset, products(tmp_path, unconverged="11"), "v") == 1


def test_it_counts_for_its_own_features_and_labels_only(dataset: Dataset, workspace: Workspace, tmp_path: Path) -> None:
    assert read_known_limbs(workspace, dataset, "v") is None
    assert known_limbs_hash(workspace, dataset, "v") == ""
    store_known_limbs(workspace, dataset, products(tmp_path), "v")
    assert read_known_limbs(workspace, dataset, "other") is None
    labels = dataset.root / "train.csv"
    content = labels.read_text()
    labels.write_text(content.replace("\n12,", "\n13,"))
    assert read_known_limbs(workspace, replace(dataset), "v") is None
    labels.write_text(content)
    assert read_known_limbs(workspace, replace(dataset), "v") is not None
    path = known_limbs_path(workspace)
    path.write_bytes(path.read_bytes()[:-40])
    assert read_known_limbs(workspace, dataset, "v") is None, "a file cut short"


def test_visits_of_other_runs_stay_and_newer_ones_take_their_place(dataset: Dataset, workspace: Workspace, tmp_path: Path) -> None:
    made = products(tmp_path)
    first, second = ({visit: path for visit, path in made.items() if visit.planet_id == planet_id} for planet_id in ("11", "12"))
    store_known_limbs(workspace, dataset, second, "v")
    assert store_known_limbs(workspace, dataset, first, "v") == 1
    together = known_limbs_path(workspace).read_bytes()
    test = {visit: path for visit, path in made.items() if visit.split == "test"}
    assert store_known_limbs(workspace, dataset, test, "v") == 0
    store_known_limbs(workspace, dataset, made, "v")
    assert known_limbs_path(workspace).read_bytes() == together, "in whatever order"
    store_known_limbs(workspace, dataset, dict.fromkeys(made), "v")
    without = read_known_limbs(workspace, dataset, "v")
    assert without is not None
    assert without.planet_ids.size == 0, "all set aside in the last run"
    assert known_limbs_hash(workspace, dataset, "v") == ""
    store_known_limbs(workspace, dataset, first, "newer")
    known = read_known_limbs(workspace, dataset, "newer")
    assert known is not None
    assert known.planet_ids.tolist() == ["11"]


def test_without_labels_nothing_is_known(dataset: Dataset, workspace: Workspace, tmp_path: Path) -> None:
    (dataset.root / "train.csv").unlink()
    assert store_known_limbs(workspace, replace(dataset), products(tmp_path), "v") == 0
    assert not known_limbs_path(workspace).exists()


def test_its_hash_names_planets_and_not_digits(dataset: Dataset, workspace: Workspace, tmp_path: Path) -> None:
    made = products(tmp_path)
    store_known_limbs(workspace, dataset, made, "v")
    first = known_limbs_hash(workspace, dataset, "v")
    with np.load(made[VisitId("train", "11", 0)]) as stored:
        write_npz(made[VisitId("train", "11", 0)], {**stored, "limb_mean": stored["limb_mean"] + 1e-15})
    store_known_limbs(workspace, dataset, made, "v")
    assert known_limbs_hash(workspace, dataset, "v") == first
    known_limbs_path(workspace).unlink()
    store_known_limbs(workspace, dataset, products(tmp_path, unconverged="11"), "v")
    assert known_limbs_hash(workspace, dataset, "v") != first


def test_a_star_without_entry_is_a_typical_one(dataset: Dataset) -> None:
    assert star_of(dataset, "404").temperature_k == pytest.approx(5887.0)
