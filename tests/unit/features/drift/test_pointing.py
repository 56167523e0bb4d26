"""What pointing does to the flux."""

from __future__ import annotations

import numpy as np
import tiny_transit as tiny

from spectramind.features.drift.pointing import pointing_regressors

VISIT = tiny.make_visit(np.full(13, 0.01), times=200)


def test_pointing_of_the_photometer_goes_to_second_order_and_that_of_the_spectrometer_is_the_row() -> None:
    fgs1, airs = pointing_regressors(VISIT.fgs1), pointing_regressors(VISIT.airs)
    assert fgs1.shape == (4, 200)
    assert airs.shape == (1, 200)
    assert pointing_regressors(VISIT.white().airs).shape == (1, 200)
    np.testing.assert_allclose(airs[0], VISIT.airs.pointing_px[1] - VISIT.airs.pointing_px[1].mean())
    np.testing.assert_allclose(np.concatenate([fgs1, airs]).mean(axis=1), 0.0, atol=1e-15)
