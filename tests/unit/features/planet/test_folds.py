"""Folds: each planet in one, equal sizes, whatever the order of the ids."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from spectramind.features.planet.folds import assign_folds

ids = st.sets(st.integers(0, 2**40).map(str), min_size=1, max_size=60)


@settings(deadline=None, max_examples=50)
@given(planet_ids=ids, folds=st.integers(2, 10), seed=st.integers(0, 2**32 - 1))
def test_every_planet_has_a_fold_and_folds_are_of_equal_size(planet_ids: set[str], folds: int, seed: int) -> None:
    fold_of = assign_folds(planet_ids, folds, seed)
    assert fold_of.keys() == planet_ids
    sizes = [Counter(fold_of.values())[fold] for fold in range(folds)]
    assert sum(sizes) == len(planet_ids)
    assert max(sizes) - min(sizes) <= 1
    assert assign_folds(sorted(planet_ids, reverse=True), folds, seed) == fold_of


def test_the_seed_matters_and_the_folds_are_those_of_every_machine() -> None:
    planet_ids = [str(number) for number in range(20)]
    assert assign_folds(planet_ids, 5, 1) != assign_folds(planet_ids, 5, 2)
    assert [assign_folds(planet_ids, 5, 7)[planet_id] for planet_id in planet_ids[:8]] == PINNED
    # neighbours in the table are not simply dealt out in turn
    assert len({(assign_folds(planet_ids, 5, 7)[str(n)] - n) % 5 for n in range(20)}) > 1


PINNED = [1, 2, 2, 1, 0, 3, 3, 4]
