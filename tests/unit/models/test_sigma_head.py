"""Heads of the uncertainty."""

from __future__ import annotations

import math

import pytest
import tiny_network as tiny
import torch
from scipy.special import ndtri
from torch import Tensor, nn

from spectramind.models.registry import SIGMA_HEADS
from spectramind.models.sigma_head import LARGEST_CHANGE, UNIT_QUANTILE, BoundedChange, QuantileHead

BATCH = tiny.batch(3)
GENERATOR = torch.Generator().manual_seed(0)
LATENT, STATES = torch.randn(3, 8, generator=GENERATOR), torch.randn(3, tiny.BINS, 8, generator=GENERATOR)


def said(head: nn.Module) -> tuple[Tensor, Tensor | None]:
    answer: tuple[Tensor, Tensor | None] = head(LATENT, STATES, BATCH.baseline_mean, BATCH.baseline_sigma)
    return answer


def made(kind: str, *, constant: float = 0.0) -> nn.Module:
    """A head whose change is the bounded constant."""
    torch.manual_seed(0)
    head = SIGMA_HEADS[kind](tiny.model_config(sigma_head=kind), tiny.SIGMA_MIN)
    with torch.no_grad():
        head.change.of_bin.bias.fill_(constant)  # type: ignore[union-attr, operator]
    return head


@pytest.mark.parametrize("kind", SIGMA_HEADS)
def test_it_starts_at_the_baseline_with_a_floor(kind: str) -> None:
    sigma, _ = said(made(kind))
    assert (BATCH.baseline_sigma < tiny.SIGMA_MIN).any()
    assert torch.equal(sigma, BATCH.baseline_sigma.clamp_min(tiny.SIGMA_MIN))


def test_quantiles_start_as_those_of_the_baseline() -> None:
    _, quantiles = said(made("quantiles"))
    assert quantiles is not None
    for quantile, share in zip(quantiles, (0.1, 0.5, 0.9), strict=True):
        torch.testing.assert_close(quantile, BATCH.baseline_mean + ndtri(share) * BATCH.baseline_sigma, rtol=0.0, atol=1e-15)


@pytest.mark.parametrize("size", [-1e6, 1e6])
def test_changes_are_bounded(size: float) -> None:
    sigma, _ = said(made("log_sigma", constant=size))
    bound = math.exp(math.copysign(LARGEST_CHANGE, size))
    torch.testing.assert_close(sigma, (BATCH.baseline_sigma * bound).clamp_min(tiny.SIGMA_MIN))


def test_quantiles_may_cross_but_sigma_keeps_its_floor() -> None:
    head = made("quantiles")
    assert isinstance(head, QuantileHead)
    with torch.no_grad():
        head.change.of_bin.bias.copy_(torch.tensor([50.0, -50.0]))
    sigma, quantiles = said(head)
    assert quantiles is not None
    assert (quantiles[0] > quantiles[2]).all()
    assert torch.equal(sigma, torch.full_like(sigma, tiny.SIGMA_MIN))


def test_sigma_follows_from_the_outer_quantiles() -> None:
    head = made("quantiles")
    assert isinstance(head, QuantileHead)
    with torch.no_grad():
        head.change.of_bin.bias.copy_(torch.tensor([-0.4, 0.7]))
    sigma, quantiles = said(head)
    assert quantiles is not None
    torch.testing.assert_close(sigma, ((quantiles[2] - quantiles[0]) / (2.0 * UNIT_QUANTILE)).clamp_min(tiny.SIGMA_MIN))
    assert torch.equal(quantiles[1], BATCH.baseline_mean)


@pytest.mark.parametrize("kind", SIGMA_HEADS)
def test_detectors_share_a_shift_and_bins_have_their_own(kind: str) -> None:
    change = made(kind).change
    assert isinstance(change, BoundedChange)
    with torch.no_grad():
        change.of_detector.bias[: change.of_bin.out_features] = 1.0
        shifted = change(LATENT, STATES)
        change.of_bin.weight.normal_()
        own = change(LATENT, STATES)[:, 1:]
    assert (shifted[:, 0] > 0.9).all()
    assert not shifted[:, 1:].any()
    assert float(own.std(1).min()) > 0.0
