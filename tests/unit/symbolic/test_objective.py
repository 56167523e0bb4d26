"""The objective: likelihood, official metric, and the sum with the symbolic terms."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tiny_symbolic as tiny
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from torch import Tensor

from spectramind.evaluation.metric import bin_weights, element_scores, official_metric
from spectramind.symbolic.objective import gaussian_nll, official_score_loss, total_loss

NAIVE = (0.0146, 0.0105)
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**31)


def draw(seed: int, bins: int = tiny.BINS) -> tuple[Tensor, Tensor, Tensor]:
    """Truth, mu and sigma."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.004, 0.08, (3, bins))
    sigma = np.exp(rng.uniform(np.log(1e-6), np.log(1e-2), truth.shape))
    mu = np.abs(truth + sigma * rng.normal(size=truth.shape))
    return torch.from_numpy(truth), torch.from_numpy(mu), torch.from_numpy(sigma)


@few
@given(seed=seeds)
def test_the_likelihood_is_that_of_a_normal_distribution(seed: int) -> None:
    truth, mu, sigma = draw(seed)
    expected = -np.asarray(norm.logpdf(truth.numpy(), mu.numpy(), sigma.numpy()))
    np.testing.assert_allclose(gaussian_nll(truth, mu, sigma).numpy(), expected.sum(axis=1), rtol=1e-10)
    weights = bin_weights(tiny.BINS)
    weighted = gaussian_nll(truth, mu, sigma, weights=torch.from_numpy(weights))
    np.testing.assert_allclose(weighted.numpy(), expected @ weights, rtol=1e-10)


def test_bins_that_are_not_valid_do_not_count_whatever_the_truth() -> None:
    truth, mu, sigma = draw(1)
    valid = torch.rand(truth.shape, generator=torch.Generator().manual_seed(0)) < 0.7
    expected = torch.where(valid, torch.from_numpy(-norm.logpdf(truth, mu, sigma)), torch.zeros_like(truth)).sum(dim=1)
    truth[~valid] = float("nan")
    mu.requires_grad_()
    sigma.requires_grad_()
    loss = gaussian_nll(truth, mu, sigma, valid=valid)
    torch.testing.assert_close(loss, expected)
    gradients = torch.autograd.grad(loss.sum(), (mu, sigma))
    assert all(torch.isfinite(gradient).all() and not gradient[~valid].any() for gradient in gradients)


@few
@given(seed=seeds)
def test_the_official_loss_is_minus_the_official_score(seed: int) -> None:
    truth, mu, sigma = draw(seed)
    sigma[0, 3] = 0.0
    mu[0, 3] = truth[0, 3]
    expected = element_scores(truth, mu, sigma, *NAIVE) @ bin_weights(tiny.BINS)
    loss = official_score_loss(truth, mu, sigma, *NAIVE)
    np.testing.assert_allclose(-loss.numpy(), expected, rtol=1e-10, atol=1e-10)
    report = official_metric(truth, mu, sigma, naive_mean=NAIVE[0], naive_sigma=NAIVE[1])
    assert -float(loss.mean()) == pytest.approx(report.unclipped, rel=1e-10, abs=1e-10)


