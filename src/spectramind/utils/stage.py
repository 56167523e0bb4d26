"""What every stage over planets shares: parallel work, progress, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from spectramind.utils.errors import SpectraMindError
from spectramind.utils.parallel import map_unordered
from spectramind.utils.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")
Outcome = Literal["done", "reused", "set aside"]


@dataclass(frozen=True)
class Failure:
    """Why an item was set aside."""

    reason: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Name the error; one that is not of the typed errors keeps its class name."""
        return cls(str(error) if isinstance(error, SpectraMindError) else f"{type(error).__name__}: {error}")


def run_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    description: str,
    name_of: Callable[[Item], str],
    workers: int,
    progress: Progress,
) -> Iterator[tuple[Item, Result | Failure]]:
    """Yield (item, result) as they finish; an item that raised yields its Failure and never stops the others.

    The listener of the progress may raise: the command line's does where the wall-time budget is at risk.
    """
    progress.start(description, len(items))
    try:
        for item, result in map_unordered(function, items, workers):
            progress.advance(name_of(item))
            yield item, Failure.of(result) if isinstance(result, BaseException) else result
    finally:
        progress.finish()
