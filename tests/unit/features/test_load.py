"""Calibrated products become light curves, or are refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_transit as tiny
from numpy.typing import NDArray

from spectramind.features.load import MINIMUM_SAMPLES, load_visit
from spectramind.features.series import SensorSeries
from spectramind.utils.artifacts import write_npz
from spectramind.utils.errors import InputDataError

Arrays = dict[str, NDArray[Any]]

VISIT = tiny.make_visit(np.full(7, 0.01), times=60, noise=1e-4)
WAVELENGTH_UM = tiny.wavelengths(6)


def stored(series: SensorSeries) -> Arrays:
    return {
        "flux": series.flux.T,
        "flux_variance": series.variance.T,
        "time": series.time_h,
        "centroid": series.pointing_px[:2].T,
        "jitter": series.pointing_px[2:].T,
        "foreground_sigma": series.foreground_sigma,
        "trace_meta": np.array('{"seam": [2]}'),
    }


def write(folder: Path, change: Callable[[Arrays], None] = lambda arrays: None) -> tuple[Path, Path]:
    airs = {name: values.copy() for name, values in stored(VISIT.airs).items()}
    change(airs)
    write_npz(folder / "fgs1.npz", stored(VISIT.fgs1))
    write_npz(folder / "airs.npz", airs)
    return folder / "fgs1.npz", folder / "airs.npz"


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    loaded = load_visit(*write(tmp_path), WAVELENGTH_UM)
    np.testing.assert_array_equal(loaded.airs.flux, VISIT.airs.flux)
    np.testing.assert_array_equal(loaded.fgs1.variance, VISIT.fgs1.variance)
    np.testing.assert_array_equal(loaded.airs.pointing_px, VISIT.airs.pointing_px)
    np.testing.assert_array_equal(loaded.airs.wavelength_um, WAVELENGTH_UM[1:])
    assert loaded.airs.exposure_h == pytest.approx(8.0 / 60)
    assert loaded.airs.flux.flags.c_contiguous


def too_short(arrays: Arrays) -> None:
    for name in ("flux", "flux_variance", "time", "centroid", "jitter"):
        arrays[name] = arrays[name][: MINIMUM_SAMPLES - 1]


def not_a_number(arrays: Arrays) -> None:
    arrays["flux"][7, 3] = np.nan


def no_variance(arrays: Arrays) -> None:
    arrays["flux_variance"][7, 3] = 0.0


def infinite_variance(arrays: Arrays) -> None:
    arrays["flux_variance"][7, 3] = np.inf


def no_light(arrays: Arrays) -> None:
    arrays["flux"][:, 3] = -1.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (too_short, "too few samples"),
        (not_a_number, "not finite"),
        (no_variance, "not finite"),
        (infinite_variance, "not finite"),
        (no_light, "1 bins without light"),
    ],
)
def test_useless_light_curves_are_refused(tmp_path: Path, change: Callable[[Arrays], None], reason: str) -> None:
    with pytest.raises(InputDataError, match=reason):
        load_visit(*write(tmp_path, change), WAVELENGTH_UM)
