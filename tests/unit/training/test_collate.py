"""Planets of unlike length in one batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_example as tiny
import torch

from spectramind.training.collate import collate


def test_short_light_curves_are_padded_and_marked() -> None:
    planets = [tiny.make_planet(0, times=20), tiny.make_planet(1, times=30)]
    batch = collate(planets)
    assert len(batch) == 2
    assert batch.light.shape[:2] == (2, 30)
    assert batch.light_valid.sum(dim=1).tolist() == [20, 30]
    assert not batch.light[0, 20:].any()
    for row, planet in enumerate(planets):
        np.testing.assert_array_equal(batch.light[row][batch.light_valid[row]].numpy(), planet.light)
        np.testing.assert_array_equal(batch.nodes[row].numpy(), planet.nodes)
        np.testing.assert_array_equal(batch.baseline_mean[row].numpy(), planet.baseline_mean)
        np.testing.assert_array_equal(batch.baseline_sigma[row].numpy(), planet.baseline_sigma)


def test_precision() -> None:
    planets = [replace(tiny.make_planet(seed), truth=np.full(tiny.BINS, 0.01 + seed / 1e9)) for seed in range(2)]
    batch = collate(planets)
    assert batch.truth is not None
    assert {batch.light.dtype, batch.nodes.dtype} == {torch.float32}
    assert {batch.baseline_mean.dtype, batch.baseline_sigma.dtype, batch.truth.dtype} == {torch.float64}
    assert batch.truth[:, 0].tolist() == [0.01, 0.01 + 1e-9]


def test_truth_is_known_of_all_or_of_none() -> None:
    known = replace(tiny.make_planet(0), truth=np.full(tiny.BINS, 0.01))
    assert collate([known, tiny.make_planet(1)]).truth is None


@pytest.mark.parametrize("seeds", [(), (9, 10)])
def test_what_cannot_be_stacked_is_an_error(seeds: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        collate([tiny.make_planet(bins=bins) for bins in seeds])
