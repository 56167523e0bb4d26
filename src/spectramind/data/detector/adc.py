"""Analogue-to-digital conversion, undone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np

from spectramind.data.frames import Frames, References, StepRecord, value_range
from spectramind.data.quality import Quality


@dataclass(frozen=True, kw_only=True)
class DecodeAdc:
    """Decode ADU into electrons and start the variance with what does not depend on light.

    Equation:  e = R / g + o ;  v = read^2 + 1 / (12 g^2)   (read noise and the uniform error of one ADU)
    Shapes:    flux (pixel, time) ADU -> electron ; variance (pixel, 1) electron^2, constant in time
    Flags:     sets SATURATED from ``saturation_fraction`` of full scale on, NOT_FINITE where R is not finite.
    Assumes:   g in ADU per electron, o in electrons, as the dataset gives them. The floor of the converter shifts every
               read by the same half ADU, which the difference of two reads cancels. Negative electrons stay negative.
    """

    saturation_fraction: float

    def __call__(self, frames: Frames, references: References) -> Frames:
        saturated = frames.flux >= self.saturation_fraction * references.full_scale
        flux = frames.flux / references.adc_gain
        flux += references.adc_offset_electron
        quality = frames.quality | np.where(saturated, np.uint16(Quality.SATURATED), np.uint16(0))
        not_finite = ~np.isfinite(flux) if np.issubdtype(frames.flux.dtype, np.floating) else np.zeros((), dtype=np.bool_)
        if not_finite.any():
            quality |= np.where(not_finite, np.uint16(Quality.NOT_FINITE), np.uint16(0))
            flux = np.where(not_finite, 0.0, flux)
        variance = references.read_noise[:, None] ** 2 + 1.0 / (12.0 * references.adc_gain**2)
        record = StepRecord(
            name="adc",
            parameters={**asdict(self), "gain": references.adc_gain, "offset_electron": references.adc_offset_electron},
            counts={"samples": int(flux.size), "saturated": int(saturated.sum()), "not_finite": int(not_finite.sum())},
            ranges={
                "adc_gain": (references.adc_gain, references.adc_gain),
                **value_range("raw_adu", frames.flux),
                **value_range("electron", flux),
            },
        )
        return replace(frames, flux=flux, variance=variance, quality=quality, history=(*frames.history, record))
