"""Integrals over some unknowns, and over the others afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from spectramind.features.solver.gaussian_likelihood import GaussianLikelihood
from spectramind.features.solver.rest import RestPrior

Array = NDArray[np.float64]

SIZE, DATA = 7, 12
RNG = np.random.default_rng(5)
DESIGN, NOISE = RNG.normal(size=(DATA, SIZE)), RNG.normal(size=DATA)
LIKELIHOOD = GaussianLikelihood(precision=DESIGN.T @ DESIGN, right=DESIGN.T @ NOISE, log_evidence=-0.5 * float(NOISE @ NOISE))
OFFSET, SIGMA = RNG.normal(size=SIZE), RNG.uniform(0.1, 2.0, SIZE)


def part(places: NDArray[np.int64]) -> RestPrior:
    return RestPrior(offset=OFFSET[places], blocks=(SIGMA[places],))


def test_the_evidence_is_that_of_the_data() -> None:
    """Steps count from a state that is ahead of the prior mean by the offset."""
    spread = np.eye(DATA) + (DESIGN * SIGMA**2) @ DESIGN.T
    expected = multivariate_normal(-DESIGN @ OFFSET, spread).logpdf(NOISE) + 0.5 * DATA * np.log(2.0 * np.pi)
    assert LIKELIHOOD.log_evidence_under(part(np.arange(SIZE))) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("columns", [slice(0, 2), slice(2, 5), slice(4, None)])
def test_integrating_in_two_steps_is_integrating_at_once(columns: slice) -> None:
    places = np.arange(SIZE)
    left = LIKELIHOOD.without(columns, part(places[columns]))
    found = left.log_evidence_under(part(np.delete(places, columns)))
    assert found == pytest.approx(LIKELIHOOD.log_evidence_under(part(places)), rel=1e-9)
