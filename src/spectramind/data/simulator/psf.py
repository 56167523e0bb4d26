"""Where the light falls: the cross-dispersion profile of AIRS and the image of a star on FGS1, with their derivatives in position."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.instrument import CADENCES, ROWS

# Measured fraction of the light in every AIRS row, in 1e-4, averaged over the spectrum.
_PROFILE = (
    *(6, 8, 8, 10, 12, 14, 17, 22, 29, 40, 60, 103, 192, 415, 1119, 2647),
    *(2951, 1304, 392, 239, 132, 80, 49, 36, 27, 21, 17, 14, 12, 10, 9, 8),
)
AIRS_CENTRE_ROW = 15.61
_STRETCH = ((0.0, 45.0, 180.0, 315.0, 355.0), (1.29, 1.255, 1.105, 0.80, 0.74))  # at columns: diffraction is wider at the red end
FGS1_CENTRE = (15.62, 15.42)  # column, row
# A compact core, three arms of a triangular pattern and a faint halo: (share, direction x, direction y, length px, width px).
_CORE = (0.57, 1.16, 0.90)
_ARMS = ((0.30, 0.05, 1.0, 1.5, 1.25), (0.06, -0.95, -0.3, 5.0, 0.9), (0.07, 0.75, -0.65, 1.4, 1.0))
_HALO = (0.03, 4.0)
_STEP_PX = 0.05
_POINTS_PER_PIXEL = 5
_SOFTENING_PX = 0.5  # no cusp in the image
_FAINTEST = 1.0e-9


@dataclass(frozen=True, kw_only=True)
class PixelResponse:
    """Fraction of the light in every pixel and its relative derivatives in pointing.

    Attributes:
        fraction: (row, column); sums to 1 over a column (AIRS) or over the frame (FGS1).
        x, y: First derivatives over fraction, per px towards higher columns and rows.
        xx, yy, xy: Second derivatives over fraction (zero for AIRS, whose long reads average them away).
    """

    fraction: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    xx: NDArray[np.float64]
    yy: NDArray[np.float64]
    xy: NDArray[np.float64]


def airs_response(electron_per_s: NDArray[np.float64]) -> PixelResponse:
    """Return the response of (32, 356) AIRS pixels to a star with (356,) electrons per second a column.

    A shift along the columns moves the spectrum over the pixels, so its derivative is that of the spectrum times the profile.
    """
    fraction = _airs_profile(0.0)
    y = (_airs_profile(_STEP_PX) - _airs_profile(-_STEP_PX)) / (2.0 * _STEP_PX) / fraction
    x = -np.gradient(electron_per_s * fraction, axis=1) / (electron_per_s * fraction)
    zero = np.zeros_like(fraction)
    return PixelResponse(fraction=fraction, x=x, y=y, xx=zero, yy=zero, xy=zero)


@cache
def _airs_profile(shift_px: float) -> NDArray[np.float64]:
    """Return the (32, 356) profile of a source moved up by ``shift_px`` rows, stretched about its centre."""
    stretch = np.interp(np.arange(CADENCES[Sensor.AIRS].columns), *_STRETCH)
    offset = (np.arange(ROWS)[:, None] - AIRS_CENTRE_ROW - shift_px) / stretch[None, :]
    position = offset + AIRS_CENTRE_ROW
    inside = np.clip(position, 0.0, ROWS - 1.0)
    profile = np.exp(_hermite(np.log(np.array(_PROFILE, dtype=np.float64)), inside) - 0.12 * np.abs(position - inside))
    result: NDArray[np.float64] = profile / profile.sum(axis=0, keepdims=True)
    return result


def _hermite(values: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate equally spaced values by cubics with a continuous slope."""
    slope = np.gradient(values)
    index = np.minimum(position.astype(np.int64), values.size - 2)
    part = position - index
    rise = values[index + 1] - values[index]
    bend = (1.0 - part) * (slope[index] - rise) + part * (rise - slope[index + 1])
    result: NDArray[np.float64] = values[index] + part * (rise + (1.0 - part) * bend)
    return result


@cache
def fgs1_response(sensitivity_per_px: tuple[float, float]) -> PixelResponse:
    """Return the response of (32, 32) FGS1 pixels.

    Args:
        sensitivity_per_px: Relative change of the total light per px of pointing in x and y.
    """
    step = _STEP_PX
    centre = _fgs1_image(0.0, 0.0)
    left, right, down, up = (_fgs1_image(*shift) for shift in ((-step, 0.0), (step, 0.0), (0.0, -step), (0.0, step)))
    corner = sum(sign * _fgs1_image(i * step, j * step) for sign, i, j in ((1, 1, 1), (-1, 1, -1), (-1, -1, 1), (1, -1, -1)))
    return PixelResponse(
        fraction=centre / centre.sum(),
        x=(right - left) / (2.0 * step) / centre + sensitivity_per_px[0],
        y=(up - down) / (2.0 * step) / centre + sensitivity_per_px[1],
        xx=(right - 2.0 * centre + left) / step**2 / centre,
        yy=(up - 2.0 * centre + down) / step**2 / centre,
        xy=corner / (4.0 * step**2) / centre,
    )


def _fgs1_image(shift_x: float, shift_y: float) -> NDArray[np.float64]:
    """Return the (32, 32) image of a source moved by (shift_x, shift_y) px, averaged over a grid of points in every pixel."""
    points = (np.arange(ROWS * _POINTS_PER_PIXEL) + 0.5) / _POINTS_PER_PIXEL - 0.5
    x, y = np.meshgrid(points - FGS1_CENTRE[0] - shift_x, points - FGS1_CENTRE[1] - shift_y)
    image = _fgs1_brightness(x, y).reshape(ROWS, _POINTS_PER_PIXEL, ROWS, _POINTS_PER_PIXEL).mean(axis=(1, 3))
    return np.asarray(np.maximum(image, _FAINTEST))


def _fgs1_brightness(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the brightness at (x, y) px from the centre."""
    share, width_x, width_y = _CORE
    image = share / (2.0 * np.pi * width_x * width_y) * np.exp(-0.5 * ((x / width_x) ** 2 + (y / width_y) ** 2))
    for share, direction_x, direction_y, length, width in _ARMS:
        norm = float(np.hypot(direction_x, direction_y))
        along, across = (x * direction_x + y * direction_y) / norm, (y * direction_x - x * direction_y) / norm
        arm = np.exp(-np.logaddexp(0.0, -along / 0.4) - np.hypot(along, _SOFTENING_PX) / length - 0.5 * (across / width) ** 2)
        image += share * arm / (length * width * np.sqrt(2.0 * np.pi))
    share, scale = _HALO
    image += share / (2.0 * np.pi * scale**2) * np.exp(-np.sqrt(x**2 + y**2 + _SOFTENING_PX**2) / scale)
    return image
