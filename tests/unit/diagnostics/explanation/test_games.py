"""What coalitions are worth: the model's own answer with all players, that of the background with none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_example
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.depth_solver import DepthSolver
from spectramind.diagnostics.explanation.games import NetworkGame, PhysicalGame, PlanetData, player_names
from spectramind.diagnostics.explanation.players import LIGHT, NOISE, STATISTICS, DepthPlayers
from spectramind.diagnostics.explanation.shapley import shapley_values
from spectramind.features.planet.spectrum import Spectrum
from spectramind.features.spectrum.prior import SpectrumPrior
from spectramind.training.examples import PlanetExample

BINS = 14
WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, BINS - 1))
PRIOR = SpectrumPrior.generic(WAVELENGTH_UM)
PLAYERS = DepthPlayers.of(WAVELENGTH_UM)
NAMES = player_names(PLAYERS, network=True)


def planet(seed: int, sigma: float = 1e-4) -> PlanetData:
    generator = np.random.default_rng(seed)
    depth = generator.uniform(0.005, 0.02) + generator.normal(0.0, 3e-4, BINS)
    example = replace(tiny_example.make_planet(seed, bins=BINS), wavelength_um=WAVELENGTH_UM)
    return PlanetData(planet_id=str(seed), depth=depth, precision=np.eye(BINS) / sigma**2, example=example)


BACKGROUND = [planet(seed, sigma) for seed, sigma in ((1, 1e-4), (2, 2e-4), (3, 4e-4))]


def solver(data: PlanetData) -> DepthSolver:
    return DepthSolver(data.precision, PRIOR, 1e-6)


def physical(data: PlanetData, background: list[PlanetData]) -> PhysicalGame:
    return PhysicalGame(data, background, PLAYERS, (solver(data), [solver(other) for other in background]))


def worth(game: PhysicalGame | NetworkGame, *names: str) -> NDArray[np.float64]:
    return np.asarray(game(np.array([[name in names for name in game.names]]))[0])


def test_all_players_give_the_model_and_none_the_mean_of_the_background() -> None:
    own = planet(0)
    game = physical(own, BACKGROUND)
    np.testing.assert_allclose(worth(game, *game.names), solver(own)(own.depth[None])[0][0], rtol=0.0, atol=1e-14)
    alone = [solver(other)(other.depth[None])[0][0] for other in BACKGROUND]
    np.testing.assert_allclose(worth(game), np.mean(alone, axis=0), rtol=0.0, atol=1e-14)


def test_the_noise_alone_decides_how_far_the_data_are_believed() -> None:
    own = planet(0)
    game = physical(own, BACKGROUND)
    data = [name for name in game.names if name != NOISE]
    expected = np.mean([solver(other)(own.depth[None])[0][0] for other in BACKGROUND], axis=0)
    np.testing.assert_allclose(worth(game, *data), expected, rtol=0.0, atol=1e-14)


def test_the_order_of_the_background_changes_nothing() -> None:
    own = planet(0)
    made, turned = (
        shapley_values(physical(own, others), len(NAMES) - 2, evaluations=2 ** (len(NAMES) - 2), seed=0)
        for others in (BACKGROUND, BACKGROUND[::-1])
    )
    np.testing.assert_allclose(made.values, turned.values, rtol=0.0, atol=1e-13)


def test_a_planet_like_its_background_is_explained_by_nothing() -> None:
    own = planet(0)
    made = shapley_values(physical(own, [own, own]), len(NAMES) - 2, evaluations=2 ** (len(NAMES) - 2), seed=0)
    assert np.abs(made.values).max() < 1e-13


def test_a_deeper_planet_is_explained_by_its_white_depth() -> None:
    own = planet(0)
    deeper = replace(own, depth=own.depth + 0.005)
    made = shapley_values(physical(deeper, [own]), len(NAMES) - 2, evaluations=2 ** (len(NAMES) - 2), seed=0)
    np.testing.assert_allclose(made.values[0], 0.005, rtol=1e-3)
    assert np.abs(made.values[1:]).max() < 5e-6


class Reading:
    """A network whose answer is what it was given; counts how often it was asked."""

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, 0

    def __call__(self, example: PlanetExample) -> Spectrum:
        self.asked += 1
        value = np.resize(np.asarray(getattr(example, self.name), dtype=np.float64), BINS)
        return Spectrum(mu=value, sigma=np.ones(BINS))


def network(name: str) -> tuple[NetworkGame, Reading]:
    own, reading = planet(0), Reading(name)
    examples = [other.example for other in BACKGROUND if other.example is not None]
    assert own.example is not None
    return NetworkGame(own.example, examples, physical(own, BACKGROUND), reading), reading


@pytest.mark.parametrize(
    ("player", "inputs"),
    [
        (NOISE, ("data_sigma", "noise_scale")),
        (LIGHT, ("transit", "residual", "pointing", "in_transit")),
        (STATISTICS, ("fft_power", "shape")),
    ],
)
def test_an_input_of_the_network_goes_with_its_player_alone(player: str, inputs: tuple[str, ...]) -> None:
    own, others = planet(0).example, [other.example for other in BACKGROUND]
    for name in inputs:
        game, _ = network(name)
        rest = [each for each in NAMES if each != player]
        np.testing.assert_allclose(worth(game, player), np.resize(np.asarray(getattr(own, name), dtype=float), BINS))
        absent = np.mean([np.resize(np.asarray(getattr(other, name), dtype=float), BINS) for other in others], axis=0)
        np.testing.assert_allclose(worth(game, *rest), absent)


def test_what_the_network_corrects_is_the_physical_game() -> None:
    game, _ = network("depth")
    own = physical(planet(0), BACKGROUND)
    for names in ((), ("AIRS white depth",), ("FGS1 depth", NOISE), tuple(own.names)):
        np.testing.assert_allclose(worth(game, *names, LIGHT), worth(own, *names), rtol=0.0, atol=1e-15)
    sigma, _ = network("depth_sigma")
    np.testing.assert_allclose(worth(sigma, *NAMES), solver(planet(0))(planet(0).depth[None])[1][0])


def test_no_coalition_is_evaluated_twice() -> None:
    game, reading = network("depth")
    shapley_values(game, len(NAMES), evaluations=2 ** len(NAMES) - 1, seed=0)
    assert reading.asked <= len(BACKGROUND) * 2 ** len(NAMES)
    before = reading.asked
    worth(game, *NAMES)
    assert reading.asked == before
