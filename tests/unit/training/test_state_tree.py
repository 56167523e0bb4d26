"""State as tensors and JSON, and back."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spectramind.training.state_tree import flatten, unflatten

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
keys = st.text(max_size=5) | st.integers(-5, 5)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


def round_trip(tree: object) -> Any:
    tensors, content = flatten(tree, "state")
    return unflatten(json.loads(json.dumps(content, allow_nan=False)), tensors)


@settings(deadline=None, max_examples=100)
@given(tree=trees)
def test_plain_state_comes_back_as_it_was(tree: object) -> None:
    back = round_trip(tree)
    assert back == tree
    assert repr(back) == repr(tree)


def test_tensors_come_back_with_every_bit_and_share_no_memory() -> None:
    base = torch.arange(6, dtype=torch.float32)
    tree = {0: {"step": torch.tensor(3.0), "rows": base.view(2, 3).T}, 1: {"same": base, "empty": torch.zeros(0, dtype=torch.int64)}}
    tensors, _ = flatten(tree, "optimizer")
    assert len({values.data_ptr() for values in tensors.values() if values.numel()}) == 3
    assert all(name.startswith("optimizer.") and values.is_contiguous() for name, values in tensors.items())
    back = round_trip(tree)
    for key, own in tree.items():
        for name, values in own.items():
            assert back[key][name].equal(values)
            assert back[key][name].dtype is values.dtype


@pytest.mark.parametrize("value", [math.inf, -math.inf, -0.0, 0.1, 5e-324])
def test_numbers_keep_their_bits(value: float) -> None:
    assert math.copysign(1.0, round_trip(value)) == math.copysign(1.0, value)
    assert round_trip(value) == value
    assert math.isnan(round_trip(math.nan))


@pytest.mark.parametrize("tree", [{"a": object()}, [b"bytes"], {(1, 2): 3}, {True: 1}, {"f": len}])
def test_what_has_no_plain_form_is_refused(tree: object) -> None:
    with pytest.raises(TypeError):
        flatten(tree, "state")


@pytest.mark.parametrize("content", [{"tensor": "absent"}, {"other": 1}, {"tensor": "a", "tuple": []}, {"float": "x"}, {}])
def test_what_was_not_flattened_is_refused(content: object) -> None:
    with pytest.raises((KeyError, ValueError)):
        unflatten(content, {})
