"""Independent random streams, one for each (split, planet, visit, purpose): what one draws never shifts what another draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

Purpose = Literal["identity", "catalogue", "planet", "spectrum", "maps", "visit", "pointing", "drift", "airs", "fgs1", "dataset", "bump"]
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Address of a family of random streams."""

    seed: int
    split: Literal["train", "test"]
    planet: int
    visit: int = 0

    def at_visit(self, visit: int) -> Stream:
        """Return the address of one visit of the same planet."""
        return replace(self, visit=visit)

    def generator(self, purpose: Purpose) -> np.random.Generator:
        """Return a fresh generator, always the same for the same address and purpose."""
        key = (0 if self.split == "train" else 1, self.planet, self.visit, _PURPOSES.index(purpose))
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(self.seed, spawn_key=key)))
