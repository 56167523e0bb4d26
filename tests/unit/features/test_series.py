"""White light: the bins weighed by their precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny_transit as tiny

DEPTH = np.full(7, 0.01)


def test_precisions_add_up() -> None:
    series = tiny.make_visit(DEPTH).airs
    noisy = replace(series, variance=series.variance * np.arange(1, 7)[:, None])
    white = noisy.white()
    level = np.median(noisy.flux, axis=1)
    expected = 1.0 / (level**2 / noisy.variance[:, 0]).sum()
    np.testing.assert_allclose(white.variance, expected, rtol=1e-12)
    assert white.flux.shape == white.variance.shape == (1, series.time_h.size)


def test_bins_of_one_shape_give_that_shape() -> None:
    series = tiny.make_visit(DEPTH, drift=0.0).airs
    same = replace(series, flux=np.arange(1.0, 7.0)[:, None] * series.flux[0])
    np.testing.assert_allclose(same.white().flux[0], series.flux[0] / np.median(series.flux[0]), rtol=1e-13)


def test_a_dark_bin_has_no_voice() -> None:
    series = tiny.make_visit(DEPTH).airs
    dark = replace(series, flux=np.concatenate([series.flux[:5], -series.flux[5:]]))
    kept = replace(
        series,
        flux=series.flux[:5],
        variance=series.variance[:5],
        wavelength_um=series.wavelength_um[:5],
        foreground_sigma=series.foreground_sigma[:5],
    )
    np.testing.assert_array_equal(dark.white().flux, kept.white().flux)
    np.testing.assert_array_equal(dark.white().wavelength_um, kept.white().wavelength_um)


def test_the_photometer_stays_as_it_is() -> None:
    visit = tiny.make_visit(DEPTH)
    assert visit.white().fgs1 is visit.fgs1
    assert visit.white().airs.pointing_px is visit.airs.pointing_px
