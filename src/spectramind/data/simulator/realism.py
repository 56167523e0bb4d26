"""Does a simulation resemble the published frames? Real and simulated statistics side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.detector.bad_pixels import find_hot_pixels
from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import ADC_GAIN_ADU_PER_ELECTRON, FIRST_BIN_COLUMN, LAST_BIN_COLUMN
from spectramind.data.simulator.observed import Observed, find_visits, observe
from spectramind.utils.progress import Progress, SilentProgress

PAIRS = 60
MEDIAN_OF_SQUARED_NORMAL = 0.4549  # a few sharp bends, as at the contacts of a transit, do not move a median
Quantities = dict[str, float]
_SILENT = SilentProgress()
_CHARGE_BANDS = {"below 0.2 ke": (-np.inf, 200.0), "0.2-2 ke": (200.0, 2e3), "2-10 ke": (2e3, 1e4), "above 10 ke": (1e4, np.inf)}


def compare_with_real(real_root: Path, simulated_root: Path, *, visits: int = 7, progress: Progress = _SILENT) -> dict[str, Any]:
    """Return rows of (sensor, quantity, real, simulated), everything on the scale of one real ramp.

    The median over the first training visits of each dataset is given. Brightness belongs to the star, so it differs between planets.

    Raises:
        InputDataError: If either dataset has no readable training visit.
    """
    found = {root: find_visits(root, visits) for root in (real_root, simulated_root)}
    progress.start("realism", len(Sensor) * sum(map(len, found.values())))
    try:
        real, simulated = (_summarise(root, found[root], progress) for root in (real_root, simulated_root))
    finally:
        progress.finish()
    rows = [
        {"sensor": str(sensor), "quantity": quantity, "real": _rounded(value), "simulated": _rounded(simulated[sensor][quantity])}
        for sensor in Sensor
        for quantity, value in real[sensor].items()
    ]
    return {"real": str(real_root), "simulated": str(simulated_root), "rows": rows}


def _rounded(value: float) -> float | None:
    """Four digits; None where a dataset has no sample of the kind (a short slice, no pixel so bright)."""
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _summarise(root: Path, found: Sequence[tuple[Path, int]], progress: Progress) -> dict[Sensor, Quantities]:
    summary = {}
    for sensor in Sensor:
        each = []
        for folder, visit in found:
            each.append(_quantities(observe(root, folder, visit, sensor, PAIRS)))
            progress.advance(f"{sensor} of {folder.name}, visit {visit}")
        summary[sensor] = {name: float(np.median([quantities[name] for quantities in each])) for name in each[0]}
    return summary


def _quantities(observed: Observed) -> Quantities:
    return {**_light(observed), **_noise(observed), **_pointing(observed), **_map_statistics(observed.maps)}


def _good(observed: Observed) -> NDArray[np.bool_]:
    maps = observed.maps
    hot = find_hot_pixels(maps["dark"], sigma=5.0, iterations=5)
    good: NDArray[np.bool_] = ~(maps["dead"].astype(np.bool_) | hot) & (maps["flat"] > 0.3)
    return good


def _light(observed: Observed) -> Quantities:
    mean = observed.difference.mean(axis=2)
    quantities = {
        "total [e / pair]": float(mean.sum()),
        "brightest pixel [share of its column or frame]": _peak_share(observed, mean),
        "first read over difference": float(observed.first.mean(axis=2).sum() / mean.sum()),
    }
    for percent in (5, 50, 95):
        quantities[f"pixel p{percent} [1e-6 of total]"] = 1e6 * float(np.percentile(mean, percent) / mean.sum())
    if observed.sensor is Sensor.AIRS:
        bins = mean[:, FIRST_BIN_COLUMN : LAST_BIN_COLUMN + 1].sum(axis=0)
        for percent in (5, 50, 95):
            quantities[f"bin p{percent} [1e-3 of total]"] = 1e3 * float(np.percentile(bins, percent) / mean.sum())
        for column in (45, 180, 315):
            quantities[f"rms width at column {column} [px]"] = _width(mean[:, column - 5 : column + 6])
    return quantities


def _peak_share(observed: Observed, mean: NDArray[np.float64]) -> float:
    if observed.sensor is Sensor.FGS1:
        return float(mean.max() / mean.sum())
    column = int(mean.sum(axis=0).argmax())
    return float(mean[:, column].max() / mean[:, column].sum())


def _width(columns: NDArray[np.float64]) -> float:
    profile = columns[8:24].sum(axis=1)
    rows = np.arange(8, 24)
    centre = np.sum(profile * rows) / profile.sum()
    return float(np.sqrt(np.sum(profile * (rows - centre) ** 2) / profile.sum()))


def _scatter(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of one sample from successive differences along the last axis: blind to slow drifts."""
    return np.asarray(0.5 * np.mean(np.diff(series, axis=-1) ** 2, axis=-1))


