"""How densely a simulated visit is sampled: every real ramp, or one stored ramp for several real ones.

A stored pair of reads with fold K is the sum of K consecutive real pairs, seen as one ramp that runs K times as slowly. So that the
signal-to-noise ratio of a visit stays what it is:

* electrons, and with them shot noise in variance, are K-fold; read noise, an independent draw a read, is sqrt(K)-fold;
* integration times and the delay after reset are K-fold, so dark current (electron / s) keeps its map;
* the converter keeps its 16 bits: gain / K, offset * K; full well * K; a linearity polynomial f becomes K f(e / K);
* pointing jitter is white at 10 Hz: its mean over the K real sub-exposures is stored; transit and drift are averaged over the ramp;
* a stored pair holds the cosmic rays of its K pairs.

The converter's step grows with K, the read noise with sqrt(K): beyond K of about 60 the read noise drowns in the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectramind.data.sensors import SECONDS_PER_HOUR, Sensor
from spectramind.data.simulator.instrument import CADENCES, Cadence
from spectramind.utils.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """Stored pairs of one sensor.

    Attributes:
        pairs: Stored pairs in a visit.
        fold: Real pairs summed in a stored one (K).
        stride: Real pairs from the start of a stored pair to that of the next; more than ``fold`` leaves gaps.
    """

    sensor: Sensor
    pairs: int
    fold: int
    stride: int

    @property
    def cadence(self) -> Cadence:
        """The real ramp behind the stored ones."""
        return CADENCES[self.sensor]

    @property
    def short_s(self) -> float:
        """Seconds integrated before the first read of a stored pair."""
        return self.fold * self.cadence.short_s

    @property
    def long_s(self) -> float:
        """Seconds between the two reads of a stored pair."""
        return self.fold * self.cadence.long_s

    @property
    def reads(self) -> int:
        """Stored reads."""
        return 2 * self.pairs

    def read_start_h(self) -> NDArray[np.float64]:
        """Return (read,) hours at which every sub-exposure starts."""
        cadence = self.cadence
        ramp_s = np.arange(self.pairs) * (self.stride * cadence.period_s)
        first_s = ramp_s + self.fold * cadence.reset_s
        return np.stack([first_s, first_s + self.short_s], axis=1).ravel() / SECONDS_PER_HOUR

    def integration_time_s(self) -> NDArray[np.float64]:
        """Return (read,) seconds of every sub-exposure."""
        return np.tile([self.short_s, self.long_s], self.pairs)

    def time_h(self, part: float) -> NDArray[np.float64]:
        """Return (pair,) hours at a part (0 to 1) of the integration between the two reads."""
        return self.read_start_h()[1::2] + part * self.long_s / SECONDS_PER_HOUR

    def real_pairs(self) -> NDArray[np.int64]:
        """Return (pair, fold) numbers of the real pairs in every stored one."""
        return np.arange(self.pairs)[:, None] * self.stride + np.arange(self.fold)[None, :]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Sampling of both sensors."""

    name: str
    airs: Sampling
    fgs1: Sampling

    def sampling(self, sensor: Sensor) -> Sampling:
        """Return the sampling of one sensor."""
        return self.airs if sensor is Sensor.AIRS else self.fgs1


def _profile(name: str, airs: tuple[int, int, int], fgs1: tuple[int, int, int]) -> Profile:
    return Profile(
        name=name,
        airs=Sampling(sensor=Sensor.AIRS, pairs=airs[0], fold=airs[1], stride=airs[2]),
        fgs1=Sampling(sensor=Sensor.FGS1, pairs=fgs1[0], fold=fgs1[1], stride=fgs1[2]),
    )


# (pairs, fold, stride) of AIRS and FGS1. Smoke keeps FGS1 at fold 60 and leaves gaps: its FGS1 is 1.8 times as noisy over a visit.
PROFILES = {
    profile.name: profile
    for profile in (
        _profile("kaggle", (5625, 1, 1), (67500, 1, 1)),
        _profile("reduced", (187, 30, 30), (1125, 60, 60)),
        _profile("smoke", (62, 90, 90), (360, 60, 187)),
    )
}


def get_profile(name: str) -> Profile:
    """Return a profile by name.

    Raises:
        UsageError: If there is no such profile.
    """
    if name not in PROFILES:
        raise UsageError(
            "there is no such simulation profile", where="--profile", received=name, hint=f"choose one of {', '.join(PROFILES)}"
        )
    return PROFILES[name]
