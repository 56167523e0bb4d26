"""Every combination of registered parts."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product

import pytest
import tiny_network as tiny
import torch

from spectramind.models.registry import registered
from spectramind.utils.config.learning import AIRSEncoderConfig, FGS1EncoderConfig, FusionConfig, ModelConfig

COMBINATIONS = [parts for parts in product(*registered().values()) if parts[:2] != ("none", "none")]


def test_the_registry_has_what_the_configuration_offers() -> None:
    owners = {"fgs1.kind": FGS1EncoderConfig, "airs.kind": AIRSEncoderConfig, "fusion.kind": FusionConfig, "sigma_head": ModelConfig}
    assert owners.keys() == registered().keys()
    for key, owner in owners.items():
        offered = {field.name: field.metadata for field in fields(owner)}[key.rpartition(".")[2]]["choices"]
        assert set(registered()[key]) == set(offered)


@pytest.mark.parametrize(("light", "spectrum", "fusion", "head"), COMBINATIONS)
def test_every_combination_predicts_and_learns(light: str, spectrum: str, fusion: str, head: str) -> None:
    config = tiny.model_config(fgs1=replace(tiny.FGS1, kind=light), airs=replace(tiny.AIRS, kind=spectrum), fusion=fusion, sigma_head=head)
    net, batch = tiny.network(config), tiny.batch(3)
    before = net(batch)
    assert torch.equal(before.mu, batch.baseline_mean)
    assert torch.equal(before.sigma, batch.baseline_sigma.clamp_min(tiny.SIGMA_MIN))
    after = tiny.trained(net, batch)(batch)
    assert not torch.equal(after.mu, before.mu)
    assert not torch.equal(after.sigma, before.sigma)
    assert (after.sigma >= tiny.SIGMA_MIN).all()
    assert (after.quantiles is not None) == (head == "quantiles")
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in net.parameters())
