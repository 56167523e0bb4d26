"""The stored explanations of a prediction: outputs/diagnostics/shap.npz with its provenance beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectramind.diagnostics.explanation.shapley import Attribution
from spectramind.utils.products import commit_product, committed_entry
from spectramind.utils.runs import Workspace

Array = NDArray[np.float64]

FILE_NAME = "shap.npz"
COMMAND = "spectramind diagnose explain"


@dataclass(frozen=True, kw_only=True)
class Explanations:
    """Shapley values of some planets of one prediction.

    Attributes:
        planet_ids: Explained planets.
        chosen: Why each was explained: worst, best or random.
        players: Names.
        wavelength_um: (bin,).
        base: (planet, bin) prediction without the planet's own data.
        values: (planet, player, bin); with the base they add up to the predicted depths.
        standard_error: (planet, player, bin), 0 where the values are exact.
        set_aside: Planet -> why it was not explained.
        model_kind: What is explained: physics or network.
        background: Planets whose data stand in for those that are absent; of a planet among them, the others.
    """

    planet_ids: tuple[str, ...]
    chosen: tuple[str, ...]
    players: tuple[str, ...]
    wavelength_um: Array
    base: Array
    values: Array
    standard_error: Array
    set_aside: Mapping[str, str]
    model_kind: str
    background: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether all coalitions were evaluated."""
        return not bool(self.standard_error.any())

    @property
    def mu(self) -> Array:
        """(planet, bin) depths that are explained."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def of(self, planet_id: str) -> Attribution | None:
        """Return the values of one planet, None where it was not explained."""
        if planet_id not in self.planet_ids:
            return None
        place = self.planet_ids.index(planet_id)
        return Attribution(base=self.base[place], values=self.values[place], standard_error=self.standard_error[place])


def store_path(workspace: Workspace) -> Path:
    """Path of the stored explanations."""
    return workspace.outputs / "diagnostics" / FILE_NAME


def write_explanations(path: Path, made: Explanations, provenance: Mapping[str, Any]) -> None:
    """Write the explanations, in single precision: 1e-9 of a depth of 0.01."""
    arrays = {name: getattr(made, name).astype(np.float32) for name in ("base", "values", "standard_error")}
    texts = {name: list(getattr(made, name)) for name in ("planet_ids", "chosen", "players", "background")}
    facts = {**texts, "set_aside": dict(made.set_aside), "model_kind": made.model_kind, "provenance": dict(provenance)}
    commit_product(path, {**arrays, "wavelength_um": made.wavelength_um}, facts)


def read_explanations(path: Path, provenance: Mapping[str, Any]) -> Explanations | None:
    """Return what is stored; None where it is absent, damaged, or of something else.

    Args:
        provenance: All that must be as it was; what it does not name may differ.
    """
    entry = committed_entry(path)
    if entry is None or any(entry["provenance"].get(name) != value for name, value in provenance.items()):
        return None
    with np.load(path, allow_pickle=False) as stored:
        arrays: dict[str, Any] = {name: stored[name].astype(np.float64) for name in ("base", "values", "standard_error", "wavelength_um")}
    texts: dict[str, Any] = {name: tuple(entry[name]) for name in ("planet_ids", "chosen", "players", "background")}
    return Explanations(**arrays, **texts, set_aside=entry["set_aside"], model_kind=entry["model_kind"])
