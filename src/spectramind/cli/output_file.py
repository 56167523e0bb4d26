"""Options that name a file to be written: refused before anything is computed where no file can come to be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer


def file_to_write(name: str, help_text: str) -> Any:
    """Return the declaration of an option for a file to be written; a path where none can be is a usage error.

    Args:
        name: As typed, such as ``--out-csv``.
        help_text: One sentence.
    """
    return typer.Option(name, help=help_text, show_default=False, callback=_writable)


def _writable(path: Path | None) -> Path | None:
    if path is not None and (reason := _obstacle(path)):
        raise typer.BadParameter(f"{path} cannot be written: {reason}.")
    return path


def _obstacle(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        return f"{above} is no folder"
    return "" if os.access(above, os.W_OK) else f"nothing may be written into {above}"
