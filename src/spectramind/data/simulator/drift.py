"""Slow multiplicative gain drift: 1 + A P_t(time) P_w(column)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from spectramind.data.sensors import SECONDS_PER_HOUR, Sensor
from spectramind.data.simulator.instrument import CADENCES, OBSERVATION_S
from spectramind.data.simulator.scenario import DriftKind

AIRS_RMS = (1.4e-4, 4.8e-4)
FGS1_RMS = (0.8e-4, 2.2e-4)
TIME_DEGREE = 3
COLUMN_DEGREE = 3
WALK_STEP_S = 30.0
WALK_MEMORY_S = 2400.0


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Drift of one sensor in one visit.

    Attributes:
        rms: A, the root mean square over time and columns, where both factors have unit rms.
        column: Chebyshev coefficients of P_w over the detector columns, ascending.
        curve: (step,) P_t at equal steps over the visit.
        coefficients: What ``curve`` was made of, for the record.
    """

    kind: DriftKind
    rms: float
    column: NDArray[np.float64]
    curve: NDArray[np.float64]
    coefficients: dict[str, Any]

    def gain(self, time_h: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
        """Return (columns, time) gain."""
        steps_h = np.linspace(0.0, OBSERVATION_S / SECONDS_PER_HOUR, self.curve.size)
        in_time = np.interp(time_h, steps_h, self.curve)
        in_column = chebyshev.chebval(np.linspace(-1.0, 1.0, columns), self.column) if columns > 1 else np.ones(1)
        gain: NDArray[np.float64] = 1.0 + self.rms * in_column[:, None] * in_time[None, :]
        return gain

    def as_dict(self) -> dict[str, Any]:
        """Return what defines the drift as a JSON-ready mapping."""
        return {"kind": self.kind, "rms": self.rms, "column": self.column.tolist(), **self.coefficients}


def draw_drift(generator: np.random.Generator, sensor: Sensor, kind: DriftKind, scale: float) -> Drift:
    """Draw the drift of one sensor."""
    low, high = AIRS_RMS if sensor is Sensor.AIRS else FGS1_RMS
    rms = float(generator.uniform(low, high)) * scale
    column = generator.normal(0.0, 1.0 / np.arange(1, COLUMN_DEGREE + 2))
    over_columns = chebyshev.chebval(np.linspace(-1.0, 1.0, CADENCES[Sensor.AIRS].columns), column)
    column /= np.sqrt(np.mean(over_columns**2))
    curve, coefficients = _CURVES[kind](generator)
    return Drift(kind=kind, rms=rms, column=column, curve=curve, coefficients=coefficients)


def _unit(curve: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the curve with mean 0 and rms 1, and the factor applied."""
    centred = curve - curve.mean()
    factor = 1.0 / float(np.sqrt(np.mean(centred**2)))
    return centred * factor, factor


def _polynomial(generator: np.random.Generator) -> tuple[NDArray[np.float64], dict[str, Any]]:
    time = np.append(0.0, generator.normal(0.0, 1.0 / np.arange(1, TIME_DEGREE + 1) ** 1.5))
    curve, factor = _unit(chebyshev.chebval(np.linspace(-1.0, 1.0, 2001), time))
    return curve, {"time": (time * factor).tolist()}


def _sinusoid(generator: np.random.Generator) -> tuple[NDArray[np.float64], dict[str, Any]]:
    period_h, phase = float(generator.uniform(1.5, 6.0)), float(generator.uniform(0.0, 2.0 * np.pi))
    hours = np.linspace(0.0, OBSERVATION_S / SECONDS_PER_HOUR, 2001)
    return _unit(np.sin(2.0 * np.pi * hours / period_h + phase))[0], {"period_h": period_h, "phase": phase}


def _random_walk(generator: np.random.Generator) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Ornstein-Uhlenbeck process with a memory of 40 minutes."""
    steps = round(OBSERVATION_S / WALK_STEP_S) + 1
    keep = float(np.exp(-WALK_STEP_S / WALK_MEMORY_S))
    kicks = generator.standard_normal(steps) * np.sqrt(1.0 - keep**2)
    curve = np.empty(steps)
    value = float(generator.standard_normal())
    for index in range(steps):
        value = keep * value + kicks[index]
        curve[index] = value
    return _unit(curve)[0], {"memory_s": WALK_MEMORY_S}


_CURVES = {"polynomial": _polynomial, "sinusoid": _sinusoid, "random_walk": _random_walk}
