"""Predictions of the labelled planets, each by the member of an ensemble that was not trained on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from spectramind.models.network import Network, build_network
from spectramind.training.collate import collate
from spectramind.training.ensemble import MemberRecord
from spectramind.training.examples import PlanetExample
from spectramind.training.setup import TrainingSetup, examples_of
from spectramind.training.weights import member_weights

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Spectra of planets whose truth is known.

    Attributes:
        truth, mu, sigma: (planet, bin) depths, predicted depths, and their standard deviations.
        quantiles: (3, planet, bin) 10, 50 and 90 % quantiles, None where the head makes none.
    """

    truth: Array
    mu: Array
    sigma: Array
    quantiles: Array | None = None


def judged_examples(setup: TrainingSetup) -> tuple[PlanetExample, ...]:
    """Return the planets that some member was not trained on, fold after fold."""
    return tuple(each for fold in range(setup.config.train.members) for each in examples_of(setup, setup.splits.validation_ids(fold)))


def physical_predictions(examples: Sequence[PlanetExample]) -> Predictions:
    """Return what the transit inference alone says of planets."""
    return Predictions(
        truth=_truths(examples),
        mu=np.stack([example.depth for example in examples]),
        sigma=np.stack([example.depth_sigma for example in examples]),
    )


def predict_out_of_fold(setup: TrainingSetup, members: Sequence[MemberRecord]) -> Predictions:
    """Let the best checkpoint of every member predict its own fold; the planets are those of `judged_examples`.

    Raises:
        InputDataError: If a checkpoint is not the one that was recorded.
    """
    parts = []
    for member in sorted(members, key=lambda member: member.fold):
        examples = examples_of(setup, setup.splits.validation_ids(member.fold))
        network = _trained_network(setup, member)
        size = setup.config.train.batch_size
        parts += [_predict(network, examples[start : start + size]) for start in range(0, len(examples), size)]
    quantiles = [part.quantiles for part in parts if part.quantiles is not None]
    return Predictions(
        truth=np.concatenate([part.truth for part in parts]),
        mu=np.concatenate([part.mu for part in parts]),
        sigma=np.concatenate([part.sigma for part in parts]),
        quantiles=np.concatenate(quantiles, axis=1) if quantiles else None,
    )


def _trained_network(setup: TrainingSetup, member: MemberRecord) -> Network:
    network = build_network(
        setup.config.model,
        wavelength_um=np.array(setup.wavelength_um),
        seam_bins=setup.config.data.extraction.seam_bins,
        sigma_min=setup.config.loss.sigma_min,
    )
    network.load_state_dict(member_weights(setup.workspace, member))
    return network.eval()


@torch.no_grad()
def _predict(network: Network, examples: Sequence[PlanetExample]) -> Predictions:
    output = network(collate(examples))
    return Predictions(
        truth=_truths(examples),
        mu=output.mu.double().numpy(),
        sigma=output.sigma.double().numpy(),
        quantiles=None if output.quantiles is None else output.quantiles.double().numpy(),
    )


def _truths(examples: Sequence[PlanetExample]) -> Array:
    return np.array([example.truth for example in examples], dtype=np.float64)