def _noise(observed: Observed) -> Quantities:
    """Variance over the limit from photons, read noise and converter, by pixel charge, and of sums over bins and over everything."""
    mean, good = observed.difference.mean(axis=2), _good(observed)
    step_variance = observed.fold / (12.0 * ADC_GAIN_ADU_PER_ELECTRON**2)
    limit = np.maximum(mean, 0.0) + 2.0 * (observed.maps["read"] ** 2 + step_variance)
    total = observed.difference.sum(axis=(0, 1))
    steady = observed.difference / (total / total.mean())  # without the transit
    variance = _scatter(steady) * observed.fold
    quantities = {}
    for name, (low, high) in _CHARGE_BANDS.items():
        chosen = good & (mean > low) & (mean <= high)
        quantities[f"pixel variance over limit, {name}"] = float(variance[chosen].sum() / limit[chosen].sum()) if chosen.any() else np.nan
    if observed.sensor is Sensor.AIRS:
        bins = slice(FIRST_BIN_COLUMN, LAST_BIN_COLUMN + 1)
        sums = np.where(good[:, :, None], steady, 0.0)[:, bins].sum(axis=0)
        of_bins = _scatter(sums) * observed.fold / np.where(good, limit, 0.0)[:, bins].sum(axis=0)
        quantities["bin scatter over limit, median"] = float(np.sqrt(np.median(of_bins)))
    of_total = float(np.median(np.diff(total, n=2) ** 2)) / (6.0 * MEDIAN_OF_SQUARED_NORMAL) * observed.fold
    quantities["total scatter [%]"] = 100.0 * float(np.sqrt(of_total) / total.mean())
    quantities["total scatter over limit"] = float(np.sqrt(of_total / limit.sum()))
    return quantities


def _pointing(observed: Observed) -> Quantities:
    """Jitter of the centroid of the bright core per real ramp (it averages down with the fold)."""
    core = np.where(_good(observed)[:, :, None], observed.difference, 0.0)[8:24]
    if observed.sensor is Sensor.FGS1:
        core = core[:, 8:24]
    weight = core.sum(axis=(0, 1))
    y = np.einsum("ijk,i->k", core, np.arange(core.shape[0])) / weight
    quantities = {"jitter y [px]": float(np.sqrt(_scatter(y) * observed.fold))}
    if observed.sensor is Sensor.FGS1:
        x = np.einsum("ijk,j->k", core, np.arange(core.shape[1])) / weight
        quantities["jitter x [px]"] = float(np.sqrt(_scatter(x) * observed.fold))
    return quantities


def _map_statistics(maps: dict[str, NDArray[np.float64]]) -> Quantities:
    dead = maps["dead"].astype(np.bool_)
    quantities = {"dead [%]": 100.0 * float(dead.mean())}
    quantities["hot [%]"] = 100.0 * float(find_hot_pixels(maps["dark"], sigma=5.0, iterations=5).mean())
    measures: dict[str, Callable[[NDArray[np.float64]], float]] = {
        "median": lambda values: float(np.median(values)),
        "robust deviation": lambda values: 1.4826 * float(np.median(np.abs(values - np.median(values)))),
        "p99": lambda values: float(np.percentile(values, 99)),
        "maximum": lambda values: float(values.max()),
    }
    for name, unit in (("read", "e"), ("dark", "e/s"), ("flat", "1")):
        values = maps[name][~dead]
        quantities |= {f"{name} {what} [{unit}]": measure(values) for what, measure in measures.items()}
    for charge in (1e4, 3e4, 6e4):
        correction = 100.0 * (np.sum(maps["linear_corr"][:, ~dead] * charge ** np.arange(6)[:, None], axis=0) / charge - 1.0)
        quantities[f"linearity at {charge / 1e3:.0f} ke, median [%]"] = measures["median"](correction)
        quantities[f"linearity at {charge / 1e3:.0f} ke, robust deviation [%]"] = measures["robust deviation"](correction)
    return quantities
