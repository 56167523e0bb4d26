"""Encoder of the spectrum."""

from __future__ import annotations

import tiny_network as tiny
import torch

from spectramind.models.graph import SpectralGraph, spectral_graph
from spectramind.models.spectrum_encoder import NoSpectrum, SpectrumEncoder

NODES = tiny.batch(3).nodes


def graph(seam_bins: tuple[int, ...] = ()) -> SpectralGraph:
    return spectral_graph(tiny.WAVELENGTH_UM, seam_bins, neighbours=2, window_links=2)


def encoder(seam_bins: tuple[int, ...] = ()) -> SpectrumEncoder:
    torch.manual_seed(0)
    return SpectrumEncoder(tiny.AIRS, graph(seam_bins))


def test_shapes() -> None:
    states, latent, attention = encoder()(NODES, with_attention=True)
    assert states.shape == (3, tiny.BINS, 8)
    assert latent.shape == (3, 8)
    assert attention.shape == (2, 3, graph().index.shape[1], 2)
    assert encoder()(NODES)[2] is None


def test_attention_is_shared_out_over_what_a_bin_hears_of() -> None:
    _, _, attention = encoder()(NODES, with_attention=True)
    totals = torch.zeros(2, 3, tiny.BINS, 2).index_add_(2, graph().index[1], attention.detach())
    torch.testing.assert_close(totals, torch.ones_like(totals))


def test_planets_do_not_hear_of_each_other() -> None:
    model = encoder()
    states, latent, _ = model(NODES)
    for planet in range(3):
        alone, alone_latent, _ = model(NODES[planet : planet + 1])
        torch.testing.assert_close(states[planet], alone[0], rtol=0.0, atol=1e-6)
        torch.testing.assert_close(latent[planet], alone_latent[0], rtol=0.0, atol=1e-6)


def test_two_layers_carry_a_change_two_links_far_and_no_further() -> None:
    model, changed, links = encoder(), NODES.clone(), graph().index
    changed[:, 20] += 1.0
    moved = (model(changed)[0] - model(NODES)[0]).abs().amax((0, 2)) > 0.0
    reached = torch.zeros(tiny.BINS, dtype=torch.bool)
    reached[20] = True
    for _ in range(2):
        reached[links[1][reached[links[0]]]] = True
    assert torch.equal(moved, reached)
    assert not reached.all()


def test_features_of_the_links_matter() -> None:
    assert not torch.equal(encoder()(NODES)[0], encoder((20,))(NODES)[0])


def test_no_encoder_gives_zeros_of_the_same_shapes() -> None:
    states, latent, attention = NoSpectrum(tiny.AIRS, graph())(NODES, with_attention=True)
    assert attention is None
    for found, expected in zip((states, latent), encoder()(NODES)[:2], strict=True):
        assert found.shape == expected.shape
        assert not found.any()
