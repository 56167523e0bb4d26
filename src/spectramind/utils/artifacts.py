"""Files that are either whole or absent: temporary file in the same folder, fsync, rename, fsync of the folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_READ_BYTES = 1 << 20
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path`, on any exception it is removed.

    The suffix of `path` is kept, so that writers which look at it behave as for the final name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        yield temporary
        sync_to_disk(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_to_disk(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of writers that were killed; only under a lock that keeps other writers out of the folder."""
    for temporary in folder.rglob(".*.tmp.*"):
        temporary.unlink(missing_ok=True)


def remove_leftovers_of(path: Path) -> None:
    """Remove what killed writers of this one file left beside it; only under a lock that keeps other writers of it out.

    For files that the user places, whose folder may hold anything.
    """
    own = re.compile(rf"\.{re.escape(path.stem)}\.\d+\.[0-9a-f]{{8}}\.tmp{re.escape(path.suffix)}")
    for temporary in path.parent.iterdir() if path.parent.is_dir() else ():
        if own.fullmatch(temporary.name):
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write `content` to `path` atomically as UTF-8 with the line ends it has."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: object) -> None:
    """Write `content` atomically as JSON: sorted keys, indent 1, newline at the end; NaN and infinities are refused."""
    write_text(path, json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_npz(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    """Write `arrays` atomically as an uncompressed npz and return its sha256.

    The same arrays give the same bytes: members sorted by name, a fixed time stamp, no compression
    (deflate differs between zlib builds and gains little on noise). Object arrays are refused.
    """
    import zipfile

    with atomic_path(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name in sorted(arrays):
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", _ZIP_EPOCH), _npy_bytes(arrays[name]))
        return sha256_file(temporary)


def _npy_bytes(array: np.ndarray[Any, Any]) -> bytes:
    import io

    import numpy as np

    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array).reshape(np.shape(array)), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file's bytes as hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def canonical_json(content: object) -> str:
    """Return the one JSON text of `content`: sorted keys, no blanks, NaN and infinities refused."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_json(content: object) -> str:
    """Return the sha256 of the canonical JSON of `content`, independent of key order."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
