"""Shapley values keep the axioms that define them, exact or sampled."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.players import coalition_number
from spectramind.diagnostics.explanation.shapley import Attribution, Game, affordable, shapley_values
from spectramind.utils.errors import ConfigError

Array = NDArray[np.float64]
BINS, PLAYERS = 5, 6
EXACT, SAMPLED = 2**PLAYERS, 2**PLAYERS - 1


def table_game(seed: int = 0) -> Game:
    """Any worth for every coalition: interactions of every order."""
    table = np.random.default_rng(seed).normal(0.01, 0.002, (2**PLAYERS, BINS))
    return lambda masks: table[coalition_number(masks)]


def explained(game: Game, evaluations: int, seed: int = 0) -> Attribution:
    return shapley_values(game, PLAYERS, evaluations=evaluations, seed=seed)


@pytest.mark.parametrize("evaluations", [EXACT, SAMPLED])
def test_base_and_values_add_up_to_the_prediction(evaluations: int) -> None:
    game = table_game()
    made = explained(game, evaluations)
    assert made.values.shape == (PLAYERS, BINS)
    np.testing.assert_allclose(made.total, game(np.ones((1, PLAYERS), dtype=np.bool_))[0], rtol=0.0, atol=1e-12)
    np.testing.assert_allclose(made.base, game(np.zeros((1, PLAYERS), dtype=np.bool_))[0], rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("evaluations", [EXACT, SAMPLED])
def test_a_player_that_changes_nothing_gets_nothing(evaluations: int) -> None:
    def game(masks: NDArray[np.bool_]) -> Array:
        return table_game(1)(masks & (np.arange(PLAYERS) != 2))

    made = explained(game, evaluations)
    assert np.abs(made.values[2]).max() < 1e-15
    assert np.abs(made.values[3]).max() > 1e-5


def test_players_that_do_the_same_get_the_same() -> None:
    def game(masks: NDArray[np.bool_]) -> Array:
        """Players 0 and 1 count, it does not matter which of them."""
        both = masks[:, :2].sum(axis=1)
        return table_game(2)(np.concatenate([(both > 0)[:, None], (both > 1)[:, None], masks[:, 2:]], axis=1))

    made = explained(game, EXACT)
    np.testing.assert_allclose(made.values[0], made.values[1], rtol=0.0, atol=1e-15)


def test_of_a_product_each_gets_half() -> None:
    made = shapley_values(lambda masks: np.all(masks, axis=1)[:, None] * np.array([[6.0, 2.0]]), 2, evaluations=4, seed=0)
    np.testing.assert_allclose(made.values, [[3.0, 1.0], [3.0, 1.0]])


def test_sampled_values_repeat_by_seed_and_leave_the_global_generator_alone() -> None:
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    first, again, other = (explained(table_game(), SAMPLED, seed) for seed in (1, 1, 2))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]  # noqa: NPY002
    np.testing.assert_array_equal(first.values, again.values)
    assert (first.values != other.values).any()


def test_the_standard_error_is_about_the_error() -> None:
    """Of 10 players, of whose coalitions the permutations see a part."""
    table = np.random.default_rng(0).normal(0.01, 0.002, (2**10, BINS))

    def game(masks: NDArray[np.bool_]) -> Array:
        return table[coalition_number(masks)]

    exact = shapley_values(game, 10, evaluations=2**10, seed=0)
    assert not exact.standard_error.any()
    z = []
    for seed in range(20):
        made = shapley_values(game, 10, evaluations=20 * 21, seed=seed)
        z.append((made.values - exact.values) / made.standard_error)
    assert 0.8 < np.sqrt(np.mean(np.square(z))) < 1.25


def test_too_few_evaluations_are_refused_with_what_is_needed() -> None:
    with pytest.raises(ConfigError, match="too few") as caught:
        explained(table_game(), 25)
    assert "26" in caught.value.hint
    assert affordable(PLAYERS, 64)
    assert not affordable(PLAYERS, 63)
