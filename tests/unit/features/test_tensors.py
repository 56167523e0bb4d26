"""Feature arrays: shapes, units, marks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import tiny_transit as tiny

from spectramind.features.series import VisitSeries
from spectramind.features.tensors import FFT_BANDS, airs_bins, fgs1_white, transit_summary
from spectramind.features.transit.state import SHARED
from spectramind.features.transit_fit import TransitFit, fit_transit

BINS, TIMES = 6, 60


@cache
def fitted() -> tuple[VisitSeries, TransitFit]:
    visit = tiny.make_visit(np.full(BINS + 1, 0.01), times=TIMES, noise=1e-4, seed=9)
    return visit, fit_transit(visit, tiny.STAR)


def test_the_photometer() -> None:
    visit, fit = fitted()
    arrays = fgs1_white(visit, fit)
    for name in ("flux", "variance", "model", "gain", "residual", "time", "in_transit"):
        assert arrays[name].shape == (TIMES,)
    assert arrays["centroid"].shape == arrays["jitter"].shape == (TIMES, 2)
    assert arrays["in_transit"].dtype == np.bool_
    np.testing.assert_allclose(arrays["flux"], arrays["model"] + arrays["residual"], atol=1e-12)
    np.testing.assert_allclose(arrays["flux"][~arrays["in_transit"]].mean(), 1.0, atol=1e-3)
    np.testing.assert_allclose(arrays["flux"][arrays["in_transit"]].min(), 0.99, atol=3e-3)
    np.testing.assert_array_equal(arrays["gain"][~arrays["in_transit"]], arrays["model"][~arrays["in_transit"]])
    z = arrays["residual"] / np.sqrt(arrays["variance"])
    assert 0.7 < z.std() < 1.3


def test_all_bins_on_one_time_axis() -> None:
    visit, fit = fitted()
    arrays = airs_bins(visit, fit)
    for name in ("flux", "variance", "model", "gain"):
        assert arrays[name].shape == (TIMES, BINS + 1)
    assert not arrays["seam"].any()
    assert airs_bins(replace(visit, seam_bins=(2, 3)), fit)["seam"].tolist() == [bin_ in (2, 3) for bin_ in range(BINS + 1)]
    assert arrays["fft_power"].shape == (BINS + 1, FFT_BANDS)
    assert arrays["moments"].shape == (BINS + 1, 4)
    np.testing.assert_allclose(arrays["flux"][:, 0], fgs1_white(visit, fit)["flux"])
    np.testing.assert_allclose(arrays["moments"][:, 1], 1.0, atol=0.5)
    np.testing.assert_allclose(arrays["moments"][:, 0], 0.0, atol=0.3)
    # white noise of unit variance has unit power in every band
    np.testing.assert_allclose(arrays["fft_power"].mean(), 1.0, atol=0.2)


def test_summary() -> None:
    visit, fit = fitted()
    arrays = transit_summary(visit, fit)
    assert (
        arrays["depth"].shape == arrays["wavelength_um"].shape == arrays["data_sigma"].shape == arrays["noise_scale"].shape == (BINS + 1,)
    )
    assert arrays["covariance"].shape == arrays["likelihood_precision"].shape == (BINS + 1, BINS + 1)
    assert arrays["shared"].shape == arrays["shared_sigma"].shape == (SHARED,)
    assert arrays["search"].shape == (4,)
    assert arrays["wavelength_um"][0] == 0.7
    assert all(np.isfinite(values).all() for values in arrays.values())


def test_every_array_survives_a_file_without_pickle() -> None:
    visit, fit = fitted()
    for arrays in (fgs1_white(visit, fit), airs_bins(visit, fit), transit_summary(visit, fit)):
        assert all(values.dtype.kind in "fib" for values in arrays.values())
