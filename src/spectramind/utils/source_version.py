"""The version of the code behind a product: a hash of its sources, so that no cache outlives the code that filled it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@cache
def source_version(*parts: str) -> str:
    """Return the sha256 of Python sources.

    Args:
        parts: Files or folders below the package, such as ``data/detector``; folders count with everything in them.

    Raises:
        FileNotFoundError: If a part does not exist.
    """
    digest = hashlib.sha256()
    for part in sorted(parts):
        path = PACKAGE / part
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(PACKAGE)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
