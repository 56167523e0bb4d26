"""Several processes that train one network together: who they are, which planets are theirs, and how gradients meet."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed
from torch.nn import Parameter


@dataclass(frozen=True, kw_only=True)
class Processes:
    """This process among those that train together; alone unless started by ``torchrun``."""

    rank: int = 0
    world: int = 1

    @classmethod
    def join(cls) -> Processes:
        """Meet the others, where the environment says that there are any (``torchrun``): NCCL on GPUs, else gloo."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            return cls()
        if not distributed.is_initialized():
            if torch.cuda.is_available():
                torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))  # every process has a GPU of its own
            distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        return cls(rank=distributed.get_rank(), world=distributed.get_world_size())

    @property
    def leads(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def own(self, count: int) -> slice:
        """Return which of ``count`` planets this process takes."""
        return slice(self.rank * count // self.world, (self.rank + 1) * count // self.world)

    def wait(self) -> None:
        """Go on when all have come this far."""
        if self.world > 1:
            distributed.barrier()

    def add_gradients(self, parameters: Iterable[Parameter]) -> None:
        """Let every process have the sum of all gradients; a process without planets adds zeros.

        A parameter that has none in any process keeps none: to the optimiser that is not the same as zeros.
        """
        if self.world == 1:
            return
        owned = list(parameters)
        there = torch.tensor([float(p.grad is not None) for p in owned], device=owned[0].device)
        flat = torch.cat([there, *((p.grad if p.grad is not None else torch.zeros_like(p)).flatten() for p in owned)])
        distributed.all_reduce(flat)
        having, *parts = torch.split(flat, [len(owned), *(p.numel() for p in owned)])
        for parameter, count, part in zip(owned, having.tolist(), parts, strict=True):
            parameter.grad = part.view_as(parameter).clone() if count else None

    def add_terms(self, terms: dict[str, float], names: Iterable[str]) -> dict[str, float]:
        """Return the sums over processes of what each has of every term."""
        if self.world == 1:
            return terms
        ordered = sorted(names)
        values = torch.tensor([terms.get(name, 0.0) for name in ordered], dtype=torch.float64)
        distributed.all_reduce(values)
        return dict(zip(ordered, values.tolist(), strict=True))
