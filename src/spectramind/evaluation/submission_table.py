"""Read a submission in either written form; every breach of the table's layout names its line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectramind.data.identifiers import parse_planet_id
from spectramind.utils.errors import InputDataError, SchemaViolation

ID_COLUMN = "planet_id"
_NAMED = 5  # planets spelled out in a message
_HINT = "write it again: spectramind predict --out-csv PATH"


@dataclass(frozen=True, kw_only=True)
class SubmissionTable:
    """Spectra of a submission.

    Attributes:
        columns: Header as written, planet_id first.
        lines: Line of the file for each planet, for messages.
        written_ids: Planet ids as written.
        planet_ids: Canonical decimal ids; no two are equal.
        mu: (planet, bin) finite depths, FGS1 first.
        sigma: (planet, bin) finite standard deviations.
    """

    columns: tuple[str, ...]
    lines: tuple[int, ...]
    written_ids: tuple[str, ...]
    planet_ids: tuple[str, ...]
    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]


def spectramind_columns(bins: int) -> tuple[str, ...]:
    """Return planet_id, mu_0 .. , sigma_0 .. : the form of this project."""
    return (ID_COLUMN, *(f"mu_{j}" for j in range(bins)), *(f"sigma_{j}" for j in range(bins)))


def kaggle_columns(bins: int) -> tuple[str, ...]:
    """Return planet_id, wl_1 .. , sigma_1 .. : the form of the competition."""
    return (ID_COLUMN, *(f"wl_{j}" for j in range(1, bins + 1)), *(f"sigma_{j}" for j in range(1, bins + 1)))


def violation(what: str, path: Path, *, line: int | None = None, column: str = "", received: object = None) -> SchemaViolation:
    """Return the error for one place of a submission."""
    where = ", ".join(part for part in (str(path), f"line {line}" if line else "", f"column {column}" if column else "") if part)
    return SchemaViolation(what, where=where, received=received, hint=_HINT)


def read_submission(path: Path, *, name: Path | None = None) -> SubmissionTable:
    """Read a submission written as planet_id, mu_*, sigma_* or as planet_id, wl_*, sigma_*.

    Args:
        path: File to read.
        name: What messages call it, where it does not have its final name yet.

    Raises:
        InputDataError: The file cannot be opened.
        SchemaViolation: Wrong columns, a cell that is not a finite number, a planet twice or with an unusable id, no planet at all.
    """
    name = name or path
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return _read_table(csv.reader(stream, strict=True), name)
    except OSError as error:
        raise InputDataError("The submission cannot be opened.", where=str(name), received=error, hint="Correct the path.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise violation("The submission is not a CSV text.", name, received=error) from error


def require_planets(seen: tuple[str, ...], expected: tuple[str, ...], path: Path) -> None:
    """Raise SchemaViolation unless the planets of a submission are exactly the expected ones, in any order."""
    for what, some, others in (("lacks", expected, set(seen)), ("has unexpected", seen, set(expected))):
        wrong = [planet_id for planet_id in some if planet_id not in others]
        if wrong:
            names = ", ".join(wrong[:_NAMED]) + (", ..." if len(wrong) > _NAMED else "")
            raise violation(f"The submission {what} planets.", path, column="planet_id", received=f"{len(wrong)}: {names}")


def _read_table(reader: Iterator[list[str]], path: Path) -> SubmissionTable:
    columns = tuple(next(reader, ()))
    bins = max((len(columns) - 1) // 2, 2)
    expected = kaggle_columns(bins) if columns[1:2] == ("wl_1",) else spectramind_columns(bins)
    if columns != expected:
        raise _header_violation(columns, expected, path)
    lines, written_ids, planet_ids, rows = [], [], [], []
    first_line: dict[str, int] = {}
    for line, cells in enumerate(reader, start=2):
        if len(cells) != len(columns):
            raise violation(f"A row must have {len(columns)} cells.", path, line=line, received=f"{len(cells)} cells")
        planet_id = _planet_id(cells[0], path, line)
        if first_line.setdefault(planet_id, line) != line:
            what = f"A planet has two rows; the first is line {first_line[planet_id]}."
            raise violation(what, path, line=line, column=ID_COLUMN, received=planet_id)
        lines.append(line)
        written_ids.append(cells[0])
        planet_ids.append(planet_id)
        rows.append(_numbers(cells, columns, path, line))
    if not rows:
        raise violation("The submission has no planet.", path)
    mu, sigma = np.split(np.vstack(rows), 2, axis=1)
    return SubmissionTable(
        columns=columns, lines=tuple(lines), written_ids=tuple(written_ids), planet_ids=tuple(planet_ids), mu=mu, sigma=sigma
    )


def _header_violation(columns: tuple[str, ...], expected: tuple[str, ...], path: Path) -> SchemaViolation:
    place = next((i for i, (seen, wanted) in enumerate(zip(columns, expected, strict=False)) if seen != wanted), None)
    if place is None:
        return violation("The header must be planet_id, n depths and n sigmas.", path, line=1, received=f"{len(columns)} columns")
    what = f"Column {place + 1} must be {expected[place]}."
    return violation(what, path, line=1, column=expected[place], received=columns[place])


def _planet_id(written: str, path: Path, line: int) -> str:
    try:
        return parse_planet_id(written, where=str(path))
    except InputDataError as error:
        raise violation("A planet id must be a plain decimal number.", path, line=line, column=ID_COLUMN, received=repr(written)) from error


def _numbers(cells: list[str], columns: tuple[str, ...], path: Path, line: int) -> NDArray[np.float64]:
    """Return the row's numbers; a loop over cells only to name the one that is wrong."""
    try:
        values = np.array([_number(cell) for cell in cells[1:]], dtype=np.float64)
        if np.isfinite(values).all():
            return values
    except ValueError:
        pass
    column, cell = next((column, cell) for column, cell in zip(columns[1:], cells[1:], strict=True) if not _is_finite(cell))
    raise violation("A cell is not a finite number.", path, line=line, column=column, received=repr(cell))


def _number(cell: str) -> float:
    if "_" in cell or not cell.isascii():  # Python reads 1_0 and Arabic digits as numbers; other readers of CSV do not
        raise ValueError(cell)
    return float(cell)


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(_number(cell))
    except ValueError:
        return False
