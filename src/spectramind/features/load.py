"""Calibrated products of a visit to the light curves of both sensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.products import read_light_curve
from spectramind.features.series import SensorSeries, VisitSeries
from spectramind.utils.errors import InputDataError

MINIMUM_SAMPLES = 20


def load_visit(fgs1_path: Path, airs_path: Path, wavelength_um: NDArray[np.float64]) -> VisitSeries:
    """Read both sensors' calibrated products.

    Raises:
        InputDataError: If there are too few samples, or light curves that are not finite.
    """
    trace = json.loads(str(read_light_curve(airs_path)["trace_meta"]))
    return VisitSeries(
        fgs1=_load(fgs1_path, wavelength_um[:1]), airs=_load(airs_path, wavelength_um[1:]), seam_bins=tuple(trace.get("seam", ()))
    )


def _load(path: Path, wavelength_um: NDArray[np.float64]) -> SensorSeries:
    stored = read_light_curve(path)
    time_h = stored["time"]
    if time_h.size < MINIMUM_SAMPLES:
        raise InputDataError("a light curve has too few samples", where=path.name, received=time_h.size, hint="lower data.bin_cadence_s")
    flux, variance = stored["flux"].T, stored["flux_variance"].T
    level = np.median(flux, axis=1)
    if not (np.isfinite(flux).all() and np.isfinite(variance).all() and (variance > 0).all() and (level > 0).all()):
        raise InputDataError(
            "a light curve is not finite and positive", where=path.name, received=f"{int((~(level > 0)).sum())} bins without light"
        )
    return SensorSeries(
        time_h=time_h,
        exposure_h=float(np.median(np.diff(time_h))),
        flux=np.ascontiguousarray(flux),
        variance=np.ascontiguousarray(variance),
        wavelength_um=wavelength_um,
        pointing_px=np.concatenate([stored["centroid"].T, stored["jitter"].T]),
        foreground_sigma=stored["foreground_sigma"],
    )
