"""Sums over bins and times against the same sums with every term written out."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.drift.drift import Drift, DriftBasis
from spectramind.features.drift.terms import DriftTerms

Array = NDArray[np.float64]

BINS, TIMES, ROWS = 7, 60, 3
VISIT = tiny.make_visit(np.full(BINS + 1, 0.01), times=TIMES)
RNG = np.random.default_rng(5)
VALUES = RNG.standard_normal((BINS, ROWS, TIMES))
WEIGHT = RNG.uniform(0.5, 2.0, (BINS, TIMES))


def terms_of(sensor: int) -> DriftTerms:
    basis = DriftBasis.of((VISIT.fgs1, VISIT.airs)[sensor])
    drift = Drift.none(basis)
    return basis.terms(drift.moved(RNG.normal(0.0, 1.0, drift.vector.size)))


def written_out(terms: DriftTerms) -> Array:
    """Return (term, bin, time)."""
    dense: Array = terms.profiles[terms.profile][:, :, None] * terms.functions[terms.function][:, None, :]
    return dense


@pytest.mark.parametrize("sensor", [0, 1])
def test_sums_are_those_of_the_terms(sensor: int) -> None:
    terms, bins = terms_of(sensor), (1, BINS)[sensor]
    dense, values, weight = written_out(terms), VALUES[:bins], WEIGHT[:bins]
    np.testing.assert_allclose(terms.per_bin(values), np.einsum("brt,kbt->brk", values, dense), atol=1e-10)
    np.testing.assert_allclose(terms.over_bins(values), np.einsum("brt,kbt->rk", values, dense), atol=1e-10)
    np.testing.assert_allclose(terms.over_bins_at_times(weight), np.einsum("bt,kbt->kt", weight, dense), atol=1e-10)
    np.testing.assert_allclose(terms.squared(weight), np.einsum("bt,kbt,lbt->kl", weight, dense, dense), atol=1e-9)


@pytest.mark.parametrize("sensor", [0, 1])
def test_coefficients_that_change_with_time(sensor: int) -> None:
    terms = terms_of(sensor)
    coefficients = RNG.standard_normal((TIMES, terms.profile.size))
    np.testing.assert_allclose(terms.at_times(coefficients), np.einsum("tk,kbt->bt", coefficients, written_out(terms)), atol=1e-10)