def test_perfection_scores_one() -> None:
    truth, _, _ = draw(2)
    sigma = torch.full_like(truth, 1e-5)
    sigma[:, 0] = 1e-6
    torch.testing.assert_close(official_score_loss(truth, truth, sigma, *NAIVE), -torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("loss", ["likelihood", "official"])
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    truth, mu, sigma = (values[:, :7] for values in draw(3))
    inputs = mu.clone().requires_grad_(), (sigma + 1e-2).requires_grad_()

    def value(mu: Tensor, sigma: Tensor) -> Tensor:
        return gaussian_nll(truth, mu, sigma) if loss == "likelihood" else official_score_loss(truth, mu, sigma, *NAIVE)

    assert torch.autograd.gradcheck(value, inputs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_losses_are_at_least_in_single_precision(dtype: torch.dtype) -> None:
    truth, mu, sigma = draw(4)
    sigma = sigma + 1e-4
    for exact, low in (
        (gaussian_nll(truth, mu, sigma), gaussian_nll(truth, mu.to(dtype), sigma.float())),
        (official_score_loss(truth, mu, sigma, *NAIVE), official_score_loss(truth, mu.to(dtype), sigma.float(), *NAIVE)),
    ):
        assert low.dtype == torch.float32
        if dtype == torch.float32:
            torch.testing.assert_close(low.double(), exact, rtol=1e-3, atol=1e-3)


def loss_total_of_section_34(mu: Tensor, sigma: Tensor, y: Tensor, quantiles: Tensor) -> Tensor:
    """The reference code, with its eps of the ratio at 1e-9 and the weight of smoothness at the photometer 0."""
    pack, config = tiny.pack(), tiny.config()
    win_map = {name: torch.from_numpy(inside.nonzero()[0]) for name, inside in zip(pack.windows.names, pack.windows.inside, strict=True)}
    dl = torch.from_numpy(pack.windows.width_um)
    res = (y - mu) / sigma
    gll = (0.5 * (res**2 + 2.0 * sigma.log() + math.log(2 * math.pi))).sum(-1).mean()
    d2 = mu[..., 2:] - 2 * mu[..., 1:-1] + mu[..., :-2]
    w_sm = torch.ones(tiny.BINS - 2, dtype=mu.dtype)
    for idx in win_map.values():
        w_sm[idx[idx < tiny.BINS - 1] - 1] = config.smoothness_in_windows
    w_sm[0] = 0.0
    total = gll + (w_sm * d2**2).sum(-1).mean() + torch.relu(-mu).sum(-1).mean()
    for row, idx in enumerate(win_map.values()):
        mu_m, t_m = mu.index_select(-1, idx), torch.from_numpy(pack.windows.template[row])[idx]
        s_m = mu_m / mu_m.norm(p=2, dim=-1, keepdim=True).clamp_min(1e-6)
        total = total + (torch.relu(t_m - s_m) ** 2).sum(-1).mean()
    total = total + ((mu[..., tiny.SEAM - 1] - mu[..., tiny.SEAM]) ** 2).mean()
    areas = {m: (mu.index_select(-1, idx) * dl.index_select(0, idx)).sum(-1) for m, idx in win_map.items()}
    for name, (low, high) in (("CH4", config.ch4_to_h2o), ("CO2", config.co2_to_h2o)):
        r = areas[name] / (areas["H2O"] + 1e-9)
        total = total + (torch.relu(low - r) + torch.relu(r - high)).mean()
    return total + (torch.relu(quantiles[0] - quantiles[1]) + torch.relu(quantiles[1] - quantiles[2])).sum(-1).mean()


@few
@given(seed=seeds)
def test_the_total_and_its_gradient_are_those_of_section_34(seed: int) -> None:
    truth, mu, sigma = draw(seed)
    sigma = sigma.clamp_min(1e-4)
    mu = (mu - 0.01).requires_grad_()
    quantiles = mu + 1e-2 * torch.randn((3, *mu.shape), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    objective = total_loss(gaussian_nll(truth, mu, sigma), tiny.pack()(mu, quantiles))
    expected = loss_total_of_section_34(mu, sigma, truth, quantiles)
    torch.testing.assert_close(objective.total, expected, rtol=1e-10, atol=0.0)
    gradients = [torch.autograd.grad(total, mu, retain_graph=True)[0] for total in (objective.total, expected)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-10)


def test_the_breakdown_adds_up() -> None:
    truth, mu, sigma = draw(6)
    objective = total_loss(official_score_loss(truth, mu, sigma, *NAIVE), tiny.pack()(mu - 0.02))
    breakdown = json.loads(json.dumps(objective.breakdown()))
    assert breakdown["total"] == pytest.approx(breakdown["data"] + breakdown["symbolic"])
    assert breakdown["symbolic"] == pytest.approx(sum(breakdown[f"symbolic_{name}"] for name in tiny.TERMS))
    assert breakdown["data"] == pytest.approx(float(objective.data.mean()))
