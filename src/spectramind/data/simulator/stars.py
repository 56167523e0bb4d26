"""A star, its planet and its orbit as they are, and as a catalogue with errors lists them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from spectramind.data.simulator.scenario import Scenario
from spectramind.data.simulator.starlight import starlight
from spectramind.physics.orbit import total_duration_hours

CATALOGUE_COLUMNS = ("Rs", "Ms", "Ts", "Mp", "e", "P", "sma", "i")
SEMIMAJOR_AXIS_ERROR = 0.065
INCLINATION_ERROR_DEG = 0.4
PERIOD_ERROR = 0.003
BRIGHTEST_FGS1_ELECTRON_PER_S = 3.3e6
# sma [stellar radii] = this * (M [Msun])^(1/3) * (P [day])^(2/3) / (R [Rsun]); Kepler's third law.
KEPLER_SOLAR = 4.2083


@dataclass(frozen=True, kw_only=True)
class System:
    """The truth about one star and planet.

    Attributes:
        semimajor_axis: In stellar radii.
        impact_parameter: In stellar radii.
        depth: Mean transit depth over the AIRS bins.
        airs_electron_per_s: Light of the star summed over AIRS.
    """

    radius_rsun: float
    mass_msun: float
    temperature_k: float
    planet_mass_mjup: float
    period_d: float
    semimajor_axis: float
    impact_parameter: float
    depth: float
    airs_electron_per_s: float

    @property
    def inclination_deg(self) -> float:
        """Inclination in degrees."""
        return float(np.degrees(np.arccos(self.impact_parameter / self.semimajor_axis)))

    @property
    def duration_h(self) -> float:
        """First to fourth contact in hours."""
        return float(total_duration_hours(self.period_d, self.semimajor_axis, self.impact_parameter, np.sqrt(self.depth)))

    def as_dict(self) -> dict[str, float]:
        """Return the system as a JSON-ready mapping."""
        return {**asdict(self), "inclination_deg": self.inclination_deg, "duration_h": self.duration_h}


def _within(generator: np.random.Generator, mean: float, deviation: float, low: float, high: float) -> float:
    """Draw from a normal distribution cut to [low, high]."""
    while True:
        value = float(generator.normal(mean, deviation))
        if low <= value <= high:
            return value


def draw_system(generator: np.random.Generator, scenario: Scenario) -> System:
    """Draw a star and its planet from the distributions of the published star table."""
    mass = _within(generator, 1.10, 0.20, 0.60, 1.82)
    temperature = float(np.clip(5850.0 * (mass / 1.10) ** 0.45 + generator.normal(0.0, 200.0), 4236.0, 6979.0))
    radius = float(np.clip(1.25 * (mass / 1.10) * np.exp(generator.normal(0.0, 0.22)), 0.654, 2.887))
    period = _within(generator, 5.2, 1.7, 2.78, 7.61)
    semimajor_axis = KEPLER_SOLAR * mass ** (1.0 / 3.0) * period ** (2.0 / 3.0) / radius
    impact_parameter = abs(_within(generator, 0.0, 0.36, -0.80, 0.80))
    return System(
        radius_rsun=radius,
        mass_msun=mass,
        temperature_k=temperature,
        planet_mass_mjup=float(np.exp(_within(generator, np.log(0.94), 1.0, np.log(0.049), np.log(24.7)))),
        period_d=period,
        semimajor_axis=semimajor_axis,
        impact_parameter=impact_parameter,
        depth=_draw_depth(generator, scenario),
        airs_electron_per_s=_draw_brightness(generator, temperature),
    )


def _draw_brightness(generator: np.random.Generator, temperature_k: float) -> float:
    """Total light in AIRS; stars that would saturate FGS1 are not observed."""
    airs = float(np.exp(_within(generator, np.log(3.2e6), 0.20, np.log(2.0e6), np.log(4.2e6))))
    return airs * min(1.0, BRIGHTEST_FGS1_ELECTRON_PER_S / starlight(temperature_k, airs).fgs1)


def _draw_depth(generator: np.random.Generator, scenario: Scenario) -> float:
    """Log-normal with mean 0.0147 and deviation 0.0107 inside the default range; log-uniform where the tail hardly reaches."""
    low, high = np.log(scenario.depth_range[0]), np.log(scenario.depth_range[1])
    for _ in range(100):
        value = generator.normal(-4.433, 0.652)
        if low <= value <= high:
            return float(np.exp(value))
    return float(np.exp(generator.uniform(low, high)))


def catalogue_row(system: System, generator: np.random.Generator) -> tuple[float, ...]:
    """Return the columns of the star table, with errors in semi-major axis, inclination and period."""
    semimajor_axis = system.semimajor_axis * (1.0 + SEMIMAJOR_AXIS_ERROR * generator.standard_normal())
    inclination = system.inclination_deg + INCLINATION_ERROR_DEG * generator.standard_normal()
    inclination = 90.0 - abs(90.0 - inclination)  # the same orbit seen from the other side
    period = system.period_d * (1.0 + PERIOD_ERROR * generator.standard_normal())
    return (
        *(system.radius_rsun, system.mass_msun, system.temperature_k, system.planet_mass_mjup, 0.0),
        *(float(period), float(semimajor_axis), float(inclination)),
    )
