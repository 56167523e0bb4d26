"""The prior of a planet is never learned from its own label, and its folds are those of training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny
import tiny_limb
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.identifiers import VisitId
from spectramind.features.build import data_hash
from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.folds import assign_folds
from spectramind.features.planet.known_limbs import read_known_limbs, star_of, store_known_limbs
from spectramind.features.planet.limb_population import LimbPopulation
from spectramind.features.planet_prior import PriorByPlanet
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.utils.artifacts import write_npz
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import Config
from spectramind.utils.runs import Workspace

IDS = [str(number) for number in range(100, 130)]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Thirty labelled planets, each with a depth of its own, and one that has no label."""
    tiny.write_tables(tmp_path, tiny.AIRS, tiny.FGS1, IDS, ["9"])
    bins = tiny.LAST_BIN - tiny.FIRST_BIN + 2
    rng = np.random.default_rng(0)
    rows = [",".join([planet_id, *map(str, int(planet_id) * 1e-4 + 1e-4 * rng.standard_normal(bins))]) for planet_id in IDS]
    header = (tmp_path / "train.csv").read_text().splitlines()[0]
    (tmp_path / "train.csv").write_text("\n".join([header, *rows]) + "\n")
    return Dataset.open(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "w").ensure()


def config(*overrides: str) -> Config:
    return load_config(["train.folds=3", "train.members=3", "global.seed=5", *overrides])


def depths_of(prior: PriorByPlanet, planet_id: str) -> set[str]:
    labels = prior.labels_for(planet_id)
    assert labels is not None
    return {str(round(float(row.mean()) * 1e4)) for row in labels}


def test_a_labelled_planet_learns_from_the_other_folds_of_training(dataset: Dataset, workspace: Workspace) -> None:
    prior, fold_of = PriorByPlanet(config(), workspace, dataset), assign_folds(IDS, 3, 5)
    for planet_id in IDS[:6]:
        assert depths_of(prior, planet_id) == {other for other in IDS if fold_of[other] != fold_of[planet_id]}
    assert depths_of(prior, "9") == set(IDS)


def test_priors_are_learned_once_a_fold(dataset: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def learned(wavelength_um: NDArray[np.float64], labels: NDArray[np.float64]) -> SpectrumPrior:
        calls.append(len(labels))
        return SpectrumPrior.generic(wavelength_um)

    monkeypatch.setattr(SpectrumPrior, "learned", learned)
    prior = PriorByPlanet(config(), workspace, dataset)
    for planet_id in [*IDS, "9"]:
        prior(planet_id)
    assert sorted(calls) == [20, 20, 20, 30]


def test_without_labels_or_where_it_is_not_wanted_the_prior_is_the_generic_one(dataset: Dataset, workspace: Workspace) -> None:
    generic = SpectrumPrior.generic(dataset.wavelength_um)
    assert PriorByPlanet(config("model.learn_prior=false"), workspace, dataset)(IDS[0]).spectrum is generic
    assert PriorByPlanet(config(), workspace, dataset)("9").spectrum is not generic
    (dataset.root / "train.csv").unlink()
    bare = PriorByPlanet(config(), workspace, replace(dataset))
    assert bare(IDS[0]).spectrum is generic
    assert bare.labels_for(IDS[0]) is None


def seen(dataset: Dataset, workspace: Workspace, config: Config, level: float = 0.1) -> None:
    """Labelled planets whose limbs are seen well, each elsewhere."""
    products = {}
    for place, planet_id in enumerate(IDS):
        arrays = tiny_limb.arrays(dataset.wavelength_um.size) | {"converged": np.array(True)}
        arrays["limb_mean"] = level * np.sqrt(np.diag(arrays["limb_covariance"])) * (1.0 + 0.01 * place)
        arrays["limb_covariance"] = 0.01 * arrays["limb_covariance"]
        products[VisitId("train", planet_id, 0)] = workspace.root / f"{planet_id}.npz"
        write_npz(products[VisitId("train", planet_id, 0)], arrays)
    assert store_known_limbs(workspace, dataset, products, data_hash(config, dataset)) == len(IDS)


def test_the_limb_is_learned_from_the_other_folds(dataset: Dataset, workspace: Workspace) -> None:
    own, fold_of = config(), assign_folds(IDS, 3, 5)
    without = PriorByPlanet(own, workspace, dataset)(IDS[0]).limb
    np.testing.assert_array_equal(without.covariance, LimbPrior.of_fit().covariance)
    seen(dataset, workspace, own)
    prior = PriorByPlanet(own, workspace, dataset)
    assert (np.diag(prior("9").limb.covariance) < 0.5 * np.diag(without.covariance)).all()
    known = read_known_limbs(workspace, dataset, data_hash(own, dataset))
    assert known is not None
    others = LimbPopulation.learn(known.of(np.array([fold_of[other] != fold_of[IDS[0]] for other in IDS])))
    np.testing.assert_array_equal(prior(IDS[0]).limb.mean, others.prior(star_of(dataset, IDS[0]).temperature_k).mean)
    assert prior.as_dict() == {"spectra": 30, "limb_darkening": 30}


def test_labels_that_are_not_to_be_trusted_teach_no_limb_either(dataset: Dataset, workspace: Workspace) -> None:
    seen(dataset, workspace, config())
    untrusting = PriorByPlanet(config("model.learn_prior=false"), workspace, dataset)
    np.testing.assert_array_equal(untrusting("9").limb.mean, 0.0)
    assert untrusting.as_dict() == {"spectra": 0, "limb_darkening": 0}
