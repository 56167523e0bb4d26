"""What light curves say of planets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tiny_latents
import tiny_limb

from spectramind.diagnostics.latents.physical import (
    LIGHT_CURVE_FEATURES,
    SHAPES,
    fft_class,
    light_curve_facts,
    physical_vectors,
)
from spectramind.features.planet.spectrum import VisitEvidence
from spectramind.features.spectrum.depth_likelihood import DepthLikelihood
from spectramind.training.load import VisitFeatures


def visit(seed: int = 3, **transit: Any) -> VisitFeatures:
    arrays = tiny_latents.features(seed)
    arrays["transit"] |= transit
    own = arrays["transit"]
    likelihood = DepthLikelihood(precision=own["likelihood_precision"], right=own["likelihood_right"], log_evidence=0.0)
    evidence = VisitEvidence(likelihood=likelihood, limb=tiny_limb.silent(likelihood.right.size), converged=True)
    return VisitFeatures(evidence=evidence, arrays=dict(arrays), key="k")


def test_the_vector_says_what_its_names_say() -> None:
    bins = tiny_latents.features(3)["transit"]["noise_scale"].size
    measured = visit(
        noise_scale=np.full(bins, 2.0),
        search=np.array([3.0, 2.5, 0.01, 9.0]),
        shared=np.array([3.0, 0.0, 2.2, 0.36]),
        noise=np.arange(10.0),
    )
    measured.arrays["airs_bins"] |= {  # type: ignore[operator]
        "moments": np.tile([0.0, 4.0, 1.6, 48.0], (bins, 1)),
        "fft_power": np.tile(np.exp([1.0, 2.0, 3.0, 4.0]), (bins, 1)),
    }
    named = dict(zip(LIGHT_CURVE_FEATURES, light_curve_facts([measured]).vector, strict=True))
    assert named == pytest.approx(
        {
            **{"log_noise_scale_airs": np.log(2.0), "log_noise_scale_fgs1": np.log(2.0)},
            **{f"log_power_band_{band}": band + 1.0 for band in range(4)},
            **{"third_moment": 0.2, "fourth_moment": 3.0, "fgs1_drift_degree": 0.0, "airs_drift_degree": 1.0},
            **{"log_duration_h": np.log(2.5), "impact": 0.6, "log_semimajor_axis": 2.2},
        }
    )


def test_the_most_precise_visit_speaks() -> None:
    bins = tiny_latents.features(3)["transit"]["noise_scale"].size
    poor, good = visit(3, data_sigma=np.full(bins, 4e-4)), visit(4, data_sigma=np.full(bins, 2e-4))
    for order in ([poor, good], [good, poor]):
        np.testing.assert_array_equal(light_curve_facts(order).fft_power, good.arrays["airs_bins"]["fft_power"])


def test_classes_of_residual_power() -> None:
    power = np.ones((6, 5, 4))
    power[1, :, 0], power[2, :, 1], power[3, :, 3] = 2.0, 2.0, 2.0
    power[4, 0] = [9.0, 1.0, 1.0, 1.0]  # one bin is not a planet
    power[5] = np.nan
    assert fft_class(power) == ["white", "red", "middle", "blue", "white", "unknown"]


def test_physical_vectors_tell_shapes_apart_whatever_the_depth() -> None:
    rng = np.random.default_rng(0)
    depth, wave = rng.uniform(0.002, 0.03, (12, 1)), np.sin(np.linspace(0.0, 6.0, 30))
    sign = np.where(np.arange(12) < 6, 1.0, -1.0)[:, None]
    light_curves = rng.normal(size=(12, 4))
    light_curves[3] = np.nan
    vectors = physical_vectors(depth * (1.0 + 0.02 * sign * wave), light_curves)
    assert vectors.shape == (12, SHAPES + 4)
    known = np.asarray(np.isfinite(vectors).all(axis=1))
    assert known.tolist() == [row != 3 for row in range(12)]
    assert len(set(np.sign(vectors[:6, 0][known[:6]]))) == 1
    assert (np.sign(vectors[6:, 0]) == -np.sign(vectors[0, 0])).all()
    np.testing.assert_allclose(vectors[known].std(axis=0)[[0, *range(SHAPES, SHAPES + 4)]], 1.0, rtol=1e-9)
