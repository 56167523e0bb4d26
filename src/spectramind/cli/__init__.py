"""The command line. The only room that imports typer or rich; everything heavy is imported by the command that needs it."""

from __future__ import annotations

from spectramind.cli.entry import main

__all__ = ["main"]
