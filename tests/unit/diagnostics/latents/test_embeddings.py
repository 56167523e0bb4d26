"""Maps of planets: groups that are there stay apart, and a seed decides everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectramind.diagnostics.latents import embeddings as engine
from spectramind.diagnostics.latents.embeddings import FEWEST, embeddings, principal_components, standardised

GROUP = 12


def two_groups(planets: int = 40) -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(planets, 10))
    values[:GROUP] += 6.0
    return values


def separation(coordinates: np.ndarray) -> float:
    """Distance of the groups' middles over the spread around them."""
    first, other = coordinates[:GROUP], coordinates[GROUP:]
    spread = np.sqrt(0.5 * (first.var(axis=0).sum() + other.var(axis=0).sum()))
    return float(np.linalg.norm(first.mean(axis=0) - other.mean(axis=0)) / spread)


@pytest.fixture
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first fit compiles for ten seconds."""
    monkeypatch.setattr(engine, "_umap", lambda values, seed: values[:, :2])


def test_planted_groups_stay_apart_and_a_seed_repeats(without_umap: None) -> None:
    first, again = (embeddings(two_groups(), 7) for _ in range(2))
    assert list(first) == ["PCA", "t-SNE", "UMAP"]
    for method in ("PCA", "t-SNE"):
        np.testing.assert_array_equal(first[method], again[method])
        assert separation(first[method]) > 2.0, method
    mixed = embeddings(np.random.default_rng(1).normal(size=(40, 10)), 7)
    assert all(separation(mixed[method]) < 1.0 for method in ("PCA", "t-SNE"))


@pytest.mark.slow
def test_umap_keeps_groups_apart_and_its_seed_counts() -> None:
    first, again, other = (embeddings(two_groups(), seed)["UMAP"] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert separation(first) > 2.0
    assert embeddings(two_groups()[:FEWEST], 7)["UMAP"].shape == (FEWEST, 2)


@pytest.mark.parametrize("planets", [1, 2, FEWEST - 1])
def test_few_planets_have_principal_components_alone(planets: int) -> None:
    found = embeddings(two_groups()[:planets], 0)
    assert list(found) == ["PCA"]
    assert found["PCA"].shape == (planets, 2)
    assert np.isfinite(found["PCA"]).all()


def test_the_fewest_planets_that_have_neighbours_are_mapped(without_umap: None) -> None:
    assert np.isfinite(embeddings(two_groups()[:FEWEST], 0)["t-SNE"]).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), planets=st.integers(3, 12), features=st.integers(1, 8))
def test_principal_components_are_uncorrelated_and_keep_distances(seed: int, planets: int, features: int) -> None:
    values = np.random.default_rng(seed).normal(size=(planets, features)) * np.geomspace(1.0, 30.0, features)
    scores = principal_components(values, features)
    products = scores.T @ scores
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-8 * products.max())
    assert (np.diff(np.diag(products)) <= 1e-9 * products.max()).all()
    np.testing.assert_allclose((scores**2).sum(), ((values - values.mean(axis=0)) ** 2).sum(), rtol=1e-9)
    np.testing.assert_allclose(principal_components(values[:, ::-1], features), scores, atol=1e-8 * np.abs(scores).max())


def test_standardised_columns_are_alike_and_constant_ones_are_0() -> None:
    values = np.column_stack([np.arange(9.0) * 1e-6, 5.0 + np.arange(9.0), np.full(9, 0.1)])
    found = standardised(values)
    np.testing.assert_allclose(found[:, 0], found[:, 1], atol=1e-9)
    np.testing.assert_allclose(found.std(axis=0), [1.0, 1.0, 0.0], atol=1e-12)
