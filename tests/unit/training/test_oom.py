"""Out of memory: parts give the gradients of the whole, the size is remembered, one planet that does not fit is an error."""

from __future__ import annotations

import logging

import pytest
import tiny_example as tiny
import torch
from torch import nn

from spectramind.models.batch import NODE_FEATURES, PlanetBatch
from spectramind.training.collate import collate
from spectramind.training.oom import FittingStep, is_out_of_memory
from spectramind.utils.errors import ConfigError

PLANETS = 7


class Loss:
    """The mean of a network's squares; memory runs out above a number of planets, after gradients were added."""

    def __init__(self, fits: int, error: Exception | None = None) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(len(NODE_FEATURES), 1).double()
        self.fits, self.error, self.sizes = fits, error or torch.OutOfMemoryError("CUDA out of memory"), list[int]()

    def __call__(self, part: PlanetBatch, share: float) -> dict[str, float]:
        self.sizes.append(len(part))
        loss = self.model(part.nodes.double()).square().mean()
        (share * loss).backward()
        if len(part) > self.fits:
            raise self.error
        return {"gll": float(loss.detach()), "count": 1.0}

    @property
    def gradients(self) -> list[torch.Tensor]:
        return [parameter.grad.clone() for parameter in self.model.parameters() if parameter.grad is not None]


@pytest.fixture(scope="module")
def batch() -> PlanetBatch:
    """Seven planets."""
    return collate([tiny.make_planet(seed) for seed in range(PLANETS)])


def fitting(loss: Loss) -> FittingStep:
    return FittingStep(loss, loss.model.parameters())


@pytest.mark.parametrize("fits", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("earlier", [False, True])
def test_parts_give_the_gradients_and_terms_of_the_whole(batch: PlanetBatch, fits: int, earlier: bool) -> None:
    whole, parts = Loss(PLANETS), Loss(fits)
    for loss in (whole, parts) if earlier else ():
        loss.model(torch.ones(1, len(NODE_FEATURES), dtype=torch.float64)).sum().backward()
    expected, terms = fitting(whole)(batch), fitting(parts)(batch)
    assert terms == pytest.approx(expected)
    assert terms["count"] == pytest.approx(1.0)
    for one, other in zip(whole.gradients, parts.gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_what_fitted_is_remembered(batch: PlanetBatch, caplog: pytest.LogCaptureFixture) -> None:
    loss = Loss(3)
    step = fitting(loss)
    with caplog.at_level(logging.WARNING):
        step(batch)
    assert loss.sizes == [7, 3, 3, 1]
    assert len(caplog.records) == 1
    assert step.largest == 3
    loss.sizes.clear()
    step(batch)
    step(batch.part(slice(0, 2)))
    assert loss.sizes == [3, 3, 1, 2]


def test_what_fits_is_taken_whole(batch: PlanetBatch) -> None:
    loss = Loss(PLANETS)
    step = fitting(loss)
    step(batch)
    assert loss.sizes == [PLANETS]
    assert step.largest is None


def test_a_single_planet_that_does_not_fit_is_an_error(batch: PlanetBatch) -> None:
    loss = Loss(0)
    with pytest.raises(ConfigError, match="single planet") as caught:
        fitting(loss)(batch)
    assert loss.sizes == [7, 3, 1]
    assert "model.fgs1.width" in caught.value.hint
    assert not loss.gradients


def test_other_errors_pass(batch: PlanetBatch) -> None:
    loss = Loss(3, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        fitting(loss)(batch)
    assert loss.sizes == [7]


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) is is_memory


def test_the_allocator_of_this_machine_is_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
