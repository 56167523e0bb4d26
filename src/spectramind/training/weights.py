"""Weights of a trained member, read from its checkpoint."""

from __future__ import annotations

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from spectramind.training.ensemble import MemberRecord
from spectramind.utils.artifacts import sha256_file
from spectramind.utils.errors import InputDataError
from spectramind.utils.runs import Workspace


def member_weights(workspace: Workspace, member: MemberRecord) -> dict[str, Tensor]:
    """Return the weights of a network by name.

    Raises:
        InputDataError: If the checkpoint is not the one that was recorded.
    """
    path = workspace.root / member.checkpoint
    hint = "spectramind train with the phase that made it: it goes on where it stopped, and records what it made"
    try:
        if sha256_file(path) != member.sha256:
            raise InputDataError("a checkpoint is not the one that was recorded", where=str(path), received="another sha256", hint=hint)
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputDataError("a checkpoint cannot be read", where=str(path), received=error, hint=hint) from error
    return {name.removeprefix("weights."): values for name, values in tensors.items() if name.startswith("weights.")}
