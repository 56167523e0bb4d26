"""Graph of the bins."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_network as tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from spectramind.models.graph import EDGE_FEATURES, FGS1_LINKS, TAGGED_MOLECULES, SpectralGraph, spectral_graph, windows_of
from spectramind.physics.molecules import MOLECULES
from spectramind.utils.errors import ConfigError

FULL_UM = np.concatenate([[0.705], np.linspace(1.95, 3.9, 282)])
SEAM = EDGE_FEATURES.index("seam")


def pairs(graph: SpectralGraph) -> dict[tuple[int, int], list[float]]:
    """Features of every link."""
    return dict(zip(map(tuple, graph.index.T.tolist()), graph.features.tolist(), strict=True))


def plain() -> SpectralGraph:
    """The graph of the full grid without links between windows."""
    return spectral_graph(FULL_UM, (), neighbours=2, window_links=0)


@settings(max_examples=25, deadline=None)
@given(bins=st.integers(3, 90), neighbours=st.integers(1, 4), window_links=st.integers(0, 4), data=st.data())
def test_laws_of_every_graph(bins: int, neighbours: int, window_links: int, data: st.DataObject) -> None:
    wavelength_um = np.concatenate([[0.7], data.draw(st.permutations(np.linspace(1.95, 3.9, bins - 1).tolist()))])
    seams = data.draw(st.lists(st.integers(2, bins - 1), max_size=2))
    links = pairs(spectral_graph(wavelength_um, seams, neighbours=neighbours, window_links=window_links))
    assert {node for link in links for node in link} == set(range(bins))
    for (source, target), features in links.items():
        assert source != target
        back = links[target, source]
        assert features[0] == -back[0]
        assert features[1:] == back[1:]
        assert 0.0 < abs(features[0]) <= 1.0
        assert np.sign(features[0]) == np.sign(wavelength_um[target] - wavelength_um[source])
    assert all((seam - 1, seam) in links for seam in seams)


def test_neighbours_are_linked_in_order_of_wavelength() -> None:
    links = pairs(spectral_graph(np.array([0.7, 3.0, 2.0, 2.5, 3.5]), (), neighbours=1, window_links=0))
    airs = {link for link in links if 0 not in link}
    assert airs == {(2, 3), (3, 2), (3, 1), (1, 3), (1, 4), (4, 1)}


def test_fgs1_is_linked_all_over_the_spectrum() -> None:
    heard = sorted(source for source, target in pairs(plain()) if target == 0)
    assert len(heard) == FGS1_LINKS
    assert (heard[0], heard[-1]) == (1, 282)
    assert max(np.diff(heard)) <= 10


def test_windows_hold_the_band_centres_and_do_not_overlap() -> None:
    for molecule in TAGGED_MOLECULES:
        windows = windows_of(molecule, FULL_UM)
        together = np.concatenate(windows)
        assert together.size == np.unique(together).size
        for band in MOLECULES[molecule]:
            if 1.96 < band.centre_um < 3.89:
                assert np.abs(FULL_UM[1:] - band.centre_um).argmin() + 1 in together


def test_links_between_windows_are_of_one_molecule_and_as_many_as_asked_for() -> None:
    without, graph = pairs(plain()), pairs(spectral_graph(FULL_UM, (), neighbours=2, window_links=3))
    new = {link: features for link, features in graph.items() if link not in without}
    assert new
    for features in new.values():
        assert any(features[1 : 1 + len(TAGGED_MOLECULES)])
    windows, column = windows_of("CH4", FULL_UM), EDGE_FEATURES.index("CH4")
    for number, window in enumerate(windows):
        others = set(np.concatenate(windows[:number] + windows[number + 1 :]).tolist())
        for node in window.tolist():
            assert len([source for source in others if graph.get((source, node), [0.0] * len(EDGE_FEATURES))[column]]) >= 3


def test_neighbours_in_a_window_carry_its_molecule_and_others_none() -> None:
    links, dioxide = pairs(plain()), set(windows_of("CO2", FULL_UM)[-1].tolist())
    column = EDGE_FEATURES.index("CO2")
    inside = min(dioxide) + 1
    assert links[inside, inside + 1][column] == 1.0
    assert links[min(dioxide) - 1, min(dioxide)][column] == 0.0
    assert not any(links[270, 271][1:])


def test_only_links_across_a_seam_are_flagged() -> None:
    links = pairs(spectral_graph(tiny.WAVELENGTH_UM, (20,), neighbours=2, window_links=0))
    flagged = {link for link, features in links.items() if features[SEAM]}
    assert flagged == {(19, 20), (20, 19), (18, 20), (20, 18), (19, 21), (21, 19)}


def test_seam_bins_apart_in_wavelength_are_linked_all_the_same() -> None:
    wavelength_um = np.array([0.7, 2.0, 2.1, 2.2, 3.3, 3.2, 3.1, 3.0])
    assert (3, 4) not in pairs(spectral_graph(wavelength_um, (), neighbours=1, window_links=0))
    assert pairs(spectral_graph(wavelength_um, (4,), neighbours=1, window_links=0))[3, 4][SEAM] == 1.0


@pytest.mark.parametrize("seam", [0, 1, tiny.BINS])
def test_a_seam_without_a_bin_on_each_side_is_refused(seam: int) -> None:
    with pytest.raises(ConfigError) as caught:
        spectral_graph(tiny.WAVELENGTH_UM, (seam,), neighbours=1, window_links=0)
    assert caught.value.where == "data.extraction.seam_bins"
