from __future__ import annotations

import numpy as np
from tiny_detector import frames, record, references

from spectramind.data.detector.sampling import CorrelatedDoubleSample
from spectramind.data.quality import Quality

CDS = CorrelatedDoubleSample()


def test_difference_and_exposure() -> None:
    result = CDS(frames(np.array([[1.0, 10.0, 2.0, 30.0]])), references(1))
    np.testing.assert_array_equal(result.flux, [[9.0, 28.0]])
    np.testing.assert_allclose(result.exposure_s, [4.5, 4.5])
    assert record(result).counts == {"pairs": 2}


def test_shot_noise_enters_once_from_all_electrons_between_the_reads() -> None:
    variance = np.array([[3.0, 5.0]])
    result = CDS(frames(np.array([[100.0, 1100.0]]), variance=variance), references(1, dark=[2.0]))
    np.testing.assert_allclose(result.variance, [[3.0 + 5.0 + 1000.0 + 2.0 * 4.5]])


def test_charge_before_the_first_read_adds_no_noise() -> None:
    few, many = (CDS(frames(np.array([[before, before + 50.0]])), references(1)) for before in (10.0, 9e4))
    np.testing.assert_array_equal(few.variance, many.variance)


def test_negative_differences_are_kept_without_negative_shot_noise() -> None:
    result = CDS(frames(np.array([[20.0, -5.0]]), variance=np.array([[4.0]])), references(1))
    np.testing.assert_array_equal(result.flux, [[-25.0]])
    np.testing.assert_array_equal(result.variance, [[8.0]])


def test_a_pair_carries_the_bits_of_both_reads() -> None:
    quality = np.array([[Quality.SATURATED, 0, 0, Quality.PERSISTENCE, 0, 0]], dtype=np.uint16)
    result = CDS(frames(np.zeros((1, 6)), quality=quality), references(1))
    assert result.quality.tolist() == [[Quality.SATURATED, Quality.PERSISTENCE, 0]]


def test_variance_of_poisson_ramps_is_the_scatter() -> None:
    generator = np.random.default_rng(4)
    before, between = generator.poisson(40.0, 50_000), generator.poisson(900.0, 50_000)
    reads = np.stack([before, before + between], axis=1).ravel() + generator.normal(0.0, 13.0, 100_000)
    result = CDS(frames(reads[None, :], variance=np.array([[169.0]])), references(1))
    np.testing.assert_allclose(result.flux.var(), result.variance.mean(), rtol=0.03)
