"""Cadence of the profiles against the published axes, and what a fold does to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectramind.data.simulator.instrument import airs_wavelength_um, bin_wavelength_um
from spectramind.data.simulator.profile import PROFILES, get_profile
from spectramind.utils.errors import UsageError


@pytest.mark.parametrize("name", list(PROFILES))
def test_visits_span_seven_and_a_half_hours(name: str) -> None:
    for sampling in (PROFILES[name].airs, PROFILES[name].fgs1):
        start_h = sampling.read_start_h()
        assert start_h.size == sampling.integration_time_s().size == sampling.reads
        assert np.all(np.diff(start_h) > 0.0)
        assert 7.4 < sampling.time_h(1.0)[-1] <= 7.5
        assert sampling.real_pairs().max() < sampling.cadence.pairs
        assert sampling.fold <= sampling.stride


def test_a_stored_ramp_never_reaches_into_the_next() -> None:
    for profile in PROFILES.values():
        for sampling in (profile.airs, profile.fgs1):
            end_h = sampling.time_h(1.0)
            assert np.all(end_h[:-1] < sampling.read_start_h()[2::2])


def test_kaggle_axes_are_the_published_ones(real_data: Path) -> None:
    axis = pq.read_table(real_data / "axis_info.parquet").to_pydict()
    airs, fgs1 = PROFILES["kaggle"].airs, PROFILES["kaggle"].fgs1
    np.testing.assert_allclose(airs.read_start_h(), axis["AIRS-CH0-axis0-h"][: airs.reads], atol=1e-12)
    np.testing.assert_allclose(fgs1.read_start_h(), axis["FGS1-axis0-h"], atol=1e-12)
    np.testing.assert_array_equal(airs.integration_time_s(), axis["AIRS-CH0-integration_time"][: airs.reads])
    np.testing.assert_allclose(airs_wavelength_um(), axis["AIRS-CH0-axis2-um"][:356], atol=1e-14)
    published = np.genfromtxt(real_data / "wavelengths.csv", delimiter=",", skip_header=1)
    np.testing.assert_allclose(bin_wavelength_um(), published, atol=1e-14)


def test_unknown_profile_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no such simulation profile"):
        get_profile("huge")
