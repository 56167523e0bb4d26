"""What the star table says of a system, taken as a loose prior: its orbits are only approximate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from spectramind.physics.orbit import impact_parameter, total_duration_hours

# Medians of the competition's table: what a system without an entry is assumed to be.
_TYPICAL = {"Ts": 5887.0, "sma": 10.5, "i": 88.51, "P": 5.2}


@dataclass(frozen=True, kw_only=True)
class StarPrior:
    """Catalogue values of one system.

    Attributes:
        temperature_k: Effective temperature of the star.
        period_d: Orbital period in days.
        semimajor_axis: Semi-major axis in stellar radii.
        impact_parameter: Impact parameter that the catalogue's inclination implies, in stellar radii.
    """

    temperature_k: float
    period_d: float
    semimajor_axis: float
    impact_parameter: float

    @classmethod
    def from_catalogue(cls, row: dict[str, Any]) -> StarPrior:
        """Read one row of the star table; a value that is absent or not finite is replaced by the typical one."""
        values = {name: _finite(row.get(name), typical) for name, typical in _TYPICAL.items()}
        impact = abs(float(impact_parameter(values["sma"], values["i"])))
        return cls(
            temperature_k=values["Ts"],
            period_d=values["P"],
            semimajor_axis=values["sma"],
            impact_parameter=min(impact, 0.9),
        )

    @property
    def duration_h(self) -> float:
        """Time the planet's centre spends in front of the disc, in hours (circular orbit)."""
        return float(total_duration_hours(self.period_d, self.semimajor_axis, self.impact_parameter, 0.0))


def _finite(value: object, typical: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return typical
    return number if math.isfinite(number) and number > 0 else typical
