"""Correlated double sampling: two reads of a ramp become one measurement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spectramind.data.frames import Frames, References, StepRecord


@dataclass(frozen=True, kw_only=True)
class CorrelatedDoubleSample:
    """Subtract the read just after reset from the read at the end of the ramp, and add the shot noise.

    Equation:  f' = f_odd - f_even ;  v' = v_odd + v_even + max(f' + D dt, 0)
    Shapes:    flux (pixel, 2 n) electron -> (pixel, n) ; dt = t_odd - t_even (n,) s
    Flags:     a pair carries the bits of both reads.
    Assumes:   reads alternate even (after reset), odd (end of ramp). This is the one place where shot noise enters:
               from all the electrons collected between the two reads, dark current included. What was collected before
               the first read is common to both and cancels.
    """

    def __call__(self, frames: Frames, references: References) -> Frames:
        flux = frames.flux[:, 1::2] - frames.flux[:, ::2]
        exposure_s = frames.exposure_s[1::2] - frames.exposure_s[::2]
        dark = np.where(np.isfinite(references.dark), references.dark, 0.0)
        shot = np.maximum(flux + dark[:, None] * exposure_s, 0.0)
        variance = np.broadcast_to(frames.variance, frames.flux.shape)
        shot += variance[:, 1::2]
        shot += variance[:, ::2]
        quality = frames.quality[:, 1::2] | frames.quality[:, ::2]
        record = StepRecord(
            name="cds", counts={"pairs": int(flux.shape[1])}, ranges={"exposure_s": (float(exposure_s.min()), float(exposure_s.max()))}
        )
        return replace(frames, flux=flux, variance=shot, quality=quality, exposure_s=exposure_s, history=(*frames.history, record))
