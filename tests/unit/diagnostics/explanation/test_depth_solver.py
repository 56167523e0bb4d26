"""The solver of many data is the physical model."""

from __future__ import annotations

import numpy as np
import tiny_limb

from spectramind.diagnostics.explanation.depth_solver import DepthSolver
from spectramind.features.noise.limb_evidence import LimbPrior
from spectramind.features.planet.spectrum import SMALLEST_DEPTH, PlanetPrior, VisitEvidence, predict_spectrum
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.features.spectrum.prior import SpectrumPrior

BINS = 24
WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, BINS - 1))
GENERATOR = np.random.default_rng(3)
MIXED = GENERATOR.normal(0.0, 3e-5, (BINS, BINS))
PRECISION = np.asarray(np.linalg.inv(MIXED @ MIXED.T + 1e-8 * np.eye(BINS)), dtype=np.float64)


def test_depths_and_sigmas_are_those_of_the_model_for_every_case() -> None:
    """Spectra of very different roughness, so that the members of the prior weigh differently."""
    prior = SpectrumPrior.learned(WAVELENGTH_UM, 0.012 + GENERATOR.normal(0.0, 1e-4, (40, BINS)))
    depth = np.array([0.004, 0.012, 0.02])[:, None] + GENERATOR.normal(0.0, 1.0, (3, BINS)) * np.array([1e-5, 1e-4, 2e-3])[:, None]
    mean, sigma = DepthSolver(PRECISION, prior, sigma_min=1e-6)(depth)
    for row, each in enumerate(depth):
        likelihood = DepthLikelihood(precision=PRECISION, right=PRECISION @ each, log_evidence=0.0)
        visit = VisitEvidence(likelihood=likelihood, limb=tiny_limb.silent(BINS), converged=True)
        expected = predict_spectrum([visit], PlanetPrior(spectrum=prior, limb=LimbPrior.of_fit()), 1e-6)
        np.testing.assert_allclose(mean[row], expected.mu, rtol=0.0, atol=1e-11)
        np.testing.assert_allclose(sigma[row], expected.sigma, rtol=1e-5)


def test_neither_falls_below_its_floor() -> None:
    mean, sigma = DepthSolver(PRECISION, SpectrumPrior.generic(WAVELENGTH_UM), sigma_min=0.5)(np.full((1, BINS), -0.02))
    assert (mean == SMALLEST_DEPTH).any()
    assert (sigma == 0.5).all()
