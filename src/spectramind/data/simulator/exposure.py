"""The reads of one sensor in one visit, one detector row after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import Sensor
from spectramind.data.simulator.eclipse import airs_transit, fgs1_transit
from spectramind.data.simulator.effects.adc import digitise
from spectramind.data.simulator.effects.cosmic_rays import add_cosmic_rays
from spectramind.data.simulator.effects.dark_current import add_dark
from spectramind.data.simulator.effects.dead_pixels import silence
from spectramind.data.simulator.effects.flat import apply_flat
from spectramind.data.simulator.effects.nonlinearity import compress
from spectramind.data.simulator.effects.ramp import sample_ramp
from spectramind.data.simulator.effects.read_noise import add_read_noise
from spectramind.data.simulator.effects.shot_noise import collect
from spectramind.data.simulator.instrument import ADC_GAIN_ADU_PER_ELECTRON, ADC_OFFSET_ELECTRON, FULL_WELL_ELECTRON
from spectramind.data.simulator.maps import Maps
from spectramind.data.simulator.pointing import FGS1_SENSITIVITY_PER_PX, Moments, pointing_moments
from spectramind.data.simulator.profile import Sampling
from spectramind.data.simulator.psf import PixelResponse, airs_response, fgs1_response
from spectramind.data.simulator.scenario import Scenario
from spectramind.data.simulator.starlight import starlight
from spectramind.data.simulator.visit import Planet, Visit, ingress_bump


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """Everything that decides the reads of one sensor in one visit, except the noise.

    Attributes:
        electron_per_s: (column,) light of the star; the same total for every column of FGS1.
        relative: (column or 1, pair) transit times gain drift times bumps.
        pointing: Moments over the short and the long sub-exposures.
    """

    sampling: Sampling
    maps: Maps
    response: PixelResponse
    electron_per_s: NDArray[np.float64]
    relative: NDArray[np.float32]
    pointing: tuple[Moments, Moments]
    foreground_electron_per_s: float
    noise_scale: float
    cosmic_rays_per_sample: float

    def rows(self, generator: np.random.Generator) -> Iterator[NDArray[np.uint16]]:
        """Yield (column, read) ADU of one detector row after the other; the generator is used in that order."""
        for row in range(self.maps.dark.shape[0]):
            yield self.read_row(row, generator)

    def read_row(self, row: int, generator: np.random.Generator) -> NDArray[np.uint16]:
        """Return (column, read) ADU of one detector row: the effects in the order in which the instrument has them."""
        maps, fold = self.maps, self.sampling.fold
        collected = []
        for moments, exposure_s in zip(self.pointing, (self.sampling.short_s, self.sampling.long_s), strict=True):
            light = apply_flat(self.light(row, moments, exposure_s), maps.flat[row])
            expected = add_dark(light, maps.dark[row], exposure_s)
            collected.append(collect(expected, generator, self.noise_scale))
        struck = add_cosmic_rays(collected[1], generator, self.cosmic_rays_per_sample * fold)
        charge = silence(sample_ramp(collected[0], struck), maps.dead[row])
        stored = maps.linearity[:, row] * float(fold) ** (1 - np.arange(6))[:, None]
        measured = compress(charge, stored, FULL_WELL_ELECTRON * fold)
        noisy = add_read_noise(measured, maps.read[row] * np.sqrt(fold) * self.noise_scale, generator)
        return digitise(noisy, ADC_GAIN_ADU_PER_ELECTRON / fold, ADC_OFFSET_ELECTRON * fold)

    def light(self, row: int, moments: Moments, exposure_s: float) -> NDArray[np.float32]:
        """Return (column, pair) electrons that reach one detector row: star, moved by the pointing, and foreground."""
        terms = ("x", "y", "xx", "yy", "xy")
        factors = {"xx": 0.5, "yy": 0.5}
        moved = np.ones((self.electron_per_s.size, self.sampling.pairs), dtype=np.float32)
        for term in terms:
            slope = getattr(self.response, term)[row] * factors.get(term, 1.0)
            if slope.any():
                moved += slope.astype(np.float32)[:, None] * getattr(moments, term)[None, :]
        np.maximum(moved, np.float32(0.0), out=moved)
        moved *= self.relative
        moved *= (self.electron_per_s * self.response.fraction[row] * exposure_s).astype(np.float32)[:, None]
        moved += np.float32(self.foreground_electron_per_s * exposure_s)
        return moved


def expose(sampling: Sampling, planet: Planet, visit: Visit, maps: Maps, pointing: NDArray[np.float32], scenario: Scenario) -> Exposure:
    """Put together what one sensor sees in one visit."""
    light = starlight(planet.system.temperature_k, planet.system.airs_electron_per_s)
    if sampling.sensor is Sensor.AIRS:
        electron_per_s = light.airs
        response = airs_response(electron_per_s)
        transit = airs_transit(sampling, planet.system, visit.mid_time_h, planet.spectrum.airs, planet.limb_darkening)
    else:
        electron_per_s = np.full(maps.dark.shape[1], light.fgs1)
        response = fgs1_response(FGS1_SENSITIVITY_PER_PX)
        transit = fgs1_transit(sampling, planet.system, visit.mid_time_h, planet.spectrum.fgs1, planet.limb_darkening)
    mid_h = sampling.time_h(0.5)
    relative = transit * visit.drift[sampling.sensor].gain(mid_h, transit.shape[0])
    relative *= ingress_bump(mid_h, visit.mid_time_h, planet.system.duration_h, 1.0e-6 * visit.bump_ppm)
    return Exposure(
        sampling=sampling,
        maps=maps,
        response=response,
        electron_per_s=electron_per_s,
        relative=relative.astype(np.float32),
        pointing=pointing_moments(pointing, sampling, scenario.jitter_scale),
        foreground_electron_per_s=visit.foreground_electron_per_s[sampling.sensor],
        noise_scale=scenario.noise_scale,
        cosmic_rays_per_sample=scenario.cosmic_rays_per_sample,
    )
