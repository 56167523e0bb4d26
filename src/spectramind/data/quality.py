"""The one table of data-quality bits. Steps only ever add bits."""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """Bits of the uint16 quality of one sample of one pixel; 0 is a good measurement."""

    GOOD = 0
    DEAD = 1 << 0
    HOT = 1 << 1
    NOT_FINITE = 1 << 2
    SATURATED = 1 << 3
    PERSISTENCE = 1 << 4
    COSMIC_RAY = 1 << 5
    NO_FLAT = 1 << 6
    NO_DARK = 1 << 7
    NO_LINEARITY = 1 << 8
    INTERPOLATED = 1 << 9


# A pixel with one of these is bad for the whole visit.
STATIC = Quality.DEAD | Quality.HOT | Quality.NO_FLAT | Quality.NO_DARK | Quality.NO_LINEARITY
# A sample with one of these is replaced by an estimate before it is used.
TRANSIENT = Quality.NOT_FINITE | Quality.SATURATED | Quality.PERSISTENCE | Quality.COSMIC_RAY
