"""Immutable products with a manifest entry beside them: a file counts only once its entry is there and agrees with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectramind.utils.artifacts import sha256_file, write_json, write_npz

if TYPE_CHECKING:
    import numpy as np

KEY_DIGITS = 12

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


def find_product(folder: Path, stem: str, **wanted: object) -> tuple[Path, Entry] | None:
    """Return the newest whole product ``{stem}_{key}.npz`` in a folder whose entry has the wanted values, or None."""
    sidecars = sorted(folder.glob(f"{stem}_{'?' * KEY_DIGITS}.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for sidecar in sidecars:
        path = sidecar.with_suffix(".npz")
        entry = committed_entry(path)
        if entry is not None and all(entry.get(name) == value for name, value in wanted.items()):
            return path, entry
    return None
