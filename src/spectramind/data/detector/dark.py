"""Dark current."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from spectramind.data.frames import Frames, References, StepRecord, value_range


@dataclass(frozen=True, kw_only=True)
class SubtractDark:
    """Subtract the dark current collected since the reset.

    Equation:  f' = f - D t ;  v' = v + (r D t)^2
    Shapes:    flux (pixel, time) electron ; D (pixel,) electron / s ; t (time,) s since the reset
    Flags:     none; pixels flagged NO_DARK pass unchanged.
    Assumes:   linearised single reads. r is the relative uncertainty of the dark map; its shot noise is part of the
               shot noise of the total charge, added once when the two reads are differenced.
    """

    relative_uncertainty: float

    def __call__(self, frames: Frames, references: References) -> Frames:
        dark = np.where(np.isfinite(references.dark), references.dark, 0.0)
        charge = dark[:, None] * frames.exposure_s
        variance = frames.variance
        if self.relative_uncertainty > 0:
            variance = variance + (self.relative_uncertainty * charge) ** 2
        record = StepRecord(
            name="dark",
            parameters=asdict(self),
            ranges=value_range("dark_electron_per_s", dark[~references.hot & ~references.dead]),
        )
        return replace(frames, flux=frames.flux - charge, variance=variance, history=(*frames.history, record))
