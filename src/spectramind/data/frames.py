"""Frames on their way through the kill chain, and the record each step leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectramind.data.quality import STATIC, Quality

Status = Literal["COMPLETE", "SKIPPED", "FAILED"]
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """What a step did: parameters, seconds, counts of samples, ranges seen (minimum, maximum)."""

    name: str
    status: Status = "COMPLETE"
    parameters: dict[str, Any] = field(default_factory=dict)
    duration_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)

    def merged(self, other: StepRecord) -> StepRecord:
        """Combine with the record of the same step on another block of pixels."""
        counts = {key: self.counts.get(key, 0) + other.counts.get(key, 0) for key in {**self.counts, **other.counts}}
        ranges = dict(self.ranges)
        for key, (low, high) in other.ranges.items():
            ranges[key] = (min(low, ranges[key][0]), max(high, ranges[key][1])) if key in ranges else (low, high)
        return replace(self, duration_s=self.duration_s + other.duration_s, counts=counts, ranges=ranges)

    def as_dict(self) -> dict[str, Any]:
        """Return the record without its duration, which differs between identical runs."""
        ranges = {key: list(value) for key, value in self.ranges.items()}
        return {"name": self.name, "status": self.status, "parameters": self.parameters, "counts": self.counts, "ranges": ranges}


History = tuple[StepRecord, ...]


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Samples of a set of pixels in their natural order: a pixel's whole time series is contiguous.

    Attributes:
        flux: (pixel, time) ADU before the first step, electrons after it.
        variance: (pixel, time) variance of ``flux`` in its unit squared; may be broadcast along time.
        quality: (pixel, time) uint16, bits of ``Quality``.
        exposure_s: (time,) seconds in which the charge of a sample was collected.
        history: One record a step, in order.
    """

    flux: NDArray[Any]
    variance: NDArray[Any]
    quality: NDArray[np.uint16]
    exposure_s: NDArray[np.float64]
    history: History = ()


@dataclass(frozen=True, kw_only=True)
class References:
    """Calibration maps of a set of pixels; every array is read-only.

    Attributes:
        dark: (pixel,) electron / s.
        dead, hot: (pixel,) bool.
        flat: (pixel,) relative response.
        read_noise: (pixel,) electron per read.
        linearity: (6, pixel) polynomial, ascending powers of the measured electrons of one read.
        adc_gain, adc_offset_electron: ``electron = ADU / adc_gain + adc_offset_electron``.
        full_scale: Largest ADU the stored integer type holds.
    """

    dark: NDArray[np.float64]
    dead: NDArray[np.bool_]
    hot: NDArray[np.bool_]
    flat: NDArray[np.float64]
    read_noise: NDArray[np.float64]
    linearity: NDArray[np.float64]
    adc_gain: float
    adc_offset_electron: float
    full_scale: float

    def __post_init__(self) -> None:
        for array in (self.dark, self.dead, self.hot, self.flat, self.read_noise, self.linearity):
            array.flags.writeable = False

    def take(self, pixels: NDArray[np.int64]) -> References:
        """Return the references of some pixels."""
        return replace(
            self,
            dark=self.dark[pixels],
            dead=self.dead[pixels],
            hot=self.hot[pixels],
            flat=self.flat[pixels],
            read_noise=self.read_noise[pixels],
            linearity=self.linearity[:, pixels],
        )


Step = Callable[[Frames, References], Frames]


def run_steps(steps: Iterable[Step], frames: Frames, references: References) -> Frames:
    """Apply steps in order and note how long each took."""
    for step in steps:
        started = time.perf_counter()
        frames = step(frames, references)
        *earlier, last = frames.history
        frames = replace(frames, history=(*earlier, replace(last, duration_s=time.perf_counter() - started)))
    return frames


def merge_histories(first: History, second: History) -> History:
    """Merge the histories of two blocks that went through the same steps."""
    if not first:
        return second
    return tuple(left.merged(right) for left, right in zip(first, second, strict=True))


def measured_pixels(quality: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return (pixel,) True where at least one sample is a measurement and not an estimate."""
    measured: NDArray[np.bool_] = ((quality & np.uint16(STATIC | Quality.INTERPOLATED)) == 0).any(axis=1)
    return measured


def value_range(name: str, values: NDArray[Any]) -> dict[str, Range]:
    """Return {name: (minimum, maximum)} of the finite values; nothing where a block of pixels has none."""
    finite = values[np.isfinite(values)]
    return {name: (float(finite.min()), float(finite.max()))} if finite.size else {}
