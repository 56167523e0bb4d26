"""Shapley values of a game whose worth is a whole spectrum, exact where that is affordable, else from sampled permutations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.utils.errors import ConfigError

Array = NDArray[np.float64]
Game = Callable[[NDArray[np.bool_]], Array]
"""(coalition, player) members -> (coalition, bin) worth."""


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """What each player adds to a spectrum: ``base + values.sum(axis=0)`` is what the model predicts.

    Attributes:
        base: (bin,) worth of the empty coalition: what is predicted on average without the planet's own data.
        values: (player, bin) Shapley values.
        standard_error: (player, bin) of sampled values, 0 where they are exact.
    """

    base: Array
    values: Array
    standard_error: Array

    @property
    def total(self) -> Array:
        """(bin,) prediction that is explained."""
        return np.asarray(self.base + self.values.sum(axis=0))


def affordable(players: int, evaluations: int) -> bool:
    """Say whether so many coalitions allow exact values."""
    return bool(2**players <= evaluations)


def shapley_values(game: Game, players: int, *, evaluations: int, seed: int) -> Attribution:
    """Return the Shapley values of a game (Lundberg & Lee 2017, eq. 8).

    All coalitions are taken where the evaluations suffice (``shap.explainers.Exact``). Otherwise permutations are drawn and walked both
    ways (``shap.explainers.Permutation``); each walk leads from the empty to the full coalition, so that additivity holds to rounding
    with any number of them. The standard error takes the walks there and back for independent: cautious where they balance each other.

    Args:
        evaluations: Most coalitions to be evaluated.
        seed: Of the permutations.

    Raises:
        ConfigError: If the evaluations are too few for a single permutation.
    """
    import shap

    masks = np.ones((1, players))
    if affordable(players, evaluations):
        made = shap.explainers.Exact(_on_masks(game), _reveal)(masks, max_evals=2**players, silent=True)
        return Attribution(base=made.base_values[0], values=made.values[0], standard_error=np.zeros_like(made.values[0]))
    permutations = evaluations // (2 * players + 1)
    if permutations < 2:
        raise ConfigError(
            "too few model evaluations to explain a planet",
            where="diag.shap_evaluations / diag.shap_background",
            received=f"{evaluations} coalitions of {players} players",
            hint=f"at least {2 * (2 * players + 1)} times diag.shap_background",
        )
    state = np.random.get_state()  # noqa: NPY002 - shap draws from NumPy's global generator, which is given back as it was
    try:
        explainer = shap.explainers.Permutation(_on_masks(game), _reveal, seed=seed)
        made = explainer(masks, max_evals=evaluations, error_bounds=True, silent=True)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    error = made.error_std[0] / np.sqrt(2.0 * permutations - 1.0)
    return Attribution(base=made.base_values[0], values=made.values[0], standard_error=error)


def _on_masks(game: Game) -> Callable[[NDArray[Any]], Array]:
    return lambda masks: game(np.asarray(masks) > 0.5)


def _reveal(mask: NDArray[np.bool_], _: Array) -> Array:
    """Hand the mask itself to the game, as the only sample of its coalition."""
    return mask[None].astype(np.float64)
