"""Commands named in a message, completed by what the user typed, so that they can be pasted and mean the same place.

What fails deep inside knows which command mends it, not which workspace, dataset or submission the user named.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# An answer for one place alone, or about the program rather than the data.
UNCHANGED = ("simulate", "selftest", "config show")
# Parameters that mean the same thing wherever a command has them; --submission is what another command writes as --out-csv.
REPEATED = ("truth", "train", "baseline", "kaggle_csv")
SUBMISSION = ("submission", "out_csv")
DEFAULT_SUBMISSION = "outputs/submission.csv"
_TOKEN = re.compile(r" +((?:'[^']*'|[^\s'])+)")
_OVERRIDE = re.compile(r"[+~]*[\w.@/]+=.*|~[\w.@/]+", re.DOTALL)
_END = ",;.:)"


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What the user typed.

    Attributes:
        commands: The command line's root, with the subcommands in ``commands``.
        overrides: KEY=VALUE as typed.
        options: Parameter -> value of the command's own options; None where not given.
        submission: Where a submission lies unless told otherwise.
    """

    commands: Any
    overrides: Sequence[str]
    options: Mapping[str, object]
    submission: Path

    def completed(self, text: str) -> str:
        """Return a text in which every command of this program names the same place as the call; twice is the same as once."""
        parts, seen = [], 0
        for found in self._pattern().finditer(text):
            command = self._command(found.group(1))
            end, own = _read(command, text, found.end())
            parts += [text[seen : found.end()], *self._arguments(command, own)]
            seen = end
        return "".join([*parts, text[seen:]])

    def _pattern(self) -> re.Pattern[str]:
        names = sorted((name for name in _names(self.commands) if name not in UNCHANGED), key=len, reverse=True)
        return re.compile(rf"\bspectramind ({'|'.join(map(re.escape, names))})(?![\w-])")

    def _command(self, name: str) -> Any:
        command = self.commands
        for word in name.split():
            command = command.commands[word]
        return command

    def _arguments(self, command: Any, own: _Arguments) -> Iterator[str]:
        options = {parameter.name: parameter.opts[-1] for parameter in command.params if parameter.param_type_name == "option"}
        values = dict(own.options)
        named = next((str(self.options[name]) for name in SUBMISSION if self.options.get(name) is not None), "")
        for name in SUBMISSION:
            if name in options and named:
                values[name] = shlex.quote(named)
            elif values.get(name) == DEFAULT_SUBMISSION:
                values[name] = shlex.quote(str(self.submission))
        for name in REPEATED:
            if name in options and self.options.get(name) is not None:
                values.setdefault(name, shlex.quote(str(self.options[name])))
        yield from (f" {word}" for word in own.words)
        for name, value in values.items():
            yield f" {options[name]} {value}".rstrip()
        keys = {_key(override) for override in own.overrides}
        yield from (f" {override}" for override in own.overrides)
        yield from (f" {shlex.quote(override)}" for override in self.overrides if _key(override) not in keys)


@dataclass(frozen=True, kw_only=True)
class _Arguments:
    """What a message itself gives a command: positional words, options by parameter (a flag has no value), overrides."""

    words: list[str]
    options: dict[str, str]
    overrides: list[str]


def _read(command: Any, text: str, start: int) -> tuple[int, _Arguments]:
    """Return where the arguments of a command end in a text, and the arguments; what is no argument of it is prose."""
    by_name = {name: parameter for parameter in command.params for name in parameter.opts if name.startswith("-")}
    places = sum(parameter.param_type_name == "argument" and parameter.nargs == 1 for parameter in command.params)
    own, end, waiting = _Arguments(words=[], options={}, overrides=[]), start, ""
    while found := _TOKEN.match(text, end):
        token = found.group(1).rstrip(_END)
        if waiting:
            own.options[waiting], waiting = token, ""
        elif token in by_name:
            parameter = by_name[token]
            own.options[parameter.name] = ""
            waiting = "" if parameter.is_flag else parameter.name
        elif _OVERRIDE.fullmatch(token.strip("'")):
            own.overrides.append(token)
        elif (token.isupper() or token.isdigit()) and len(own.words) < places:
            own.words.append(token)
        else:
            break
        end = found.start(1) + len(token)
        if token != found.group(1):
            break
    return end, own


def _names(command: Any, prefix: str = "") -> Iterator[str]:
    for name, member in command.commands.items():
        if hasattr(member, "commands"):
            yield from _names(member, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def _key(override: str) -> str:
    return override.strip("'").lstrip("+~").partition("=")[0]
