"""Mapping -> frozen dataclass, with every mistake named: unknown, missing, wrong type, out of range."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from spectramind.utils.errors import ConfigError
from spectramind.utils.nearest import nearest

Section = TypeVar("Section")


def key_of(field: Field[Any]) -> str:
    """Return the YAML key of a field: `global_` is written `global`, a keyword of Python."""
    return field.name.removesuffix("_")


def leaf_keys(kind: type, prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every value below the dataclass `kind`."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        name = prefix + key_of(field)
        if is_dataclass(hints[field.name]):
            yield from leaf_keys(hints[field.name], name + ".")
        else:
            yield name


def unknown_key(key: str, candidates: Iterable[str]) -> ConfigError:
    """Return the error for a key that does not exist, with the nearest one that does."""
    known = tuple(candidates)
    by_last_word = {name.rpartition(".")[2]: name for name in known}
    match = nearest(key, known) or by_last_word.get(nearest(key.rpartition(".")[2], by_last_word), "")
    hint = f"Did you mean {match}? " if match else ""
    return ConfigError("Unknown configuration key.", where=key, received=key, hint=f"{hint}List all keys: spectramind config show")


def build(kind: type[Section], values: object, path: str = "") -> Section:
    """Build the dataclass `kind` from a mapping of the same shape; raises ConfigError naming the dotted key."""
    if not isinstance(values, Mapping):
        raise _wrong(path, values, "a group of keys")
    hints = get_type_hints(kind)
    declared = {key_of(field): field for field in fields(kind)}  # type: ignore[arg-type]
    prefix = f"{path}." if path else ""
    for key in values:
        if key not in declared:
            raise unknown_key(f"{prefix}{key}", (prefix + name for name in declared))
    for key in declared:
        if key not in values:
            raise ConfigError("A configuration key is missing.", where=prefix + key, hint=f"Set it: {prefix}{key}=VALUE")
    arguments = {field.name: _value(hints[field.name], values[key], prefix + key, field) for key, field in declared.items()}
    try:
        return kind(**arguments)
    except ValueError as error:
        raise ConfigError(f"Inconsistent values: {error}.", where=path, received=dict(values), hint=f"Correct {prefix}KEY=VALUE") from error


def _value(kind: Any, value: object, path: str, field: Field[Any]) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return build(kind, value, path)
    converted = _convert(kind, value, path)
    members = converted if isinstance(converted, tuple) else (converted,)
    low, high = field.metadata.get("low", -math.inf), field.metadata.get("high", math.inf)
    if any(isinstance(member, int | float) and not low <= member <= high for member in members):
        raise ConfigError("A value is out of range.", where=path, received=value, hint=f"Choose {path} within [{low:g}, {high:g}].")
    choices = field.metadata.get("choices")
    if choices is not None and any(member not in choices for member in members):
        match = nearest(str(value), choices)
        extra = f" Did you mean {match}?" if match else ""
        raise ConfigError("Not one of the choices.", where=path, received=value, hint=f"Choose {path} from {', '.join(choices)}.{extra}")
    return converted


def _convert(kind: Any, value: object, path: str) -> Any:
    """Return `value` as `kind`; only widening (int to float, list to tuple, text to Path) is allowed."""
    if get_origin(kind) is tuple:
        return _convert_tuple(get_args(kind), value, path)
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if kind in (bool, int, str) and type(value) is kind:
        return value
    names = {
        Path: "a path (quote it where it is a number)",
        float: "a finite number",
        int: "an integer",
        bool: "true or false",
        str: "a text",
    }
    raise _wrong(path, value, names.get(kind, str(kind)))


def _convert_tuple(kinds: tuple[Any, ...], value: object, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(path, value, "a list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise _wrong(path, value, f"a list of {len(kinds)} values")
    return tuple(_convert(kind, member, f"{path}[{index}]") for index, (kind, member) in enumerate(zip(kinds, value, strict=True)))


def _wrong(path: str, value: object, wanted: str) -> ConfigError:
    return ConfigError(
        f"A value has the wrong type: {wanted} is expected.",
        where=path or "the root of the configuration",
        received=f"{value!r} ({type(value).__name__})",
        hint=f"Set {path or 'KEY'}=VALUE to {wanted}.",
    )
