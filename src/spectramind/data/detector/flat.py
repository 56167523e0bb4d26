"""Flat field."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spectramind.data.frames import Frames, References, StepRecord, value_range
from spectramind.data.quality import Quality


@dataclass(frozen=True, kw_only=True)
class DivideFlat:
    """Divide by the relative response of each pixel.

    Equation:  f' = f / F ;  v' = v / F^2
    Shapes:    flux (pixel, time) electron ; F (pixel,)
    Flags:     none; pixels flagged NO_FLAT pass undivided (the flat of a dead pixel is about 0, even negative).
    Assumes:   shot noise was added before, from the electrons truly collected.
    """

    def __call__(self, frames: Frames, references: References) -> Frames:
        unusable = (frames.quality[:, 0] & np.uint16(Quality.NO_FLAT)) != 0
        flat = np.where(unusable, 1.0, references.flat)[:, None]
        record = StepRecord(
            name="flat",
            counts={"undivided_pixels": int(unusable.sum())},
            ranges=value_range("flat", references.flat[~unusable & ~references.dead]),
        )
        return replace(frames, flux=frames.flux / flat, variance=frames.variance / flat**2, history=(*frames.history, record))
