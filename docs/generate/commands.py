"""The command reference, read from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from docs.generate.markdown import cell, code, table

from spectramind.cli.app import app

SHARED = ("--fast-kaggle", "--dry-run", "--json", "--verbose", "--quiet", "--help")
WORDS = {Path: "PATH", int: "INTEGER", float: "NUMBER", str: "TEXT"}


def walk(name: str = "", command: Any = None) -> Iterator[tuple[str, Any]]:
    """Yield (full name, command) of every command that does something, in the order of `--help`."""
    found = typer.main.get_command(app) if command is None else command
    if not hasattr(found, "commands"):
        yield name, found
        return
    for word, child in found.commands.items():
        yield from walk(f"{name} {word}".strip(), child)


def commands_markdown() -> str:
    """Return one chapter a command: what it does, how it is called, its arguments and options."""
    lines: list[str] = ["## Options of every command"]
    first = next(command for _, command in walk())
    lines += _options(parameter for parameter in first.params if _name(parameter) in SHARED or parameter.name == "overrides")
    for name, command in walk():
        own = [parameter for parameter in command.params if _name(parameter) not in SHARED and parameter.name != "overrides"]
        arguments = [_placeholder(parameter) for parameter in own if parameter.param_type_name == "argument"]
        required = [f"{_name(option)} {_placeholder(option)}" for option in own if option.param_type_name == "option" and option.required]
        usage = " ".join(["spectramind", name, *arguments, *required, "[OPTIONS]", "[KEY=VALUE]..."])
        lines += [f"## {name}", "", cell(command.help or ""), "", "```text", usage, "```"]
        lines += _options(own) if own else ["", "No options of its own.", ""]
    return "\n".join(lines)


def _options(parameters: Any) -> Iterator[str]:
    rows = []
    for parameter in parameters:
        is_flag = getattr(parameter, "is_flag", False) or getattr(parameter, "count", False)
        names = [*parameter.opts] if parameter.param_type_name == "option" else [_placeholder(parameter)]
        written = ", ".join(names) + ("" if is_flag or parameter.param_type_name == "argument" else f" {_placeholder(parameter)}")
        given = "" if is_flag or parameter.default in (None, ()) or parameter.required else str(parameter.default)
        rows.append((code(written), "required" if parameter.required else code(given), cell(parameter.help or "")))
    return table(("option", "default", "meaning"), rows)


def _name(parameter: Any) -> str:
    return max(parameter.opts, key=len) if parameter.opts else str(parameter.name)


def _placeholder(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "{" + ",".join(str(member.value) for member in kind) + "}"
    return str(parameter.metavar or WORDS[kind])
