"""The stream of metrics of a training run: JSON Lines, one line a step or epoch, without duplicates after a resume."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from spectramind.utils.artifacts import canonical_json, write_text
from spectramind.utils.errors import InputDataError


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """What is known after a step or an epoch.

    Attributes:
        event: ``step`` or ``epoch``.
        losses: Term -> value; numbers that are not finite are null in the file and NaN when read.
        metrics: Name -> value, such as the validation's.
        seconds: Wall time since the phase began.
    """

    event: str
    phase: str
    fold: int
    epoch: int
    step: int
    losses: dict[str, float]
    metrics: dict[str, float]
    learning_rate: float
    seconds: float


class Journal:
    """Appends lines to a file; every line is on its way to the disk when ``append`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def append(self, line: JournalLine) -> None:
        """Write one line."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(_text(line))

    def rewind(self, fold: int, step: int) -> None:
        """Drop what a fold wrote after the checkpoint it resumes from, and a last line that was cut short.

        Raises:
            InputDataError: As ``read``.
        """
        if self._path.exists():
            kept = [line for line in self.read() if line.fold != fold or line.step <= step]
            write_text(self._path, "".join(map(_text, kept)))

    def read(self) -> list[JournalLine]:
        """Return all lines; a last one without its end, of a writer that was killed, does not count.

        Raises:
            InputDataError: If a line is not of this format.
        """
        if not self._path.exists():
            return []
        written = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        return [self._parse(number, text) for number, text in enumerate(written, start=1)]

    def _parse(self, number: int, text: str) -> JournalLine:
        try:
            content = json.loads(text)
            for name in ("losses", "metrics"):
                content[name] = {key: math.nan if value is None else float(value) for key, value in content[name].items()}
            return JournalLine(**content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputDataError(
                "a line of the training journal cannot be read",
                where=f"{self._path} line {number}",
                received=error,
                hint="remove that line",
            ) from error


def _text(line: JournalLine) -> str:
    content = asdict(line)
    for name in ("losses", "metrics"):
        content[name] = {key: value if math.isfinite(value) else None for key, value in content[name].items()}
    return canonical_json(content) + "\n"
