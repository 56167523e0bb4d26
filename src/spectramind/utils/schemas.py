"""Checks against the JSON schemas of schemas/; every breach names its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from spectramind.utils.errors import SchemaViolation
from spectramind.utils.locations import schema_directory


def read_schema(name: str) -> dict[str, Any]:
    """Return the schema `name` (without `.schema.json`), checked to be a valid JSON schema itself."""
    return read_schema_file(schema_directory() / f"{name}.schema.json")


def schema_names() -> tuple[str, ...]:
    """Return the names of all schemas."""
    return tuple(sorted(path.name.removesuffix(".schema.json") for path in schema_directory().glob("*.schema.json")))


def validate_document(document: object, name: str, *, where: str) -> None:
    """Check one JSON document; raises SchemaViolation with the place inside it."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(document))
    if error is not None:
        raise SchemaViolation(error.message[:400], where=f"{where} {error.json_path}", hint=f"Compare with schemas/{name}.schema.json.")


def validate_table(rows: Iterable[Mapping[str, object]], name: str, *, where: str, key: str) -> int:
    """Check a table row by row against a schema of one row, and return the number of rows.

    Args:
        rows: Mappings column -> value; numbers that are not finite are refused, which JSON schema cannot say.
        name: Schema of a row.
        where: File, for the message.
        key: Column that names a row in the message.
    """
    validator = _validator(name)
    count = 0
    for count, row in enumerate(rows, start=1):
        place = f"{where} row {count} ({key} {row.get(key, 'missing')})"
        for column, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise SchemaViolation("A number is not finite.", where=f"{place}, column {column}", received=value)
        for error in validator.iter_errors(row):
            column = ".".join(map(str, error.absolute_path)) or "all"
            raise SchemaViolation(error.message[:400], where=f"{place}, column {column}", hint=f"Compare with schemas/{name}.schema.json.")
    return count


def read_schema_file(path: Path) -> dict[str, Any]:
    """Return the schema in a file, checked to be a valid JSON schema itself."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
    except (OSError, ValueError, SchemaError) as error:
        message = str(error).splitlines()[0]
        raise SchemaViolation(
            f"Not a readable JSON schema: {message}", where=str(path), hint="Restore it: git checkout -- schemas"
        ) from error
    return schema


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(read_schema(name))
