"""The whole network."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tiny_network as tiny
import torch

from spectramind.models.batch import NODE_FEATURES
from spectramind.models.network import WAVELENGTH
from spectramind.utils.config import load_config
from spectramind.utils.errors import ConfigError

BATCH = tiny.batch(3)


def test_shapes_of_everything_it_says() -> None:
    net = tiny.network()
    output = net(BATCH, with_attention=True)
    edges = net.graph.index.shape[1]
    found = {name: None if value is None else tuple(value.shape) for name, value in vars(output).items()}
    assert found == {
        "mu": (3, tiny.BINS),
        "sigma": (3, tiny.BINS),
        "quantiles": None,
        "light_latent": (3, 8),
        "light_steps": (3, 20, 8),
        "node_states": (3, tiny.BINS, 8),
        "spectrum_latent": (3, 8),
        "fused_latent": (3, 8),
        "attention": (2, 3, edges, 2),
        "reconstruction": (3, tiny.BINS, 2),
    }


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_an_untrained_network_is_its_baseline_in_the_baselines_type(kind: torch.dtype) -> None:
    batch = replace(BATCH, baseline_mean=BATCH.baseline_mean.to(kind), baseline_sigma=BATCH.baseline_sigma.to(kind))
    output = tiny.network()(batch)
    assert torch.equal(output.mu, batch.baseline_mean)
    assert torch.equal(output.sigma, batch.baseline_sigma.clamp_min(tiny.SIGMA_MIN))
    assert output.node_states.dtype == torch.float32


def test_the_same_seed_gives_the_same_network_and_gradients_to_the_bit() -> None:
    first, second = (tiny.trained(tiny.network(), BATCH) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))
    other = tiny.trained(tiny.network(seed=1), BATCH)
    assert not all(torch.equal(one, two) for one, two in zip(first.parameters(), other.parameters(), strict=True))


def test_a_planet_is_predicted_the_same_alone_and_among_others() -> None:
    net = tiny.trained(tiny.network(), BATCH)
    together, alone = net(BATCH), net(BATCH.part(slice(1, 2)))
    torch.testing.assert_close(together.mu[1:2], alone.mu, rtol=0.0, atol=1e-9)
    torch.testing.assert_close(together.sigma[1:2], alone.sigma, rtol=1e-5, atol=0.0)


def test_a_masked_bin_shows_its_wavelength_and_nothing_else() -> None:
    net, masked = tiny.network(), torch.zeros(3, tiny.BINS, dtype=torch.bool)
    masked[:, 10:15] = True
    hidden = [feature for feature in range(len(NODE_FEATURES)) if feature != WAVELENGTH]
    nodes, moved = BATCH.nodes.clone(), BATCH.nodes.clone()
    nodes[:, 10:15, hidden] += 5.0
    moved[:, 10:15, WAVELENGTH] += 1.0
    plain, changed, elsewhere = (net(replace(BATCH, nodes=values), masked=masked) for values in (BATCH.nodes, nodes, moved))
    assert torch.equal(plain.reconstruction, changed.reconstruction)
    assert not torch.equal(plain.reconstruction, elsewhere.reconstruction)
    assert not torch.equal(plain.reconstruction, net(BATCH).reconstruction)


def test_the_token_of_masked_bins_learns() -> None:
    net, masked = tiny.network(), torch.rand(3, tiny.BINS, generator=torch.Generator().manual_seed(0)) < 0.4
    net(BATCH, masked=masked).reconstruction[masked].square().mean().backward()
    assert net.hidden_node.grad is not None
    assert net.hidden_node.grad.abs().sum() > 0.0
    assert net.hidden_node.grad[WAVELENGTH] == 0.0


def test_weights_come_back_from_a_state_dict() -> None:
    source, target = tiny.trained(tiny.network(), BATCH), tiny.network(seed=1)
    target.load_state_dict(source.state_dict())
    assert torch.equal(source(BATCH).mu, target(BATCH).mu)
    assert all(values.dtype == torch.float32 for values in source.state_dict().values())


def test_a_network_without_any_encoder_is_refused() -> None:
    config = tiny.model_config(fgs1=replace(tiny.FGS1, kind="none"), airs=replace(tiny.AIRS, kind="none"))
    with pytest.raises(ConfigError, match="no encoder"):
        tiny.network(config)


def test_the_default_network_fits_a_small_machine() -> None:
    config = load_config(["model=network"]).model
    net = tiny.network(replace(config, decoder=replace(config.decoder, middle_bins=tiny.BINS - 1)))
    assert sum(weight.numel() for weight in net.parameters()) < 100_000
