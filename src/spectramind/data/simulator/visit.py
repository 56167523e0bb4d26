"""One planet and its visits: every draw that is not pixel noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import SECONDS_PER_HOUR, Sensor
from spectramind.data.simulator.drift import Drift, draw_drift
from spectramind.data.simulator.eclipse import LimbDarkening, draw_limb_darkening
from spectramind.data.simulator.instrument import OBSERVATION_S
from spectramind.data.simulator.pointing import Episode, draw_episode
from spectramind.data.simulator.scenario import Scenario
from spectramind.data.simulator.seeds import Stream
from spectramind.data.simulator.spectra import Spectrum, draw_spectrum
from spectramind.data.simulator.stars import System, draw_system

FOREGROUND_ELECTRON_PER_S = {Sensor.AIRS: 0.2, Sensor.FGS1: 8.0}
BUMP_WIDTH_H = 0.10


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What is particular to one visit.

    Attributes:
        incomplete: The observation ends before the transit does.
        bump_ppm: Height of a bump on the ingress; 0 is none.
        foreground_electron_per_s: Uniform light per pixel.
    """

    number: int
    mid_time_h: float
    incomplete: bool
    episode: Episode | None
    bump_ppm: float
    foreground_electron_per_s: dict[Sensor, float]
    drift: dict[Sensor, Drift]

    def as_dict(self) -> dict[str, Any]:
        """Return the visit's true parameters as a JSON-ready mapping."""
        episode = self.episode
        return {
            "visit": self.number,
            "t0_h": self.mid_time_h,
            "incomplete": self.incomplete,
            "bump_ppm": self.bump_ppm,
            "jitter_episode": None if episode is None else {**vars_of(episode), "excursion": list(episode.excursion)},
            "foreground_electron_per_s": {str(sensor): value for sensor, value in self.foreground_electron_per_s.items()},
            "drift": {str(sensor): drift.as_dict() for sensor, drift in self.drift.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Planet:
    """The truth about one planet."""

    system: System
    spectrum: Spectrum
    limb_darkening: LimbDarkening
    visits: tuple[Visit, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the planet's true parameters as a JSON-ready mapping."""
        return {
            "system": self.system.as_dict(),
            "limb_darkening": self.limb_darkening.as_dict(),
            "molecules": self.spectrum.molecules,
            "visits": [visit.as_dict() for visit in self.visits],
        }


def vars_of(episode: Episode) -> dict[str, float]:
    """Return the scalar fields of an episode."""
    return {"start_s": episode.start_s, "duration_s": episode.duration_s, "excess": episode.excess}


def draw_planet(stream: Stream, visits: int, scenario: Scenario) -> Planet:
    """Draw a planet, its star, its spectrum and what happens in each visit."""
    generator = stream.generator("planet")
    system = draw_system(generator, scenario)
    limb_darkening = draw_limb_darkening(generator, system.temperature_k, scenario.limb_darkening)
    return Planet(
        system=system,
        spectrum=draw_spectrum(stream.generator("spectrum"), system.depth, scenario),
        limb_darkening=limb_darkening,
        visits=tuple(_draw_visit(stream.at_visit(number), system, scenario) for number in range(visits)),
    )


def _draw_visit(stream: Stream, system: System, scenario: Scenario) -> Visit:
    generator = stream.generator("visit")
    mid_time_h = float(generator.uniform(3.0, 4.5))
    end_h, half_h = OBSERVATION_S / SECONDS_PER_HOUR, 0.5 * system.duration_h
    cut, part = generator.random() < scenario.egress_cut_fraction, generator.uniform(0.4, 0.95)
    if cut:
        mid_time_h = max(mid_time_h, end_h - float(part) * half_h)
    has_episode = generator.random() < scenario.episode_fraction
    episode = draw_episode(generator)
    brightness = np.exp(generator.normal(0.0, 0.3, size=2))
    drift_generator = stream.generator("drift")
    bumped = stream.generator("bump").random() < scenario.bump_fraction
    return Visit(
        number=stream.visit,
        mid_time_h=mid_time_h,
        incomplete=mid_time_h + half_h > end_h,
        episode=episode if has_episode else None,
        bump_ppm=scenario.bump_ppm if bumped else 0.0,
        foreground_electron_per_s={
            sensor: float(FOREGROUND_ELECTRON_PER_S[sensor] * factor) for sensor, factor in zip(Sensor, brightness, strict=True)
        },
        drift={sensor: draw_drift(drift_generator, sensor, scenario.drift_kind, scenario.drift_scale) for sensor in Sensor},
    )


def ingress_bump(time_h: NDArray[np.float64], mid_time_h: float, duration_h: float, height: float) -> NDArray[np.float64]:
    """Return (time,) relative flux of a bump of Gaussian shape on the ingress."""
    distance = (time_h - (mid_time_h - 0.45 * duration_h)) / BUMP_WIDTH_H
    return 1.0 + height * np.exp(-0.5 * distance**2)
