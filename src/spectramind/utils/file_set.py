"""Files that belong together: a folder holds all of the old ones or all of the new ones, whenever their writer is killed.

New files are written into a hidden folder inside the one they are meant for. Its renaming to `.complete` is the moment from which the
new set counts; then the files move to their places one after another. Where that is interrupted, whoever comes next goes on with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spectramind.utils.artifacts import sync_to_disk

STAGED, COMPLETE, ABSENT, TURN = ".staged", ".complete", ".absent", ".turn.lock"


@contextmanager
def replacing_together(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to write files into, under their final names; when the block ends they replace those in `folder`.

    Files of other names stay. On an exception nothing changes, and a process that was killed has either changed nothing or left the
    rest of the work to `settle`. Another process that writes here is waited for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _turn(folder):
        _move(folder)
        staged = folder / STAGED
        shutil.rmtree(staged, ignore_errors=True)  # of a writer that was killed before its set was complete
        staged.mkdir()
        try:
            yield staged
            sync_to_disk(staged)
            staged.rename(folder / COMPLETE)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        sync_to_disk(folder)
        _move(folder)


def mark_absent(staged: Path, name: str) -> None:
    """Let the new set lack a file that an earlier one may have."""
    (staged / f"{name}{ABSENT}").touch()


def settle(folder: Path) -> None:
    """Finish what a killed writer left half moved; to be called before files of a set are read. Harmless where nothing waits."""
    if (folder / COMPLETE).is_dir():
        with _turn(folder):
            _move(folder)


def _move(folder: Path) -> None:
    complete = folder / COMPLETE
    if not complete.is_dir():
        return
    for path in sorted(complete.iterdir()):
        if path.suffix == ABSENT:
            (folder / path.stem).unlink(missing_ok=True)
            path.unlink()
        else:
            path.replace(folder / path.name)
    sync_to_disk(folder)
    complete.rmdir()


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(folder / TURN):
        yield
