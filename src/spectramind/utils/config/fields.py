"""How a configuration key declares its range or its choices."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def ranged(low: float, high: float) -> Any:
    """Declare a number (or every member of a tuple of numbers) in the closed range [low, high]."""
    return field(metadata={"low": low, "high": high})


def one_of(*choices: str) -> Any:
    """Declare a text that is one of `choices`."""
    return field(metadata={"choices": choices})
