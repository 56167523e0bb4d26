"""The objective: what the data say of a prediction (section 8.1, or the official metric) plus the symbolic pack (sections 8.2 and 34)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from spectramind.evaluation.metric import AIRS_PERFECT_SIGMA, FGS1_PERFECT_SIGMA, SMALLEST_SIGMA, bin_weights
from spectramind.symbolic.pack import SymbolicLoss


@dataclass(frozen=True, kw_only=True)
class Objective:
    """The loss of a batch.

    Attributes:
        data: (planet,) loss of the data term.
        symbolic: The symbolic terms.
        total: Mean of the data term over planets plus the symbolic total.
    """

    data: Tensor
    symbolic: SymbolicLoss
    total: Tensor

    def breakdown(self) -> dict[str, float]:
        """Return JSON-ready means over planets: total, data, symbolic, and symbolic terms before their weights as ``symbolic_<term>``."""
        parts = self.symbolic.breakdown()
        symbolic = parts.pop("total")
        sums = {"total": float(self.total.detach()), "data": float(self.data.detach().mean()), "symbolic": symbolic}
        return sums | {f"symbolic_{name}": value for name, value in parts.items()}


def total_loss(data: Tensor, symbolic: SymbolicLoss) -> Objective:
    """Return L = mean over planets of the data term + L_sym (section 34); ``data`` (planet,) is either of the losses below."""
    return Objective(data=data, symbolic=symbolic, total=data.mean() + symbolic.total)


def gaussian_nll(truth: Tensor, mu: Tensor, sigma: Tensor, *, weights: Tensor | None = None, valid: Tensor | None = None) -> Tensor:
    """Return the (planet,) negative log-likelihood 1/2 sum_i [log(2 pi sigma_i^2) + (y_i - mu_i)^2 / sigma_i^2] (section 8.1).

    Args:
        truth: (planet, bin) true depths.
        mu: (planet, bin) predicted depths.
        sigma: (planet, bin) their standard deviations, which the caller keeps at or above ``loss.sigma_min``.
        weights: (bin,) factor of every bin, None for 1.
        valid: (planet, bin) bool, bins that count, None for all; elsewhere the truth may be anything.
    """
    truth, mu, sigma = _full_precision(truth, mu, sigma)
    if valid is not None:
        truth = torch.where(valid, truth, mu.detach())
    elements = 0.5 * (math.log(2.0 * math.pi) + 2.0 * sigma.log() + ((truth - mu) / sigma) ** 2)
    if weights is not None:
        elements = elements * weights.to(elements)
    if valid is not None:
        elements = torch.where(valid, elements, torch.zeros_like(elements))
    return elements.sum(dim=1)


def official_score_loss(truth: Tensor, mu: Tensor, sigma: Tensor, naive_mean: float, naive_sigma: float) -> Tensor:
    """Return (planet,) minus the weighted mean over bins of the official element scores (`evaluation.metric.element_scores`).

    Not clipped: -1 is perfect, 0 as good as the naive prediction. The arguments are those of the metric, as tensors (planet, bin).
    """
    truth, mu, sigma = _full_precision(truth, mu, sigma)
    sigma = sigma.clamp_min(SMALLEST_SIGMA)
    perfect = truth.new_full(truth.shape[1:], AIRS_PERFECT_SIGMA)
    perfect[0] = FGS1_PERFECT_SIGMA
    naive = -math.log(naive_sigma) - 0.5 * ((truth - naive_mean) / naive_sigma) ** 2
    predicted = -sigma.log() - 0.5 * ((truth - mu) / sigma) ** 2
    scores = (predicted - naive) / (-perfect.log() - naive)
    return -(scores * torch.from_numpy(bin_weights(truth.shape[1])).to(scores)).sum(dim=1)


def _full_precision(truth: Tensor, mu: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return all three in at least single precision: depths of 1e-2 and residuals of 1e-5 do not fit into bfloat16."""
    dtype = torch.promote_types(torch.promote_types(mu.dtype, sigma.dtype), torch.float32)
    return truth.to(dtype), mu.to(dtype), sigma.to(dtype)
