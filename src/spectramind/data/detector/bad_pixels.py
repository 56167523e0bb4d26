"""Bad pixels that the references or the raw reads reveal, before any light is interpreted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.data.frames import Frames, References, StepRecord
from spectramind.data.quality import STATIC, Quality

MAD_TO_SIGMA = 1.4826


def find_hot_pixels(dark: NDArray[np.float64], *, sigma: float, iterations: int) -> NDArray[np.bool_]:
    """Return the pixels whose dark current lies above the iteratively clipped median.

    Args:
        dark: Dark current of the whole detector, electron / s, any shape.
        sigma: Distance from the median, in clipped standard deviations.
        iterations: Number of clips.
    """
    kept = np.isfinite(dark)
    if not kept.any():
        return kept
    for _ in range(iterations):
        centre, spread = float(np.median(dark[kept])), float(dark[kept].std())
        inside = np.isfinite(dark) & (np.abs(dark - centre) <= sigma * spread)
        if (inside == kept).all() or not inside.any():
            break
        kept = inside
    return np.isfinite(dark) & ~kept & (dark > np.median(dark[kept]))


@dataclass(frozen=True, kw_only=True)
class FlagBadPixels:
    """Mark pixels that cannot be trusted for the whole visit, and reads that follow a saturated one.

    Equation:  none: only bits are set, no value is changed.
    Shapes:    quality (pixel, time) ; references (pixel,)
    Flags:     DEAD, HOT, NO_DARK (dark not finite), NO_FLAT (flat not finite or below ``minimum_flat``), NO_LINEARITY (a
               coefficient or the read noise not finite), PERSISTENCE for ``persistence_reads`` reads after SATURATED.
    Assumes:   hot pixels were found on the whole detector (``find_hot_pixels``).
    """

    minimum_flat: float
    persistence_reads: int

    def __call__(self, frames: Frames, references: References) -> Frames:
        static = np.zeros(references.dark.size, dtype=np.uint16)
        for bit, pixels in (
            (Quality.DEAD, references.dead),
            (Quality.HOT, references.hot),
            (Quality.NO_DARK, ~np.isfinite(references.dark)),
            (Quality.NO_FLAT, ~(np.isfinite(references.flat) & (references.flat >= self.minimum_flat))),
            (Quality.NO_LINEARITY, ~(np.isfinite(references.linearity).all(axis=0) & np.isfinite(references.read_noise))),
        ):
            static |= np.where(pixels, np.uint16(bit), np.uint16(0))
        quality = frames.quality | static[:, None]
        persistent = self._persistent((quality & np.uint16(Quality.SATURATED)) != 0)
        quality |= np.where(persistent, np.uint16(Quality.PERSISTENCE), np.uint16(0))
        masked = int(((static & np.uint16(STATIC)) != 0).sum())
        record = StepRecord(
            name="bad_pixels",
            parameters=asdict(self),
            counts={
                "pixels": int(static.size),
                "dead": int(references.dead.sum()),
                "hot": int(references.hot.sum()),
                "masked": masked,
                "persistence": int(persistent.sum()),
            },
        )
        return replace(frames, quality=quality, history=(*frames.history, record))

    def _persistent(self, saturated: NDArray[np.bool_]) -> NDArray[np.bool_]:
        after = np.zeros_like(saturated)
        if saturated.any():
            for lag in range(1, self.persistence_reads + 1):
                after[:, lag:] |= saturated[:, :-lag]
        return after & ~saturated
