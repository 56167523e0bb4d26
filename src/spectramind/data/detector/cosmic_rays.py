"""Cosmic rays: lone outliers in one pixel's time series."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from spectramind.data.detector.bad_pixels import MAD_TO_SIGMA
from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import STATIC, Quality

PIXELS_AT_ONCE = 64
MINIMUM_SAMPLES = 8
COMMON_MODE_SAMPLES = 5
CANDIDATE_MARGIN = 0.8


def common_mode(flux: NDArray[np.float32], good: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the white light curve (time,) over the good pixels, smoothed by a running median, relative to its median.

    What all pixels do together, a transit above all, must not be taken for an outlier of each of them. What one pixel does
    for a sample or two, a hit above all, must not pass for a change of the star: the running median is blind to it.
    """
    white = median_filter(good.astype(np.float32) @ flux, COMMON_MODE_SAMPLES, mode="mirror")
    level = np.median(white)
    return white / level if level > 0 else np.ones_like(white)


def candidate_deviations(sigma_threshold: float, window: int) -> float:
    """Return how many standard deviations of its window a sample must stand out to be worth the slower robust look.

    A lone outlier of s sigma among n samples stands s (n - 1) / n over sqrt(1 + s^2 (n - 1) / n^2) deviations out, itself
    included in them; the margin is for the noise on top and for a second outlier in the window.
    """
    others = (window - 1) / window
    return CANDIDATE_MARGIN * sigma_threshold * others / float(np.sqrt(1.0 + sigma_threshold**2 * others / window))


@dataclass(frozen=True, kw_only=True)
class FlagCosmicRays:
    """Flag samples that stand out from their neighbours in time.

    Equation:  r = f - <f> s(t), s the smoothed white light of all good pixels; flagged where |r - median(r)| > sigma_threshold *
               max(1.4826 MAD(r), sqrt<v>) within a window of consecutive samples whose largest |r - mean(r)| exceeds
               ``candidate_deviations`` standard deviations (jitter makes many outliers in a window, a hit makes one).
    Shapes:    flux, quality (pixel, time), all pixels of the sensor
    Flags:     COSMIC_RAY. Values are left as they are.
    Assumes:   samples after flat field; pixels flagged for the whole visit are not searched. SKIPPED below 8 samples.
    """

    sigma_threshold: float
    window: int

    def __call__(self, frames: Frames, references: References) -> Frames:
        samples = frames.flux.shape[1]
        if samples < MINIMUM_SAMPLES:
            record = StepRecord(name="cosmic_rays", status="SKIPPED", parameters=asdict(self))
            return replace(frames, history=(*frames.history, record))
        good = (frames.quality[:, 0] & np.uint16(STATIC)) == 0
        shape_in_time = common_mode(frames.flux, good)
        quality = frames.quality.copy()
        for start in range(0, len(good), PIXELS_AT_ONCE):
            pixels = start + np.flatnonzero(good[start : start + PIXELS_AT_ONCE])
            hits = self._outliers(frames.flux[pixels], frames.variance[pixels], shape_in_time)
            quality[pixels] |= np.where(hits, np.uint16(Quality.COSMIC_RAY), np.uint16(0))
        flagged = int(((quality & np.uint16(Quality.COSMIC_RAY)) != 0).sum())
        record = StepRecord(name="cosmic_rays", parameters=asdict(self), counts={"samples": int(quality.size), "flagged": flagged})
        return replace(frames, quality=quality, history=(*frames.history, record))

    def _outliers(self, flux: NDArray[np.float32], variance: NDArray[np.float32], shape_in_time: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return (pixel, time) True where a sample is an outlier of its window."""
        samples = flux.shape[1]
        window = min(self.window, samples)
        starts = [*range(0, samples - window + 1, window)]
        if starts[-1] + window < samples:
            starts.append(samples - window)
        residual = flux - flux.mean(axis=1, keepdims=True) * shape_in_time
        windows = np.stack([residual[:, start : start + window] for start in starts], axis=1)
        deviation = np.abs(windows - windows.mean(axis=2, keepdims=True))
        pixel, number = np.nonzero(deviation.max(axis=2) > candidate_deviations(self.sigma_threshold, window) * windows.std(axis=2))
        candidates = windows[pixel, number]
        deviation = np.abs(candidates - np.median(candidates, axis=1, keepdims=True))
        sigma = np.maximum(MAD_TO_SIGMA * np.median(deviation, axis=1), np.sqrt(variance.mean(axis=1))[pixel])
        row, offset = np.nonzero(deviation > self.sigma_threshold * sigma[:, None])
        hits = np.zeros(flux.shape, dtype=np.bool_)
        hits[pixel[row], np.asarray(starts)[number[row]] + offset] = True
        return hits
