"""The configuration reference: types and ranges from the dataclasses, defaults and meanings from the YAML of configs/."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from docs.generate.markdown import cell, code, table

from spectramind.utils.config import Config, config_dict, load_config
from spectramind.utils.config.build import key_of
from spectramind.utils.config.compose import group_options
from spectramind.utils.locations import ROOT_CONFIG, config_directory

LINE = re.compile(r"^(?P<indent> *)(?P<key>\w+):(?P<value>[^#]*)(?:#\s*(?P<comment>.*))?$")
COMPOSED_LAST = "profile"


def configuration_markdown() -> str:
    """Return a chapter for every section of the configuration and one for the options of its groups."""
    folder = config_directory()
    comments, written = _yaml_remarks(folder)
    values = _flat(config_dict(load_config()))
    lines = [line for section in _sections(Config, "") for line in _chapter(*section, values, comments, written)]
    return "\n".join([*lines, *_groups(folder, values)])


def _sections(kind: type, prefix: str) -> Iterator[tuple[str, type]]:
    """Yield (dotted prefix, dataclass) of every section that has values of its own, outer ones first."""
    hints = get_type_hints(kind)
    members = [(key_of(field), hints[field.name]) for field in fields(kind)]
    if prefix and any(not is_dataclass(hint) for _, hint in members):
        yield prefix, kind
    for key, hint in members:
        if is_dataclass(hint):
            yield from _sections(hint, f"{prefix}{key}.")  # type: ignore[arg-type]


def _chapter(prefix: str, kind: type, values: Mapping[str, Any], comments: Mapping[str, str], written: Mapping[str, str]) -> Iterator[str]:
    summary, attributes = _documented(kind)
    hints = get_type_hints(kind)
    own = [field for field in fields(kind) if not is_dataclass(hints[field.name])]
    yield from (f"## {prefix.rstrip('.')}", "", summary)
    rows = []
    for field in own:
        key = prefix + key_of(field)
        default = written[key] if hints[field.name] is Path else _shown(values[key])
        meaning = attributes.get(field.name) or comments.get(key, "")
        rows.append((code(key), code(default), cell(_allowed(field, hints[field.name])), cell(meaning)))
    yield from table(("key", "default", "allowed", "meaning"), rows)


def _allowed(field: Field[Any], hint: Any) -> str:
    if "choices" in field.metadata:
        return ", ".join(field.metadata["choices"])
    if hint is bool:
        return "true, false"
    kind = {int: "integer", float: "number", str: "text", Path: "path"}.get(hint, "list of numbers")
    low, high = field.metadata.get("low"), field.metadata.get("high")
    return kind if low is None else f"{kind} from {low:.12g} to {high:.12g}"


def _documented(kind: type) -> tuple[str, dict[str, str]]:
    """Return the first paragraph of a docstring, and what it says of each attribute."""
    summary, _, rest = (inspect.getdoc(kind) or "").partition("Attributes:")
    found: dict[str, str] = {}
    for name, text in re.findall(r"^    (\w+): (.*(?:\n     +.*)*)", rest, re.M):
        found[name] = " ".join(text.split())
    return " ".join(summary.split()), found


def _yaml_remarks(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return key -> comment on its line or right above it, and key -> value as written, of all files of `folder`."""
    comments: dict[str, str] = {}
    written: dict[str, str] = {}
    groups = [path for path in sorted(folder.glob("*/*.yaml")) if path.parent.name != COMPOSED_LAST]
    for path in (folder / f"{ROOT_CONFIG}.yaml", *groups):
        parents: list[str] = [] if path.parent == folder else [path.parent.name]
        depth = len(parents)
        above = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            match = LINE.match(line)
            if match is None:
                above = line.removeprefix("# ") if line.startswith("# ") else ""
                continue
            del parents[depth + len(match["indent"]) // 2 :]
            parents.append(match["key"])
            key = ".".join(parents)
            written.setdefault(key, match["value"].strip())
            remark, above = match["comment"] or above, ""
            if remark:
                comments.setdefault(key, remark)
    return comments, written


def _groups(folder: Path, defaults: Mapping[str, Any]) -> Iterator[str]:
    """Yield a chapter that says what every option of a group changes against the default configuration."""
    yield from ("## Groups and profiles", "", "What choosing an option changes; all other keys keep their defaults.")
    rows = []
    for group, options in group_options(folder).items():
        for option in options:
            changed = _flat(config_dict(load_config((f"{group}={option}",))))
            changes = [f"{key}={_shown(value)}" for key, value in changed.items() if value != defaults[key]]
            if changes:
                rows.append((code(f"{group}={option}"), "<br>".join(map(code, changes))))
    yield from table(("option", "changes"), rows)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:.10g}" if isinstance(value, float) else str(value) or '""'
