"""Seeds: equal ones give equal numbers, purposes are unrelated, a state can be continued."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from spectramind.training.seeds import derive_seed, make_deterministic, numpy_generator, random_state, restore_random_state, seed_everything


def draw() -> tuple[float, float, float, float]:
    """One number of each global generator; numpy's Gaussian keeps a second one in its state."""
    return random.random(), float(np.random.standard_normal()), float(torch.rand(())), random.gauss(0.0, 1.0)  # noqa: NPY002


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Leave the global generators as they were."""
    state = random_state()
    yield
    restore_random_state(state)


def test_a_seed_is_the_same_everywhere_and_another_for_every_purpose() -> None:
    assert derive_seed(1, "fold", 3) == derive_seed(1, "fold", 3)
    purposes = [(), ("fold",), ("fold", 3), ("fold", "3"), ("fold", 4), ("fold/3",), ("f", "old")]
    assert len({derive_seed(seed, *labels) for seed in (1, 2) for labels in purposes}) == 2 * len(purposes)
    assert all(0 <= derive_seed(2**32 - 1, *labels) < 2**32 for labels in purposes)


def test_all_generators_start_from_the_seed() -> None:
    seed_everything(3, "x")
    first = draw()
    seed_everything(3, "x")
    assert draw() == first
    seed_everything(3, "y")
    other = draw()
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_generators_of_a_purpose() -> None:
    one, same, other = (numpy_generator(3, *labels).random(4) for labels in (("a",), ("a",), ("b",)))
    np.testing.assert_array_equal(one, same)
    assert (one != other).all()


def test_a_state_is_continued() -> None:
    seed_everything(3, "x")
    draw()
    state = random_state()
    following = [draw() for _ in range(3)]
    seed_everything(4, "x")
    restore_random_state(state)
    assert [draw() for _ in range(3)] == following


def test_determinism_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    threads, before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    try:
        make_deterministic(1)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.get_num_threads() == 1
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
    finally:
        torch.use_deterministic_algorithms(before)
        torch.set_num_threads(threads)
