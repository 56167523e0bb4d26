"""How good predictions of labelled planets are: score, likelihood, coverage, and which laws they break."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from spectramind.evaluation.metric import bin_weights, official_metric
from spectramind.features.planet.spectrum import SMALLEST_DEPTH
from spectramind.symbolic.pack import SymbolicPack
from spectramind.training.out_of_fold import Predictions
from spectramind.training.results import Measurement

# Half width, in standard deviations, of the central interval of a Gaussian with these shares in percent.
HALF_WIDTHS = {"68": 0.994457883209753, "90": 1.6448536269514722, "95": 1.959963984540054}


def measure(predictions: Predictions, labels: NDArray[np.float64], pack: SymbolicPack) -> Measurement:
    """Measure predictions.

    Args:
        labels: (planet, bin) truths whose mean and scatter are the naive prediction of the official metric.
        pack: Terms whose tolerances say what a violation is.

    Raises:
        ValueError: If a prediction is not finite.
    """
    truth, sigma = predictions.truth, predictions.sigma
    # As in a submission: the metric does not take depths below zero, the symbolic terms are there to see them.
    mu = np.maximum(predictions.mu, SMALLEST_DEPTH)
    z = (truth - mu) / sigma
    weights = bin_weights(truth.shape[1])
    metric = official_metric(truth, mu, sigma, naive_mean=float(labels.mean()), naive_sigma=float(labels.std()))
    likelihood = (-0.5 * np.log(2.0 * np.pi) - np.log(sigma) - 0.5 * z**2) @ weights
    quantiles = None if predictions.quantiles is None else torch.from_numpy(predictions.quantiles)
    violated = pack.violations(torch.from_numpy(predictions.mu), quantiles)
    return Measurement(
        score=metric.unclipped,
        gll=float(likelihood.mean()),
        z_std=float(z.std()),
        coverage={share: float((np.abs(z) <= width).mean()) for share, width in HALF_WIDTHS.items()},
        violations={name: float(planets.double().mean()) for name, planets in violated.items()},
    )
