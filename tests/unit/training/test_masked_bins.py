"""Masked bins: the loss by hand, and that what is hidden is not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_network as tiny
import torch

from spectramind.models.batch import NODE_FEATURES, PlanetBatch
from spectramind.models.network import Network
from spectramind.training.masked_bins import TARGETS, MaskedBins

WAVELENGTH = NODE_FEATURES.index("wavelength")
OBJECTIVE = MaskedBins(share=0.3)


def chanced(given: PlanetBatch, seed: int = 0) -> PlanetBatch:
    chance = np.random.default_rng(seed).random((len(given), OBJECTIVE.draws(given)))
    return replace(given, chance=torch.from_numpy(chance))


@pytest.fixture(scope="module")
def net() -> Network:
    network = tiny.network()
    given = chanced(tiny.batch(seed=5))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):  # no weight is at its start
        optimiser.zero_grad()
        OBJECTIVE(network, given).total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network


def hidden_bins(given: PlanetBatch, share: float) -> torch.Tensor:
    """The bins with the smallest numbers, one after the other."""
    assert given.chance is not None
    masked = torch.zeros_like(given.chance, dtype=torch.bool)
    for row, numbers in enumerate(given.chance.tolist()):
        count = max(1, round(share * len(numbers)))
        for place in sorted(range(len(numbers)), key=numbers.__getitem__)[:count]:
            masked[row, place] = True
    return masked


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_values_are_those_of_a_loop(net: Network, share: float) -> None:
    given = chanced(tiny.batch())
    masked = hidden_bins(given, share)
    found = net(given, masked=masked).reconstruction.detach()
    expected = []
    for planet in range(len(given)):
        for term, feature in enumerate(TARGETS):
            errors = [float(found[planet, place, term] - given.nodes[planet, place, feature]) ** 2 for place in masked[planet].nonzero()]
            expected.append(sum(errors) / len(errors))
    loss = MaskedBins(share=share)(net, given)
    assert masked.any(dim=1).all()
    assert float(loss.total.detach()) == pytest.approx(sum(expected) / len(given), rel=1e-5)
    assert loss.terms["depth"] == pytest.approx(sum(expected[::2]) / len(given), rel=1e-5)
    assert loss.terms["total"] == pytest.approx(loss.terms["depth"] + loss.terms["sigma"], rel=1e-6)


def test_what_is_hidden_is_not_seen(net: Network) -> None:
    given = chanced(tiny.batch())
    masked = hidden_bins(given, OBJECTIVE.share)
    kept = torch.tensor([feature in (*TARGETS, WAVELENGTH) for feature in range(len(NODE_FEATURES))])
    changed = torch.where(masked[..., None] & ~kept, given.nodes + 100.0, given.nodes)
    assert OBJECTIVE(net, replace(given, nodes=changed)).terms == OBJECTIVE(net, given).terms
    seen = torch.where(~masked[..., None] & ~kept, given.nodes + 1.0, given.nodes)
    assert OBJECTIVE(net, replace(given, nodes=seen)).terms != OBJECTIVE(net, given).terms


def test_a_target_is_only_a_target(net: Network) -> None:
    given = chanced(tiny.batch())
    masked = hidden_bins(given, OBJECTIVE.share)
    nodes = given.nodes.clone().requires_grad_()
    OBJECTIVE(net, replace(given, nodes=nodes)).total.backward()  # type: ignore[no-untyped-call]
    assert nodes.grad is not None
    found = net(given, masked=masked).reconstruction.detach()
    for term, feature in enumerate(TARGETS):
        expected = -2.0 * (found[..., term] - given.nodes[..., feature]) / masked.sum(dim=1, keepdim=True) / len(given)
        torch.testing.assert_close(nodes.grad[..., feature][masked], expected[masked], rtol=1e-4, atol=1e-7)


def test_a_batch_may_be_taken_in_parts(net: Network) -> None:
    given = chanced(tiny.batch(5))
    whole = OBJECTIVE(net, given).terms
    parts = [given.part(slice(0, 2)), given.part(slice(2, 5))]
    for name, value in whole.items():
        assert sum(len(part) / 5 * OBJECTIVE(net, part).terms[name] for part in parts) == pytest.approx(value, rel=1e-5)


def test_gradients_reach_the_spectrum_encoder_and_nothing_of_the_light() -> None:
    network = tiny.network()
    OBJECTIVE(network, chanced(tiny.batch())).total.backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        if name.startswith(("light_encoder", "decoder", "sigma_head")):
            assert parameter.grad is None or not parameter.grad.any(), name
    assert network.hidden_node.grad is not None
    assert network.hidden_node.grad.any()
    assert any(parameter.grad is not None and parameter.grad.any() for parameter in network.spectrum_encoder.parameters())


def test_it_needs_its_numbers(net: Network) -> None:
    with pytest.raises(ValueError, match="random numbers"):
        OBJECTIVE(net, tiny.batch())
