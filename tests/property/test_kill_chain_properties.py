"""What must hold for every detector and every light."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tiny_detector import FULL_SCALE, GAIN, OFFSET_ELECTRON, frames, kept, references

from spectramind.data.detector.adc import DecodeAdc
from spectramind.data.detector.bad_pixels import FlagBadPixels, find_hot_pixels
from spectramind.data.detector.binning import bin_mean, bin_variance
from spectramind.data.detector.cosmic_rays import FlagCosmicRays
from spectramind.data.detector.dark import SubtractDark
from spectramind.data.detector.flat import DivideFlat
from spectramind.data.detector.foreground import fit_foreground, shrink_foreground
from spectramind.data.detector.interpolation import Interpolate
from spectramind.data.detector.linearity import Linearise
from spectramind.data.detector.sampling import CorrelatedDoubleSample
from spectramind.data.frames import Frames, References, Step
from spectramind.data.quality import Quality

ROWS, COLUMNS, PAIRS = 2, 3, 10
PIXELS = ROWS * COLUMNS
ELECTRON = st.floats(-500.0, 9e4, width=32)
STEPS: tuple[Step, ...] = (
    DecodeAdc(saturation_fraction=0.9),
    FlagBadPixels(minimum_flat=0.3, persistence_reads=2),
    Linearise(),
    SubtractDark(relative_uncertainty=0.1),
    CorrelatedDoubleSample(),
    DivideFlat(),
)
IMAGE_STEPS: tuple[Step, ...] = (
    FlagCosmicRays(sigma_threshold=6.0, window=64),
    Interpolate(shape=(ROWS, COLUMNS), row_reach=0, column_reach=1, noise_floor_electron=1.0),
)


@st.composite
def detectors(draw: st.DrawFn) -> References:
    """Maps with anything in them that a file may hold, but one sound pixel."""
    anything = st.floats(-1.0, 3.0) | st.sampled_from([np.nan, np.inf, -np.inf])
    flags = hnp.arrays(np.bool_, PIXELS)
    dead, hot = draw(flags), draw(flags)
    dark, flat = draw(hnp.arrays(np.float64, PIXELS, elements=anything)), draw(hnp.arrays(np.float64, PIXELS, elements=anything))
    read = draw(hnp.arrays(np.float64, PIXELS, elements=st.floats(0.0, 200.0) | st.just(np.nan)))
    linearity = np.zeros((6, PIXELS))
    linearity[0] = draw(hnp.arrays(np.float64, PIXELS, elements=st.floats(-5.0, 5.0)))
    linearity[1] = draw(hnp.arrays(np.float64, PIXELS, elements=st.floats(0.9, 1.1) | st.just(np.nan)))
    linearity[3] = 1.18e-11
    dead[0] = hot[0] = False
    dark[0], flat[0], read[0], linearity[:2, 0] = 0.01, 1.0, 13.0, (0.1, 1.0)
    return references(PIXELS, dead=dead, hot=hot, dark=dark, flat=flat, read_noise=read, linearity=linearity)


def raw_frames(adu: NDArray[np.uint16]) -> Frames:
    return frames(adu, variance=np.zeros((len(adu), 1)), exposure_s=np.tile([0.1, 4.6], adu.shape[1] // 2))


def single(after: Frames) -> Frames:
    return Frames(
        flux=after.flux.astype(np.float32),
        variance=np.broadcast_to(after.variance, after.flux.shape).astype(np.float32),
        quality=after.quality,
        exposure_s=after.exposure_s,
    )


@settings(max_examples=40, deadline=None)
@given(maps=detectors(), adu=hnp.arrays(np.uint16, (PIXELS, 2 * PAIRS), elements=st.integers(400, 65535)))
def test_flags_only_grow_and_nothing_is_ever_not_finite(maps: References, adu: NDArray[np.uint16]) -> None:
    adu[0] = np.minimum(adu[0], 50_000)
    now = raw_frames(adu)
    for step in STEPS:
        before, now = now, step(now, maps)
        earlier = before.quality[:, 1::2] | before.quality[:, ::2] if isinstance(step, CorrelatedDoubleSample) else before.quality
        assert kept(earlier, now.quality), step
        assert np.isfinite(now.flux).all(), step
        assert now.history[-1].status == "COMPLETE"
        assert all(np.isfinite(span).all() for span in now.history[-1].ranges.values())
    now = single(now)
    for step in IMAGE_STEPS:
        before, now = now, step(now, maps)
        assert kept(before.quality, now.quality), step
    assert np.isfinite(now.flux).all()
    assert (now.variance > 0).all()


@settings(max_examples=20, deadline=None)
@given(maps=detectors(), adu=hnp.arrays(np.uint16, (PIXELS, 2 * PAIRS), elements=st.integers(400, 60000)))
def test_a_pixel_does_not_care_who_its_neighbours_are_before_the_image_steps(maps: References, adu: NDArray[np.uint16]) -> None:
    whole, parts = raw_frames(adu), [raw_frames(adu[:2]), raw_frames(adu[2:])]
    shares = [maps.take(np.arange(2)), maps.take(np.arange(2, PIXELS))]
    for step in STEPS:
        whole = step(whole, maps)
        parts = [step(part, share) for part, share in zip(parts, shares, strict=True)]
    np.testing.assert_array_equal(whole.flux, np.concatenate([part.flux for part in parts]))
    np.testing.assert_array_equal(whole.variance, np.concatenate([part.variance for part in parts]))


@given(electron=hnp.arrays(np.float64, (2, 8), elements=ELECTRON))
def test_an_identity_polynomial_changes_nothing(electron: NDArray[np.float64]) -> None:
    result = Linearise()(frames(electron), references(2))
    np.testing.assert_array_equal(result.flux, electron)
    np.testing.assert_array_equal(result.variance, 1.0)


@given(
    one=hnp.arrays(np.float64, (2, 8), elements=ELECTRON),
    two=hnp.arrays(np.float64, (2, 8), elements=ELECTRON),
    factor=st.floats(-3.0, 3.0),
)
def test_double_sampling_is_linear(one: NDArray[np.float64], two: NDArray[np.float64], factor: float) -> None:
    sample = CorrelatedDoubleSample()
    apart = sample(frames(one), references(2)).flux + factor * sample(frames(two), references(2)).flux
    np.testing.assert_allclose(sample(frames(one + factor * two), references(2)).flux, apart, atol=1e-6)


@given(electron=hnp.arrays(np.float64, (2, 8), elements=ELECTRON), pedestal=st.floats(-1e4, 1e4))
def test_a_pedestal_on_both_reads_cancels(electron: NDArray[np.float64], pedestal: float) -> None:
    sample = CorrelatedDoubleSample()
    with_pedestal = sample(frames(electron + pedestal), references(2))
    np.testing.assert_allclose(with_pedestal.flux, sample(frames(electron), references(2)).flux, atol=1e-6)


@given(
    electron=hnp.arrays(np.float64, (3, 4), elements=ELECTRON),
    variance=hnp.arrays(np.float64, (3, 4), elements=st.floats(1e-3, 1e6)),
    flat=hnp.arrays(np.float64, 3, elements=st.floats(0.3, 2.0)),
)
def test_the_flat_keeps_the_signal_to_noise_ratio(
    electron: NDArray[np.float64], variance: NDArray[np.float64], flat: NDArray[np.float64]
) -> None:
    result = DivideFlat()(frames(electron, variance=variance), references(3, flat=flat))
    np.testing.assert_allclose(result.flux / np.sqrt(result.variance), electron / np.sqrt(variance), rtol=1e-9)


@given(adu=hnp.arrays(np.uint16, (1, 6)))
def test_decoding_is_affine_and_never_clips(adu: NDArray[np.uint16]) -> None:
    result = DecodeAdc(saturation_fraction=1.0)(frames(adu), references(1))
    np.testing.assert_allclose((result.flux - OFFSET_ELECTRON) * GAIN, adu, atol=1e-9)
    np.testing.assert_array_equal(result.quality > 0, adu == FULL_SCALE)


@given(values=hnp.arrays(np.float64, (2, 12), elements=st.floats(-1e6, 1e6)), factor=st.integers(1, 12))
def test_bins_keep_the_mean_and_shrink_the_variance(values: NDArray[np.float64], factor: int) -> None:
    used = 12 // factor * factor
    np.testing.assert_allclose(bin_mean(values, factor).mean(axis=1), values[:, :used].mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(bin_variance(np.abs(values), factor) * factor, bin_mean(np.abs(values), factor), atol=1e-6)


@given(dark=hnp.arrays(np.float64, 30, elements=st.floats(-1.0, 20.0) | st.just(np.nan)), shift=st.floats(-5.0, 5.0))
def test_hot_pixels_are_above_the_median(dark: NDArray[np.float64], shift: float) -> None:
    dark[:3] = 0.0, 0.1, 0.2
    hot = find_hot_pixels(dark, sigma=3.0, iterations=5)
    assert not hot[np.isnan(dark)].any()
    assert (dark[hot] > np.nanmedian(dark)).all()
    assert hot.sum() < np.isfinite(dark).sum()


@given(level=st.floats(-50.0, 50.0), left=st.floats(0.0, 5e3), right=st.floats(0.0, 5e3), scale=st.floats(0.5, 2.0))
def test_foreground_fit_is_exact_and_scales(level: float, left: float, right: float, scale: float) -> None:
    offset = np.concatenate([np.arange(-16.0, -7.0), np.arange(8.0, 17.0)])
    image, everywhere = level + np.where(offset < 0, left, right) / offset**2, np.ones(18, dtype=np.bool_)
    fitted, sigma = fit_foreground(image, offset, everywhere, wing_exponent=2.0)
    scaled, scaled_sigma = fit_foreground(scale * image, offset, everywhere, wing_exponent=2.0)
    np.testing.assert_allclose([fitted, scaled], [level, scale * level], atol=1e-3)
    np.testing.assert_allclose(scaled_sigma, scale * sigma, rtol=1e-3, atol=1e-6)


@given(level=st.floats(-1e3, 1e3), sigma=st.floats(0.0, 1e3))
def test_shrinkage_never_subtracts_more_than_was_seen(level: float, sigma: float) -> None:
    shrunk = float(shrink_foreground(np.array(level), np.array(sigma)))
    assert 0.0 <= shrunk <= max(level, 0.0) + 1e-9


@settings(max_examples=40, deadline=None)
@given(bad=hnp.arrays(np.bool_, (6, 8)), data=st.data())
def test_interpolation_leaves_good_samples_alone(bad: NDArray[np.bool_], data: st.DataObject) -> None:
    static = data.draw(hnp.arrays(np.bool_, 6))
    bad[0], static[0] = False, False
    flux = data.draw(hnp.arrays(np.float32, (6, 8), elements=st.floats(1.0, 1e4, width=32)))
    quality = np.where(bad, np.uint16(Quality.COSMIC_RAY), np.uint16(0)) | np.where(static, np.uint16(Quality.DEAD), np.uint16(0))[:, None]
    before = frames(flux, quality=quality, exposure_s=np.ones(8))
    result = IMAGE_STEPS[1](before, references(6))
    untouched = result.quality == 0
    np.testing.assert_array_equal(untouched, quality == 0)
    np.testing.assert_array_equal(result.flux[untouched], flux[untouched])
    assert (result.flux > 0).all()
    assert (result.variance[~untouched] >= 1.0).all()
