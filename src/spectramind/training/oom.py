"""A step that does not fit into memory is taken in parts, with the gradients of the whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

from spectramind.models.batch import PlanetBatch
from spectramind.utils.errors import ConfigError

LOGGER = logging.getLogger(__name__)
# What the CPU's allocator says in a plain RuntimeError.
COMPLAINTS = ("not enough memory", "can't allocate memory", "out of memory")

Step = Callable[[PlanetBatch, float], dict[str, float]]


class FittingStep:
    """Runs a step on a batch, in as many parts as memory asks for, and remembers the size that fitted.

    Args:
        step: Called with planets and their share of the batch; it must multiply its loss, a mean over planets, by that share,
            add the gradients, and return terms that are means over planets. A loss that compares planets with each other is not
            the same in parts.
        parameters: Whose gradients are set back before a batch is tried again.
    """

    def __init__(self, step: Step, parameters: Iterable[Parameter]) -> None:
        self._step, self._parameters = step, tuple(parameters)
        self.largest: int | None = None

    def __call__(self, batch: PlanetBatch) -> dict[str, float]:
        """Return the terms of the whole batch; gradients are added to those there were before.

        Raises:
            ConfigError: If not even one planet fits.
        """
        before = [None if parameter.grad is None else parameter.grad.clone() for parameter in self._parameters]
        while True:
            size = min(len(batch), self.largest or len(batch))
            terms = self._attempt(batch, size)
            if terms is not None:
                return terms
            self._restore(before)
            if size == 1:
                raise ConfigError(
                    "a single planet does not fit into memory",
                    where="model",
                    received=f"{batch.light.shape[1]} samples, {batch.nodes.shape[1]} bins",
                    hint="a smaller network: model.fgs1.width, model.airs.width, model.fgs1.layers, model.airs.layers",
                )
            self.largest = size // 2
            LOGGER.warning("out of memory with %d planets at once; trying %d", size, self.largest)

    def _attempt(self, batch: PlanetBatch, size: int) -> dict[str, float] | None:
        """Run the parts; None where memory ran out. What a failed part holds is free again once this has returned."""
        total: dict[str, float] = {}
        try:
            for start in range(0, len(batch), size):
                part = batch.part(slice(start, start + size))
                share = len(part) / len(batch)
                for name, value in self._step(part, share).items():
                    total[name] = total.get(name, 0.0) + share * value
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return None
        return total

    def _restore(self, before: list[Tensor | None]) -> None:
        for parameter, gradient in zip(self._parameters, before, strict=True):
            parameter.grad = None if gradient is None else gradient.clone()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, on a GPU or here."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(complaint in str(error) for complaint in COMPLAINTS)
