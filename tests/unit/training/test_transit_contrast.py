"""The contrast of samples in and out of transit: the loss by hand, planets without either kind, and what the network must not see."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import tiny_network as tiny
import torch
from torch import Tensor

from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network
from spectramind.training.transit_contrast import GROUPS, MARK, TransitContrast

OBJECTIVE = TransitContrast(temperature=0.1)


class Fixed:
    """Stands in for a network: knows its latents beforehand and remembers what it was shown."""

    def __init__(self, steps: Tensor) -> None:
        self.steps, self.shown = steps, torch.zeros(0)

    def __call__(self, batch: PlanetBatch) -> SimpleNamespace:
        self.shown = batch.light
        return SimpleNamespace(light_steps=self.steps)


def loss_of(steps: Tensor, given: PlanetBatch, objective: TransitContrast = OBJECTIVE) -> Tensor:
    return objective(cast(Network, Fixed(steps)), given).total


def chanced(given: PlanetBatch, seed: int = 0) -> PlanetBatch:
    chance = np.random.default_rng(seed).random((len(given), OBJECTIVE.draws(given)))
    return replace(given, chance=torch.from_numpy(chance))


def marked(given: PlanetBatch, planet: int, value: float) -> PlanetBatch:
    light = given.light.clone()
    light[planet, :, MARK] = value
    return replace(given, light=light)


def by_hand(steps: Tensor, given: PlanetBatch, temperature: float) -> float:
    """InfoNCE, one pair after the other."""
    assert given.chance is not None
    total = 0.0
    for planet in range(len(given)):
        groups: dict[tuple[bool, int], list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]] = {}
        for time in range(given.light.shape[1]):
            if given.light_valid[planet, time]:
                name = (bool(given.light[planet, time, MARK]), int(given.chance[planet, time] * GROUPS))
                groups.setdefault(name, []).append(steps[planet, time].double().numpy())
        units = {name: np.mean(own, axis=0) / np.linalg.norm(np.mean(own, axis=0)) for name, own in groups.items()}
        terms = []
        for one, u in units.items():
            for other, v in units.items():
                if one != other and one[0] == other[0]:
                    positive = math.exp(u @ v / temperature)
                    negative = sum(math.exp(u @ w / temperature) for name, w in units.items() if name[0] != one[0])
                    terms.append(-math.log(positive / (positive + negative)))
        total += sum(terms) / max(len(terms), 1)
    return total / len(given)


@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_values_are_those_of_a_loop(temperature: float) -> None:
    given = chanced(tiny.batch(4))
    steps = torch.randn(4, 20, 6, generator=torch.Generator().manual_seed(1))
    found = loss_of(steps, given, TransitContrast(temperature=temperature))
    assert float(found) == pytest.approx(by_hand(steps, given, temperature), rel=1e-4)


def test_latents_that_tell_the_transit_are_rewarded() -> None:
    given = chanced(tiny.batch(2, times=64))
    inside = given.light[..., MARK, None]
    assert float(loss_of(torch.cat([inside, 1.0 - inside], dim=-1), given)) < 1e-3
    assert float(loss_of(torch.ones(2, 64, 2), given)) == pytest.approx(math.log(1 + GROUPS), rel=1e-5)


def test_the_network_does_not_see_the_mark() -> None:
    given = chanced(tiny.batch())
    before = given.light.clone()
    spy = Fixed(torch.randn(3, 20, 4))
    OBJECTIVE(cast(Network, spy), given)
    assert not spy.shown[..., MARK].any()
    others = [channel for channel in range(before.shape[2]) if channel != MARK]
    assert torch.equal(spy.shown[..., others], before[..., others])
    assert torch.equal(given.light, before)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_planet_with_one_kind_of_samples_is_harmless(value: float) -> None:
    whole = chanced(tiny.batch(3))
    given = marked(whole, 1, value)
    network = tiny.network()
    loss = OBJECTIVE(network, given)
    loss.total.backward()  # type: ignore[no-untyped-call]
    others = OBJECTIVE(network, given.part(torch.tensor([0, 2]))).terms["total"]
    assert loss.terms["total"] == pytest.approx(others * 2 / 3, rel=1e-5)
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_a_batch_without_any_transit_has_no_gradient() -> None:
    given = marked(chanced(tiny.batch(1)), 0, 0.0)
    network = tiny.network()
    OBJECTIVE(network, given).total.backward()  # type: ignore[no-untyped-call]
    assert all(not p.grad.any() for p in network.parameters() if p.grad is not None)


def test_padding_does_not_count() -> None:
    given = chanced(tiny.batch())
    light = torch.where(given.light_valid[..., None], given.light, torch.full_like(given.light, 1.0))
    network = tiny.network()
    assert OBJECTIVE(network, replace(given, light=light)).terms["total"] == pytest.approx(
        OBJECTIVE(network, given).terms["total"], rel=1e-6
    )


def test_a_batch_may_be_taken_in_parts() -> None:
    given, network = chanced(tiny.batch(5)), tiny.network()
    parts = [given.part(slice(0, 2)), given.part(slice(2, 5))]
    assert sum(len(part) / 5 * OBJECTIVE(network, part).terms["total"] for part in parts) == pytest.approx(
        OBJECTIVE(network, given).terms["total"], rel=1e-5
    )


def test_gradients_reach_the_light_encoder() -> None:
    network = tiny.network()
    OBJECTIVE(network, chanced(tiny.batch())).total.backward()  # type: ignore[no-untyped-call]
    assert any(p.grad is not None and p.grad.any() for p in network.light_encoder.parameters())


def test_it_needs_its_numbers() -> None:
    with pytest.raises(ValueError, match="random numbers"):
        OBJECTIVE(tiny.network(), tiny.batch())
