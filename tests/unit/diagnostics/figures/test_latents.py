"""Maps of planets: every colouring shows every planet once, and the menu shows one colouring at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectramind.diagnostics.figures.latents import Colouring, latent_map

COORDINATES = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [np.nan, np.nan], [3.0, 1.0]])
CLASSES = Colouring(name="violation", values=["none", "seam", "none", "seam", "none"])
NUMBERS = Colouring(name="white depth (ppm)", values=np.array([1.0, 2.0, 3.0, 1e6, 5.0]))


def shown_by(figure: Any, button: int) -> list[Any]:
    visible = figure.layout.updatemenus[0].buttons[button].args[0]["visible"]
    return [trace for trace, on in zip(figure.data, visible, strict=True) if on]


def points(traces: list[Any]) -> set[tuple[float, float]]:
    return {(float(x), float(y)) for trace in traces for x, y in zip(trace.x, trace.y, strict=True)}


def test_each_choice_shows_each_known_planet_once() -> None:
    figure = latent_map(COORDINATES, (CLASSES, NUMBERS), "PCA")
    known = {(0.0, 1.0), (1.0, 0.0), (2.0, 2.0), (3.0, 1.0)}
    for button in (0, 1):
        traces = shown_by(figure, button)
        assert sum(len(trace.x) for trace in traces) == len(known)
        assert points(traces) == known
    assert [trace for trace in figure.data if trace.visible] == shown_by(figure, 0)
    assert [button.label for button in figure.layout.updatemenus[0].buttons] == ["violation", "white depth (ppm)"]


def test_classes_differ_in_colour_and_symbol_and_the_usual_one_lies_below() -> None:
    none, seam = shown_by(latent_map(COORDINATES, (CLASSES,), "PCA"), 0)
    assert (none.name, seam.name) == ("none", "seam")
    assert points([seam]) == {(1.0, 0.0)}
    assert none.marker.color != seam.marker.color
    assert none.marker.symbol != seam.marker.symbol


def test_one_extreme_planet_does_not_take_all_the_colour() -> None:
    values = np.append(np.linspace(1.0, 2.0, 99), 1e6)
    (trace,) = latent_map(np.random.default_rng(0).normal(size=(100, 2)), (Colouring(name="x", values=values),), "UMAP").data
    assert trace.marker.cmax < 2.1
    assert trace.marker.showscale


def test_a_quantity_that_nobody_knows_is_drawn_without_a_complaint() -> None:
    (trace,) = latent_map(COORDINATES, (Colouring(name="x", values=np.full(5, np.nan)),), "PCA").data
    assert len(trace.x) == 4


def test_a_thousand_planets_stay_small() -> None:
    values = np.random.default_rng(0).normal(size=(1100, 2))
    colourings = [Colouring(name=str(number), values=values[:, 0]) for number in range(7)]
    assert len(latent_map(values, colourings, "t-SNE").to_json()) < 190_000


def test_points_carry_the_row_of_their_planet() -> None:
    coordinates = np.array([[0.0, 1.0], [np.nan, np.nan], [2.0, 3.0]])
    figure = latent_map(coordinates, [Colouring(name="class", values=["a", "a", "a"])], "PCA")
    assert figure.data[0].customdata.tolist() == [0, 2]
