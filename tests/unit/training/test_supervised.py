"""The supervised loss: likelihood and metric by hand, the symbolic terms on top."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import tiny_network as tiny
import torch

from spectramind.evaluation.metric import element_scores
from spectramind.models.network import Network
from spectramind.symbolic.pack import SymbolicPack
from spectramind.training.supervised import Supervised
from spectramind.utils.config import load_config

LABELS = np.random.default_rng(0).normal(0.012, 0.003, (6, tiny.BINS))
FGS1_WEIGHT = 57.846 / (57.846 + tiny.BINS - 1)


def objective(*overrides: str) -> Supervised:
    pack = SymbolicPack.build(load_config(overrides).loss, wavelength_um=tiny.WAVELENGTH_UM, seam_bins=())
    return Supervised.of(pack, LABELS)


@pytest.fixture(scope="module")
def net() -> Network:
    return tiny.trained(tiny.network(), tiny.batch(seed=3))


def test_the_likelihood_is_that_of_a_loop(net: Network) -> None:
    given = tiny.batch()
    assert given.truth is not None
    output = net(given)
    total = 0.0
    for planet in range(len(given)):
        for place in range(tiny.BINS):
            weight = FGS1_WEIGHT if place == 0 else (1.0 - FGS1_WEIGHT) / (tiny.BINS - 1)
            y, mu, sigma = (float(values[planet, place].detach()) for values in (given.truth, output.mu, output.sigma))
            total += weight * 0.5 * (math.log(2.0 * math.pi * sigma**2) + ((y - mu) / sigma) ** 2)
    assert objective()(net, given).terms["gll"] == pytest.approx(total / len(given), rel=1e-6)


def test_the_score_is_the_official_one(net: Network) -> None:
    given = tiny.batch()
    assert given.truth is not None
    output = net(given)
    truth, mu, sigma = (values.detach().double().numpy() for values in (given.truth, output.mu, output.sigma))
    scores = element_scores(truth, mu, sigma, float(LABELS.mean()), float(LABELS.std()))
    expected = FGS1_WEIGHT * scores[:, 0] + (1.0 - FGS1_WEIGHT) * scores[:, 1:].mean(axis=1)
    assert objective()(net, given).terms["score"] == pytest.approx(expected.mean(), rel=1e-5)


def test_the_total_has_the_symbolic_terms(net: Network) -> None:
    given = tiny.batch()
    without = objective(*(f"loss.weights.{name}=0" for name in ("smoothness", "nonnegativity", "coherence", "seam", "ratio", "quantile")))
    assert without(net, given).terms["total"] == pytest.approx(without(net, given).terms["gll"], rel=1e-9)
    terms = objective("loss.weights.smoothness=1e6")(net, given).terms
    assert terms["symbolic"] > 0.0
    assert terms["total"] == pytest.approx(terms["gll"] + terms["symbolic"], rel=1e-9)
    assert terms["gll"] == pytest.approx(without(net, given).terms["gll"], rel=1e-12)


def test_a_batch_may_be_taken_in_parts(net: Network) -> None:
    given, chosen = tiny.batch(5), objective("loss.weights.smoothness=1e6")
    whole = chosen(net, given).terms
    parts = [given.part(slice(0, 2)), given.part(slice(2, 5))]
    for name, value in whole.items():
        assert sum(len(part) / 5 * chosen(net, part).terms[name] for part in parts) == pytest.approx(value, rel=1e-4, abs=1e-9)


def test_gradients_reach_what_predicts() -> None:
    network = tiny.network()
    objective()(network, tiny.batch()).total.backward()  # type: ignore[no-untyped-call]
    for part in (network.decoder, network.sigma_head):
        assert any(p.grad is not None and p.grad.any() for p in part.parameters())
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_labels_that_are_all_alike_are_no_error(net: Network) -> None:
    alike = Supervised.of(objective().pack, np.full((2, tiny.BINS), 0.0146))
    assert math.isfinite(alike(net, tiny.batch()).terms["gll"])


def test_a_truth_is_needed(net: Network) -> None:
    with pytest.raises(ValueError, match="truth"):
        objective()(net, replace(tiny.batch(), truth=None))
