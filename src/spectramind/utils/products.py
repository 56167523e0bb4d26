"""Immutable products with a manifest entry beside them: a file counts only once its entry is there and agrees with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectramind.utils.artifacts import sha256_file, write_json, write_npz
from spectramind.utils.errors import InputDataError

if TYPE_CHECKING:
    import numpy as np

KEY_DIGITS = 12
MANIFEST_NAME = "manifest.json"

Entry = dict[str, Any]


def commit_product(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]], entry: Mapping[str, Any]) -> Entry:
    """Write an npz and then, beside it, the entry that makes it count; return the entry with the npz's sha256."""
    complete = {**entry, "sha256": write_npz(path, arrays)}
    write_json(path.with_suffix(".json"), complete)
    return complete


def committed_entry(path: Path) -> Entry | None:
    """Return the entry of a product that is whole, or None where it is absent, cut short or altered."""
    try:
        entry = json.loads(path.with_suffix(".json").read_text())
        return entry if isinstance(entry, dict) and entry.get("sha256") == sha256_file(path) else None
    except (OSError, ValueError):
        return None


def read_manifest(folder: Path) -> dict[str, Entry]:
    """Return what a stage made of every visit it has seen, visit -> entry; empty where it never ran.

    Raises:
        InputDataError: If the manifest is damaged.
    """
    path = folder / MANIFEST_NAME
    try:
        visits: dict[str, Entry] = json.loads(path.read_text())["visits"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputDataError(
            "a stage manifest cannot be read", where=str(path), received=error, hint="delete it and run the stage again"
        ) from error
    return visits


def update_manifest(folder: Path, visits: Mapping[str, Entry], **facts: object) -> None:
    """Put the entries of a run into the stage manifest; visits of earlier runs stay, identical runs write identical bytes."""
    write_json(folder / MANIFEST_NAME, {"visits": {**read_manifest(folder), **visits}, **facts})
