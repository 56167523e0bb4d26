"""Who takes which planets; the meeting itself is tested in test_train_together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import ones
from torch.nn import Parameter

from spectramind.training.processes import Processes


@given(st.integers(0, 50), st.integers(1, 9))
def test_every_planet_is_somebodys(count: int, world: int) -> None:
    taken = [place for rank in range(world) for place in range(count)[Processes(rank=rank, world=world).own(count)]]
    assert taken == list(range(count))


def test_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = Processes.join()
    assert alone == Processes()
    assert alone.leads
    parameter = Parameter(ones(2))
    alone.add_gradients([parameter])
    alone.wait()
    assert parameter.grad is None
    assert alone.add_terms({"total": 2.0}, ()) == {"total": 2.0}
