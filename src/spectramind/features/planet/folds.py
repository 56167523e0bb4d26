"""Which fold a labelled planet belongs to: the one definition that the spectral prior and the training of networks share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def assign_folds(planet_ids: Iterable[str], folds: int, seed: int) -> dict[str, int]:
    """Return planet id -> fold, each planet a group of its own (GroupKFold): sizes differ by at most one.

    The ids are dealt out in the order of a hash of seed and id. That depends on neither their order nor the version of any
    library, and ids that come in physical order do not end up in folds of one kind.
    """
    dealt = sorted(set(planet_ids), key=lambda planet_id: (hashlib.sha256(f"{seed}/{planet_id}".encode()).hexdigest(), planet_id))
    return {planet_id: place % folds for place, planet_id in enumerate(dealt)}
