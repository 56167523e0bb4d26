"""A handful of pixels for tests of single steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import Quality

GAIN = 0.4369
OFFSET_ELECTRON = -1000.0
FULL_SCALE = 65535.0


def references(pixels: int = 3, **overrides: Any) -> References:
    """Maps of perfect pixels; keywords replace single maps."""
    linearity = np.zeros((6, pixels))
    linearity[1] = 1.0
    values: dict[str, Any] = {
        "dark": np.zeros(pixels),
        "dead": np.zeros(pixels, dtype=np.bool_),
        "hot": np.zeros(pixels, dtype=np.bool_),
        "flat": np.ones(pixels),
        "read_noise": np.full(pixels, 13.0),
        "linearity": linearity,
        "adc_gain": GAIN,
        "adc_offset_electron": OFFSET_ELECTRON,
        "full_scale": FULL_SCALE,
    }
    arrays = {name: np.array(value) if isinstance(value, (list, np.ndarray)) else value for name, value in overrides.items()}
    return References(**{**values, **arrays})


def frames(
    flux: ArrayLike, variance: ArrayLike | None = None, quality: ArrayLike | None = None, exposure_s: ArrayLike | None = None
) -> Frames:
    """Frames of the given flux (pixel, time); variance 1, no flags and 0.1 / 4.6 s unless given."""
    values = np.asarray(flux)
    times = np.tile([0.1, 4.6], values.shape[1])[: values.shape[1]] if exposure_s is None else np.asarray(exposure_s, dtype=np.float64)
    ones = np.ones(values.shape, dtype=values.dtype if values.dtype.kind == "f" else np.float64)
    return Frames(
        flux=values,
        variance=ones if variance is None else np.asarray(variance),
        quality=np.zeros(values.shape, dtype=np.uint16) if quality is None else np.asarray(quality, dtype=np.uint16),
        exposure_s=times,
    )


def record(result: Frames) -> StepRecord:
    """What the last step wrote down."""
    return result.history[-1]


def has(quality: NDArray[np.uint16], bit: Quality) -> NDArray[np.bool_]:
    """Where a bit is set."""
    return np.asarray((quality & np.uint16(bit)) != 0)


def kept(before: NDArray[np.uint16], after: NDArray[np.uint16]) -> bool:
    """True where no bit was taken away."""
    return bool(((before & ~after) == 0).all())
