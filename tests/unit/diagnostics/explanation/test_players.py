"""The players: disjoint windows, and parts that add up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spectramind.diagnostics.explanation.players import (
    ELSEWHERE,
    FGS1,
    LEVEL,
    DepthPlayers,
    coalition_number,
    coalitions,
    molecule_windows,
)

WAVELENGTH_UM = np.append(0.7, np.linspace(1.95, 3.9, 282))


def test_windows_lie_where_the_molecules_absorb_and_share_no_bin() -> None:
    windows = molecule_windows(WAVELENGTH_UM)
    assert list(windows) == ["H2O", "CH4", "CO2", "CO"]
    for molecule, centre_um in (("H2O", 2.6), ("CH4", 3.33), ("CO2", 2.77), ("CO", 2.34)):
        assert windows[molecule][np.argmin(np.abs(WAVELENGTH_UM - centre_um))]
    assert np.sum(list(windows.values()), axis=0).max() == 1
    assert not any(window[0] for window in windows.values())


def test_a_window_of_too_few_bins_is_no_player() -> None:
    players = DepthPlayers.of(np.array([0.7, 2.0, 2.2, 2.55, 2.6, 2.64, 2.75, 3.8]))
    assert players.names == (LEVEL, FGS1, "H2O window", ELSEWHERE)
    assert players.bins[-1].tolist() == [False, True, True, False, False, False, True, True]


@given(st.integers(0, 2**32 - 1))
def test_the_parts_add_up_to_the_depths(seed: int) -> None:
    generator = np.random.default_rng(seed)
    depth = generator.uniform(0.001, 0.03, WAVELENGTH_UM.size)
    precision = np.diag(generator.uniform(1e6, 1e9, WAVELENGTH_UM.size))
    players = DepthPlayers.of(WAVELENGTH_UM)
    parts = players.parts(depth, precision)
    np.testing.assert_allclose(parts.sum(axis=0), depth, rtol=0.0, atol=1e-15)
    assert np.ptp(parts[0]) == 0.0
    assert not parts[~players.bins].any()


def test_a_flat_spectrum_is_all_level() -> None:
    players = DepthPlayers.of(WAVELENGTH_UM)
    parts = players.parts(np.full(WAVELENGTH_UM.size, 0.01), np.eye(WAVELENGTH_UM.size))
    np.testing.assert_allclose(parts[0], 0.01)
    np.testing.assert_allclose(parts[1:], 0.0, atol=1e-15)


def test_precise_bins_decide_the_white_depth() -> None:
    players, depth = DepthPlayers.of(WAVELENGTH_UM), np.full(WAVELENGTH_UM.size, 0.01)
    depth[5], weight = 0.02, np.ones(WAVELENGTH_UM.size)
    weight[5] = 1e9
    assert abs(players.parts(depth, np.diag(weight))[0, 0] - 0.02) < 1e-7


def test_coalitions_are_numbered_by_their_bits() -> None:
    masks = coalitions(3)
    assert masks.shape == (8, 3)
    assert masks[5].tolist() == [True, False, True]
    assert coalition_number(masks).tolist() == list(range(8))
