"""Weights of a recorded member; another file than the recorded one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from spectramind.training.ensemble import MemberRecord
from spectramind.training.weights import member_weights
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace


def recorded(root: Path, content: bytes | None = None) -> MemberRecord:
    path = root / "step.safetensors"
    save_file({"weights.a.b": torch.arange(3.0), "optimizer.a": torch.zeros(1)}, path)
    if content is not None:
        path.write_bytes(content)
    return MemberRecord(fold=0, checkpoint=path.name, sha256=sha256_file(path), epoch=1, epochs=1, metrics={})


def test_weights_and_nothing_else(tmp_path: Path) -> None:
    found = member_weights(Workspace(tmp_path), recorded(tmp_path))
    assert found.keys() == {"a.b"}
    assert torch.equal(found["a.b"], torch.arange(3.0))


def test_another_file_is_refused(tmp_path: Path) -> None:
    member = recorded(tmp_path)
    save_file({"weights.a.b": torch.arange(3.0) + 1.0}, tmp_path / member.checkpoint)
    with pytest.raises(InputDataError, match="not the one that was recorded"):
        member_weights(Workspace(tmp_path), member)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    member = recorded(tmp_path)
    (tmp_path / member.checkpoint).unlink()
    with pytest.raises(InputDataError, match="cannot be read"):
        member_weights(Workspace(tmp_path), member)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="cannot be read"):
        member_weights(Workspace(tmp_path), recorded(tmp_path, b"nonsense"))
