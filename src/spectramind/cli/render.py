"""Results to stdout (text, or one JSON document); errors to stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import typer

from spectramind.utils.errors import SpectraMindError
from spectramind.utils.redact import redact

_LONGEST_FOLLOWED = 50


def plain(value: object) -> Any:
    """Return `value` in JSON types: paths as text, arrays' scalars as numbers, what is not finite as None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | Path):
        return str(value) if isinstance(value, Path) else value
    if hasattr(value, "item"):
        return plain(value.item())
    raise TypeError(f"not a result: {value!r} ({type(value).__name__})")


def numbers(result: Mapping[str, object], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a result as `outer/inner` -> value: what telemetry follows over time.

    Mappings too long to follow (one entry a planet) are left out.
    """
    found: dict[str, float] = {}
    for key, value in plain(result).items():
        if isinstance(value, dict) and len(value) <= _LONGEST_FOLLOWED:
            found |= numbers(value, f"{prefix}{key}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[prefix + key] = value
    return found


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document."""
    typer.echo(redact_json(plain(document)))


def redact_json(document: object) -> str:
    """Return the JSON text with secrets hidden in every text of it."""
    return json.dumps(_redacted(document), indent=2, ensure_ascii=False, allow_nan=False)


def print_text(result: Mapping[str, object]) -> None:
    """Print a result for a human reader."""
    for line in text_lines(plain(result)):
        typer.echo(redact(line))


def print_error(error: SpectraMindError) -> None:
    """Print what, where, received, the next command and the section of the documentation to stderr."""
    fields = error.as_dict()
    typer.echo(redact(f"error: {error.what}"), err=True)
    for label, key in (("where", "where"), ("received", "received"), ("next", "hint"), ("see", "see")):
        if fields[key]:
            typer.echo(redact(f"  {label + ':':10}{fields[key]}"), err=True)


def text_lines(result: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """Yield a mapping as indented `key  value` lines; a list of mappings becomes a table."""
    blank = " " * indent
    width = max((len(key) for key in result), default=0)
    for key, value in result.items():
        if isinstance(value, Mapping) and value:
            yield f"{blank}{key}"
            yield from text_lines(value, indent + 2)
        elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            yield f"{blank}{key}"
            yield from (f"{blank}  {line}" for line in table_lines(value))
        else:
            yield f"{blank}{key:{width}}  {_cell(value)}"


def table_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table with a heading; columns are those of the first row."""
    columns = list(rows[0])
    cells = [columns] + [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_cell, value)) if value else "-"
    return "-" if value in (None, {}, "") else str(value)


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_redacted(member) for member in value]
    return redact(value) if isinstance(value, str) else value
