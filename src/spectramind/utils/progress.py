"""How a stage reports its progress, without knowing who listens (a terminal, a log, nobody)."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Listener of one stage at a time: `start`, then `advance` once per finished item, then `finish`."""

    def start(self, description: str, total: int) -> None:
        """Begin a stage of `total` items."""

    def advance(self, note: str = "") -> None:
        """Count one more finished item; `note` names it."""

    def finish(self) -> None:
        """End the stage."""


class SilentProgress:
    """A listener that says nothing."""

    def start(self, description: str, total: int) -> None:
        """Ignore the start."""

    def advance(self, note: str = "") -> None:
        """Ignore the item."""

    def finish(self) -> None:
        """Ignore the end."""
