"""The games: what the model predicts when some of a planet's inputs are its own and the others those of background planets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.depth_solver import DepthSolver
from spectramind.diagnostics.explanation.players import LIGHT, NOISE, STATISTICS, DepthPlayers, coalition_number, coalitions
from spectramind.features.planet.spectrum import Spectrum
from spectramind.training.examples import PlanetExample

Array = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class PlanetData:
    """What the data alone say of a planet.

    Attributes:
        depth: (bin,) most likely depths, without any prior over spectra.
        precision: (bin, bin) their inverse covariance.
        example: What a network is given besides; None for the physical model.
    """

    planet_id: str
    depth: Array
    precision: Array
    example: PlanetExample | None = None


def player_names(players: DepthPlayers, *, network: bool) -> tuple[str, ...]:
    """Return the names of all players, in the order of a coalition's mask."""
    return (*players.names, NOISE, *((LIGHT, STATISTICS) if network else ()))


class PhysicalGame:
    """The physical model: posterior mean of the depths under the prior over spectra.

    Players are the parts of the data's depths, and the noise, which is their precision: whose it is decides how far the data are
    believed. Every coalition is worked out once with every background planet.

    Args:
        players: Parts of the depths; the noise follows as the last player.
        solve: Of the planet's own precision and of that of every background planet, under the planet's prior.
    """

    def __init__(
        self,
        planet: PlanetData,
        background: Sequence[PlanetData],
        players: DepthPlayers,
        solve: tuple[DepthSolver, Sequence[DepthSolver]],
    ) -> None:
        own, others = solve
        self.names = player_names(players, network=False)
        chosen = coalitions(len(players.names))
        mine = players.parts(planet.depth, planet.precision)
        theirs = [players.parts(other.depth, other.precision) for other in background]
        mixed = np.stack([chosen @ mine + ~chosen @ parts for parts in theirs], axis=1)
        cases, count, bins = mixed.shape
        with_own = [moment.reshape(cases, count, bins) for moment in own(mixed.reshape(-1, bins))]
        with_theirs = [solver(mixed[:, place]) for place, solver in enumerate(others)]
        # The noise is the highest bit of a coalition's number: without it first, then with it.
        self.mean, self.sigma = (
            np.concatenate([np.stack([made[moment] for made in with_theirs], axis=1), with_own[moment]]) for moment in (0, 1)
        )

    def __call__(self, masks: Masks) -> Array:
        """Return the (coalition, bin) mean over the background of the predicted depths."""
        mean: Array = self.mean[coalition_number(masks)].mean(axis=1)
        return mean


class NetworkGame:
    """A network that corrects the physical model: the physical players act through what it corrects, its own inputs are two more.

    The light curve of FGS1 with its pointing, and the statistics of the residuals in every bin, pass from planet to planet as a
    whole; the errors of the depths and the scatter of the noise go with the noise. No coalition is evaluated twice.

    Args:
        physical: Game of the same planet and background.
        network: The trained network.
    """

    def __init__(
        self,
        planet: PlanetExample,
        background: Sequence[PlanetExample],
        physical: PhysicalGame,
        network: Callable[[PlanetExample], Spectrum],
    ) -> None:
        self.names = (*physical.names, LIGHT, STATISTICS)
        self._planet, self._background, self._physical, self._network = planet, background, physical, network
        self._known: dict[int, Array] = {}

    def __call__(self, masks: Masks) -> Array:
        """Return the (coalition, bin) mean over the background of the predicted depths."""
        return np.stack([self._worth(int(number), mask) for number, mask in zip(coalition_number(masks), masks, strict=True)])

    def _worth(self, number: int, mask: Masks) -> Array:
        if number not in self._known:
            mixed = [self._mixed(mask, place) for place in range(len(self._background))]
            self._known[number] = np.mean([self._network(example).mu for example in mixed], axis=0)
        return self._known[number]

    def _mixed(self, mask: Masks, place: int) -> PlanetExample:
        """Return the planet with the absent players' inputs taken from a background planet."""
        physical = mask[: len(self._physical.names)]
        noise, light, statistics = (self._planet if own else self._background[place] for own in mask[len(physical) - 1 :])
        number = int(coalition_number(physical[None])[0])
        return replace(
            self._planet,
            depth=self._physical.mean[number, place],
            depth_sigma=self._physical.sigma[number, place],
            data_sigma=noise.data_sigma,
            noise_scale=noise.noise_scale,
            transit=light.transit,
            residual=light.residual,
            pointing=light.pointing,
            in_transit=light.in_transit,
            fft_power=statistics.fft_power,
            shape=statistics.shape,
        )
