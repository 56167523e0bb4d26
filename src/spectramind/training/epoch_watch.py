"""Epochs of members that train in processes of their own, told from the journals that they write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from spectramind.training.journal import Journal, JournalLine
from spectramind.utils.errors import InputDataError


class EpochWatch:
    """Tells each epoch of some members once, those from before an interruption too.

    Nothing but the journals passes between the processes: no queue can be left locked and no helper outlives a run that is killed.

    Args:
        journals: Files of the members, which may not be there yet.
        report: Called with a note for every epoch.
    """

    def __init__(self, journals: Sequence[Path], report: Callable[[str], None]) -> None:
        self._journals, self._report = tuple(journals), report
        self._sizes: dict[Path, int] = {}
        self._told: set[tuple[Path, int]] = set()

    def __call__(self) -> None:
        """Look at the journals that changed since the last call."""
        for path in self._journals:
            size = path.stat().st_size if path.exists() else 0
            if size == self._sizes.get(path, 0):
                continue
            self._sizes[path] = size
            for line in _epochs(path):
                if (path, line.epoch) not in self._told:
                    self._told.add((path, line.epoch))
                    self._report(epoch_note(line))


def epoch_note(line: JournalLine) -> str:
    """Return an epoch in words: the validation's likelihood, or its loss where the phase knows no likelihood."""
    name = "gll" if "gll_val" in line.metrics else "total"
    return f"fold {line.fold} epoch {line.epoch}: {name} {line.metrics[f'{name}_val']:.5g}"


def _epochs(path: Path) -> list[JournalLine]:
    try:
        return [line for line in Journal(path).read() if line.event == "epoch"]
    except InputDataError:  # the member that resumes from this journal says so
        return []
