"""The kill chain once more, in float64 and one pixel at a time, from the equations alone: slow, plain, and shared with nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.detector.chain import image_chain
from spectramind.data.frames import Frames, run_steps
from spectramind.data.identifiers import VisitId
from spectramind.data.raw import read_detector, reference_path, signal_path
from spectramind.data.sensors import Sensor
from spectramind.data.visit_calibration import CalibratedVisit, calibrate_visit, decode_reads
from spectramind.utils.config.schema import DataConfig

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class SlowPairs:
    """Read pairs: flux, variance and replaced (row, column, pair); bad for the whole visit (row, column)."""

    flux: Array
    variance: Array
    replaced: Mask
    bad: Mask


@dataclass(frozen=True, kw_only=True)
class Raw:
    """One visit as stored, cut to the kept columns: reads (read, row, column), maps (row, column), linearity (6, row, column)."""

    sensor: Sensor
    reads: Array
    dark: Array
    hot: Mask
    dead: Mask
    flat: Array
    read: Array
    linearity: Array
    gain: float
    offset: float
    time_s: Array


def load_raw(dataset: Dataset, visit: VisitId, sensor: Sensor, settings: DataConfig) -> Raw:
    """Read everything with nothing but pyarrow and numpy."""
    folder, profile = dataset.planet_folder(visit.split, visit.planet_id), dataset.sensors[sensor]
    maps = {}
    for name in ("dark", "dead", "flat", "read", "linear_corr"):
        table = pq.read_table(reference_path(folder, sensor, visit.visit, name))
        maps[name] = np.stack([column.to_numpy().astype(np.float64) for column in table.columns], axis=1)
    rows, columns = maps["dark"].shape
    keep = list(range(columns)) if profile.columns is None else [int(column) for column in profile.columns]
    table = pq.read_table(signal_path(folder, sensor, visit.visit))
    reads = np.stack([table.column(f"column_{k}").to_numpy().astype(np.float64) for k in range(rows * columns)], axis=1)
    hot = hot_pixels(maps["dark"], settings.detector.hot_pixel_sigma, settings.detector.hot_pixel_iterations)
    time_s = profile.integration_time_s.copy()
    time_s[1::2] += time_s[::2]
    return Raw(
        sensor=sensor,
        reads=reads.reshape(-1, rows, columns)[:, :, keep],
        dark=maps["dark"][:, keep],
        hot=hot[:, keep],
        dead=maps["dead"][:, keep] != 0,
        flat=maps["flat"][:, keep],
        read=maps["read"][:, keep],
        linearity=maps["linear_corr"].reshape(6, rows, columns)[:, :, keep],
        gain=profile.adc_gain,
        offset=profile.adc_offset_electron,
        time_s=time_s,
    )


def hot_pixels(dark: Array, sigma: float, iterations: int) -> Mask:
    """Clip the dark around its median, then call hot what was clipped above it."""
    values = dark[np.isfinite(dark)]
    for _ in range(iterations):
        values = values[np.abs(values - np.median(values)) <= sigma * values.std()]
    return np.asarray(np.isfinite(dark) & (dark > values.max()))


def slow_pairs(raw: Raw, settings: DataConfig) -> SlowPairs:
    """Everything from ADU to interpolated read pairs."""
    detector = settings.detector
    reads, rows, columns = raw.reads.shape
    flux, variance = np.empty((rows, columns, reads // 2)), np.empty((rows, columns, reads // 2))
    transient = np.zeros(flux.shape, dtype=np.bool_)
    flat_ok = np.isfinite(raw.flat) & (raw.flat >= detector.minimum_flat)
    bad = raw.hot | raw.dead | ~np.isfinite(raw.dark) | ~flat_ok | ~np.isfinite(raw.linearity).all(axis=0) | ~np.isfinite(raw.read)
    for row in range(rows):
        for column in range(columns):
            flux[row, column], variance[row, column], transient[row, column] = _one_pixel(raw, row, column, settings)
            if not flat_ok[row, column]:
                flux[row, column] *= raw.flat[row, column]
                variance[row, column] *= raw.flat[row, column] ** 2
    white = white_light(flux, bad)
    for row, column in np.argwhere(~bad).tolist():
        transient[row, column] |= _hits(flux[row, column], variance[row, column], white, settings)
    bad_or_never_seen = bad | transient.all(axis=2)
    _fill(flux, variance, transient, bad_or_never_seen, raw.sensor, detector.noise_floor_electron**2)
    return SlowPairs(flux=flux, variance=variance, replaced=transient | bad_or_never_seen[:, :, None], bad=bad_or_never_seen)


def _one_pixel(raw: Raw, row: int, column: int, settings: DataConfig) -> tuple[Array, Array, Mask]:
    adu = raw.reads[:, row, column]
    measured = adu / raw.gain + raw.offset
    coefficients = raw.linearity[:, row, column]
    charge, slope = np.zeros(measured.size), np.zeros(measured.size)
    for power in range(6):
        charge += coefficients[power] * measured**power
        if power:
            slope += power * coefficients[power] * measured ** (power - 1)
    read_variance = (raw.read[row, column] ** 2 + 1.0 / (12.0 * raw.gain**2)) * slope**2
    charge = charge - raw.dark[row, column] * raw.time_s
    read_variance = read_variance + (settings.detector.dark_relative_uncertainty * raw.dark[row, column] * raw.time_s) ** 2
    difference = charge[1::2] - charge[::2]
    between_s = raw.time_s[1::2] - raw.time_s[::2]
    shot = np.clip(difference + raw.dark[row, column] * between_s, 0.0, None)
    variance = read_variance[1::2] + read_variance[::2] + shot
    saturated = adu >= settings.detector.saturation_fraction * 65535
    spoiled = saturated.copy()
    for read in np.flatnonzero(saturated):
        spoiled[read : read + settings.detector.persistence_reads + 1] = True
    flat = raw.flat[row, column]
    return difference / flat, variance / flat**2, spoiled[::2] | spoiled[1::2]


def white_light(flux: Array, bad: Mask) -> Array:
    """Sum of the good pixels, each sample the median of five around it (mirrored at the ends), over the median of all."""
    total = flux[~bad].sum(axis=0)
    padded = np.concatenate([total[2:0:-1], total, total[-2:-4:-1]])
    smooth = np.array([np.median(padded[k : k + 5]) for k in range(total.size)])
    return smooth / np.median(smooth) if np.median(smooth) > 0 else np.ones(total.size)


def _hits(flux: Array, variance: Array, white: Array, settings: DataConfig) -> Mask:
    samples, window = flux.size, min(settings.detector.cosmic_ray_window, flux.size)
    threshold = settings.detector.cosmic_ray_sigma
    hits = np.zeros(samples, dtype=np.bool_)
    if samples < 8:
        return hits
    residual = flux - flux.mean() * white
    starts = list(range(0, samples - window + 1, window))
    if starts[-1] + window < samples:
        starts.append(samples - window)
    for start in starts:
        part = residual[start : start + window]
        lone = 0.8 * threshold * (1 - 1 / window) / np.sqrt(1 + threshold**2 * (window - 1) / window**2)
        if np.abs(part - part.mean()).max() <= lone * part.std():
            continue
        away = np.abs(part - np.median(part))
        sigma = max(1.4826 * float(np.median(away)), float(np.sqrt(variance.mean())))
        hits[start : start + window] |= away > threshold * sigma
    return hits


def _fill(flux: Array, variance: Array, transient: Mask, bad: Mask, sensor: Sensor, floor: float) -> None:
    rows, columns, _ = flux.shape
    white = white_light(flux, bad)
    for row, column in np.argwhere(transient.any(axis=2) & ~bad).tolist():
        gaps, fine = np.flatnonzero(transient[row, column]), np.flatnonzero(~transient[row, column])
        flux[row, column, gaps] = np.interp(gaps, fine, flux[row, column, fine] / white[fine]) * white[gaps]
        variance[row, column, gaps] = np.interp(gaps, fine, variance[row, column, fine]) + floor
    for row, column in np.argwhere(bad).tolist():
        reach = 1
        while True:
            high = 0 if sensor is Sensor.AIRS else reach
            near = [
                (r, c)
                for r in range(max(row - high, 0), min(row + high, rows - 1) + 1)
                for c in range(max(column - reach, 0), min(column + reach, columns - 1) + 1)
                if not bad[r, c]
            ]
            if near:
                break
            reach += 1
        flux[row, column] = np.mean([flux[r, c] for r, c in near], axis=0)
        variance[row, column] = np.mean([variance[r, c] for r, c in near], axis=0) + floor


def slow_foreground(values: Array, offset: Array, exponent: float) -> tuple[float, float]:
    """Level under power-law wings, one amplitude a side, by iteratively reweighted least squares."""
    if values.size < 6:
        return 0.0, 0.0
    wings = [np.where(side, np.abs(offset) ** -exponent, 0.0) for side in (offset < 0, offset >= 0) if side.any()]
    design, weight = np.column_stack([np.ones(values.size), *wings]), np.ones(values.size)
    for _ in range(5):
        solution = np.linalg.pinv(design * weight[:, None]) @ (values * weight)
        away = np.abs(values - design @ solution)
        scale = 1.4826 * float(np.median(away)) + 1e-12
        weight = np.sqrt(np.minimum(1.0, 2.0 * scale / np.maximum(away, 1e-12)))
    edge = float(np.mean(np.abs(solution[1:]))) * float(np.min(np.abs(offset) ** -exponent))
    return float(solution[0]), float(np.hypot(0.3 * edge, scale / np.sqrt(values.size)))


def _shrunk(level: float, sigma: float) -> float:
    return max(level, 0.0) * level**2 / max(level**2 + sigma**2, 1e-30)


def slow_photometry(pairs: SlowPairs, settings: DataConfig) -> tuple[Array, Array]:
    """Flux and variance (pair,) of the aperture."""
    mean, (rows, columns) = pairs.flux.mean(axis=2), np.indices(pairs.bad.shape)
    padded = np.pad(mean, 1, mode="edge")
    boxes = np.array([[padded[r : r + 3, c : c + 3].sum() for c in range(mean.shape[1])] for r in range(mean.shape[0])])
    peak = np.unravel_index(int(boxes.argmax()), boxes.shape)
    weight = np.where(np.hypot(rows - peak[0], columns - peak[1]) <= 5.0, np.maximum(mean - np.median(mean), 0.0), 0.0)
    distance = np.hypot(rows - (weight * rows).sum() / weight.sum(), columns - (weight * columns).sum() / weight.sum())
    extraction = settings.extraction
    ring = ~pairs.bad & (distance >= extraction.annulus_inner_px) & (distance <= extraction.annulus_outer_px)
    foreground = _shrunk(*slow_foreground(mean[ring], distance[ring], 3.0))
    inside = ~pairs.bad & (distance <= extraction.aperture_radius_px)
    return (pairs.flux[inside] - foreground).sum(axis=0), pairs.variance[inside].sum(axis=0)


def _running(values: Array, size: int, function: str) -> Array:
    """Running mean or median over ``size`` values, the ends repeated."""
    half = size // 2
    padded = np.concatenate([np.full(half, values[0]), values, np.full(half, values[-1])])
    windows = [padded[k : k + size] for k in range(values.size)]
    return np.array([np.mean(part) if function == "mean" else np.median(part) for part in windows])


def slow_spectrum(pairs: SlowPairs, bin_column: NDArray[np.int64]) -> tuple[Array, Array]:
    """Flux and variance (bin, pair) of the optimal extraction."""
    rows, columns = pairs.bad.shape
    mean, row = pairs.flux.mean(axis=2), np.arange(rows)
    light = np.maximum(mean - np.median(mean, axis=0), 0.0)
    centroid, total = (light * row[:, None]).sum(axis=0) / light.sum(axis=0), light.sum(axis=0)
    design = np.sqrt(total)[:, None] * np.column_stack([np.ones(columns), np.arange(columns)])
    intercept, slope = np.linalg.pinv(design) @ (np.sqrt(total) * centroid)
    levels, sigmas = np.zeros(columns), np.zeros(columns)
    for column in range(columns):
        offset = row - (intercept + slope * column)
        wing = ~pairs.bad[:, column] & (np.abs(offset) >= 8.0)
        levels[column], sigmas[column] = slow_foreground(mean[wing, column], offset[wing], 2.0)
    levels, sigmas = _running(levels, 31, "median"), _running(sigmas, 31, "median")
    foreground = _running(np.array([_shrunk(level, sigma) for level, sigma in zip(levels, sigmas, strict=True)]), 31, "mean")
    share = (mean - foreground) / (mean - foreground).sum(axis=0)
    profile = np.maximum(np.array([_running(line, 9, "mean") for line in share]), 0.0)
    profile /= profile.sum(axis=0)
    flux, variance = np.empty((columns, pairs.flux.shape[2])), np.empty((columns, pairs.flux.shape[2]))
    for column in range(columns):
        good = ~pairs.bad[:, column]
        p, v = profile[good, column], pairs.variance[good, column].mean(axis=1)
        weight = (p / v) / (p**2 / v).sum()
        flux[column] = weight @ (pairs.flux[good, column] - foreground[column])
        variance[column] = weight**2 @ pairs.variance[good, column]
    return flux[bin_column], variance[bin_column]


def fast_pairs(dataset: Dataset, visit: VisitId, sensor: Sensor, settings: DataConfig) -> tuple[Frames, tuple[int, int]]:
    """Run the product's own chain up to interpolated read pairs; also returns (rows, columns)."""
    folder, profile = dataset.planet_folder(visit.split, visit.planet_id), dataset.sensors[sensor]
    sigma, iterations = settings.detector.hot_pixel_sigma, settings.detector.hot_pixel_iterations
    detector = read_detector(folder, profile, visit.visit, hot_sigma=sigma, hot_iterations=iterations)
    frames = decode_reads(signal_path(folder, sensor, visit.visit), profile, detector, settings)
    return run_steps(image_chain(settings.detector, sensor, detector.shape), frames, detector.references), detector.shape


def fast_visit(dataset: Dataset, visit: VisitId, sensor: Sensor, settings: DataConfig) -> CalibratedVisit:
    """Run the product's own chain to the end."""
    return calibrate_visit(dataset, dataset.planet_folder(visit.split, visit.planet_id), sensor, visit.visit, settings)


def worst_disagreement(seen: NDArray[np.floating], expected: Array, sigma: Array) -> float:
    """Largest difference relative to the value or, where that is nearer to zero, to its standard deviation."""
    return float((np.abs(seen - expected) / np.maximum(np.abs(expected), sigma)).max())
