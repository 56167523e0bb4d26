"""What tests of documents and pipelines share: is this command line one that the application understands?"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from spectramind.cli.app import app
from spectramind.utils.config import load_config

ROOT = Path(__file__).resolve().parents[2]
CheckCommand = Callable[[str], str]
Command = tuple[str, Any]


def find_command(words: Sequence[str]) -> tuple[Command, list[str]]:
    """Return the (full name, command) that `words` begin with, and the words after it."""
    name, command, rest = "", typer.main.get_command(app), list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        word = rest.pop(0)
        assert word in command.commands, f"no command {' '.join([name, word]).strip()!r}"
        name, command = f"{name} {word}".strip(), command.commands[word]
    return (name, command), rest


@pytest.fixture
def check_command() -> CheckCommand:
    """Parse a line `spectramind ...` with the real parser, compose its overrides, run nothing; return the command's name."""

    def check(line: str) -> str:
        words = shlex.split(line.replace("$PWD", ""), comments=True)
        assert words[0] == "spectramind", line
        (name, command), rest = find_command(words[1:])
        try:
            context = command.make_context(name, rest)
        except typer.TyperException as error:
            pytest.fail(f"{line}\n{error.format_message()}")
        overrides = context.params.get("overrides") or ()
        assert all("=" in override for override in overrides), line
        load_config(overrides)
        return name

    return check


@pytest.fixture
def command_options() -> Callable[[str], set[str]]:
    """Return the option names of a command given by its words."""

    def options(name: str) -> set[str]:
        (_, command), rest = find_command(name.split())
        assert not rest, name
        return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}

    return options


@pytest.fixture
def command_names() -> set[str]:
    """Return the full names of all commands."""

    def names(prefix: str, command: Any) -> set[str]:
        if not hasattr(command, "commands"):
            return {prefix}
        return {name for word, child in command.commands.items() for name in names(f"{prefix} {word}".strip(), child)}

    return names("", typer.main.get_command(app))
