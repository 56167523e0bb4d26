"""One sensor of one visit through the kill chain: raw reads to binned frames and light curves, in bounded memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.dataset import Dataset
from spectramind.data.detector.binning import bin_factor, bin_mean, bin_spread, bin_variance
from spectramind.data.detector.chain import image_chain, pixel_chain
from spectramind.data.detector.gates import GateResult, check_gates
from spectramind.data.detector.light_curve import LightCurve
from spectramind.data.detector.photometry import AperturePhotometry
from spectramind.data.detector.spectral_extraction import OptimalExtraction
from spectramind.data.frames import Frames, History, StepRecord, merge_histories, run_steps
from spectramind.data.quality import Quality
from spectramind.data.raw import Detector, read_blocks, read_detector, signal_path
from spectramind.data.sensors import Sensor, SensorProfile
from spectramind.utils.config.schema import DataConfig

# Reads decoded at once: small enough for the processor's cache, large enough to hide the cost of a call.
BLOCK_READS = 60_000


@dataclass(frozen=True, kw_only=True)
class CalibratedVisit:
    """Calibrated frames and light curves of one sensor in one visit.

    Attributes:
        frames, variance: (time, row, column) float32, mean electrons per stored pair and its variance.
        mask: (time, row, column) True where any sample of the bin is not a plain measurement.
        time_h: (time,) middle of each bin.
        light_curve: Extracted series, averaged to the same bins.
        jitter_px: (time, 2) scatter of the centroid (x, y) within each bin.
    """

    frames: NDArray[np.float32]
    variance: NDArray[np.float32]
    mask: NDArray[np.bool_]
    time_h: NDArray[np.float64]
    light_curve: LightCurve
    jitter_px: NDArray[np.float64]
    history: History
    gates: tuple[GateResult, ...]

    def arrays(self, *, with_frames: bool) -> dict[str, NDArray[Any]]:
        """Return the arrays of the npz product; `flux` is (time, bin)."""
        import json

        light = self.light_curve
        arrays: dict[str, NDArray[Any]] = {
            "time": self.time_h,
            "flux": light.flux.T,
            "flux_variance": light.variance.T,
            "centroid": light.centroid_px.T,
            "jitter": self.jitter_px,
            "foreground": light.foreground,
            "foreground_sigma": light.foreground_sigma,
            "trace_meta": np.array(json.dumps(light.trace_meta, sort_keys=True)),
        }
        if with_frames:
            arrays |= {"frames": self.frames, "variance": self.variance, "mask": self.mask}
        return arrays


def calibrate_visit(dataset: Dataset, planet_folder: Path, sensor: Sensor, visit: int, settings: DataConfig) -> CalibratedVisit:
    """Run the kill chain on one sensor of one visit.

    Raises:
        InputDataError: If a file is missing or damaged, or nothing usable is left on the detector.
    """
    profile = dataset.sensors[sensor]
    detector = read_detector(
        planet_folder,
        profile,
        visit,
        hot_sigma=settings.detector.hot_pixel_sigma,
        hot_iterations=settings.detector.hot_pixel_iterations,
    )
    frames = run_steps(
        image_chain(settings.detector, sensor, detector.shape),
        decode_reads(signal_path(planet_folder, sensor, visit), profile, detector, settings),  # unnamed, so that no step keeps it alive
        detector.references,
    )
    started_s = time.perf_counter()
    light = _extraction(dataset, sensor, detector.shape, settings)(frames)
    return _binned(frames, light, profile, detector.shape, settings, time.perf_counter() - started_s)


def decode_reads(path: Path, profile: SensorProfile, detector: Detector, settings: DataConfig) -> Frames:
    """Run the per-pixel steps block by block and assemble the read pairs of the whole detector as float32."""
    pixels, pairs = detector.pixel.size, profile.read_count // 2
    flux, variance = np.empty((pixels, pairs), dtype=np.float32), np.empty((pixels, pairs), dtype=np.float32)
    quality = np.empty((pixels, pairs), dtype=np.uint16)
    chain = pixel_chain(settings.detector)
    history: History = ()
    block: Frames | None = None
    for index, reads in read_blocks(path, profile, detector, max(1, BLOCK_READS // profile.read_count)):
        raw = Frames(
            flux=reads,
            variance=np.zeros((index.size, 1)),
            quality=np.zeros(reads.shape, dtype=np.uint16),
            exposure_s=profile.time_since_reset_s,
        )
        block = run_steps(chain, raw, detector.references.take(index))
        flux[index], variance[index], quality[index] = block.flux, block.variance, block.quality
        history = merge_histories(history, block.history)
    assert block is not None
    return Frames(flux=flux, variance=variance, quality=quality, exposure_s=block.exposure_s, history=history)


def _extraction(dataset: Dataset, sensor: Sensor, shape: tuple[int, int], settings: DataConfig) -> AperturePhotometry | OptimalExtraction:
    extraction = settings.extraction
    if sensor is Sensor.FGS1:
        return AperturePhotometry(
            shape=shape,
            aperture_radius_px=extraction.aperture_radius_px,
            annulus_inner_px=extraction.annulus_inner_px,
            annulus_outer_px=extraction.annulus_outer_px,
        )
    wavelength_um = dataset.sensors[sensor].column_wavelength_um
    assert wavelength_um is not None
    return OptimalExtraction(shape=shape, bin_column=dataset.bin_column, column_wavelength_um=wavelength_um, seam_bins=extraction.seam_bins)


def _binned(
    frames: Frames, light: LightCurve, profile: SensorProfile, shape: tuple[int, int], settings: DataConfig, extraction_s: float
) -> CalibratedVisit:
    factor = bin_factor(profile.pair_period_s, settings.bin_cadence_s)
    centroid_px = _filled(light.centroid_px)
    replaced = ((frames.quality & np.uint16(Quality.INTERPOLATED)) != 0).astype(np.float32)
    median_flux = np.median(light.flux, axis=1)
    extraction = StepRecord(
        name="extraction",
        duration_s=extraction_s,
        parameters={"sensor": str(profile.sensor), "pairs_per_bin": factor},
        ranges={"bin_electron": (float(median_flux.min()), float(median_flux.max()))},
        counts={"bins": int(median_flux.size), "dropped_pairs": light.flux.shape[1] % factor},
    )
    history = (*frames.history, extraction)
    return CalibratedVisit(
        frames=_cube(bin_mean(frames.flux, factor), shape),
        variance=_cube(bin_variance(frames.variance, factor), shape),
        mask=_cube(bin_mean(replaced, factor) > 0, shape),
        time_h=bin_mean(profile.pair_mid_time_h, factor),
        light_curve=replace(
            light,
            flux=bin_mean(light.flux, factor),
            variance=bin_variance(light.variance, factor),
            centroid_px=bin_mean(centroid_px, factor),
        ),
        jitter_px=bin_spread(centroid_px, factor).T,
        history=history,
        gates=check_gates(history, settings.gates),
    )


def _cube(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """(pixel, time) -> (time, row, column)."""
    return np.ascontiguousarray(values.reshape(*shape, -1).transpose(2, 0, 1))


def _filled(centroid_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put the median where no light was seen: a sample without light has no position to regress on."""
    seen = np.isfinite(centroid_px)
    middle = np.array([[np.median(row[ok]) if ok.any() else 0.0] for row, ok in zip(centroid_px, seen, strict=True)])
    return np.where(seen, centroid_px, middle)
