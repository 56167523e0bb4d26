"""Windows of molecules in the data: found where they are drawn, at the strength and with the error they have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.contrast import window_contrasts
from spectramind.diagnostics.explanation.players import molecule_windows
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood

WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, 282))
SIGMA = 1e-4


def likelihood(depth: NDArray[np.float64]) -> DepthLikelihood:
    precision = np.eye(depth.size) / SIGMA**2
    return DepthLikelihood(precision=precision, right=precision @ depth, log_evidence=0.0)


def test_one_window_is_found_and_neither_slope_nor_fgs1_is_taken_for_one() -> None:
    depth = 0.01 + 5e-4 * (WAVELENGTH_UM - 3.0)
    depth[0] = 0.02
    depth[molecule_windows(WAVELENGTH_UM)["CH4"]] += 3e-4
    found = {each.molecule: each for each in window_contrasts(likelihood(depth), WAVELENGTH_UM)}
    np.testing.assert_allclose(found["CH4"].depth, 3e-4, rtol=1e-6)
    assert found["CH4"].significance > 10.0
    assert max(abs(found[molecule].depth) for molecule in ("H2O", "CO2", "CO")) < 1e-10


def test_the_significance_of_noise_is_one() -> None:
    noise = np.random.default_rng(2).normal(0.0, SIGMA, (200, WAVELENGTH_UM.size))
    seen = [[each.significance for each in window_contrasts(likelihood(0.01 + each), WAVELENGTH_UM)] for each in noise]
    np.testing.assert_allclose(np.std(seen, axis=0), 1.0, atol=0.2)


def test_no_window_no_contrast() -> None:
    wavelength_um = np.array([0.7, 2.0, 2.1, 3.8, 3.9])
    assert window_contrasts(likelihood(np.full(5, 0.01)), wavelength_um) == ()
