"""Typed errors: what went wrong, where, what was received, what to do next, and the exit code of the command line."""

from __future__ import annotations

import re
from enum import IntEnum

CONTRACT = "ARCHITECTURE.md"
ERROR_INDEX = "docs/errors.md"


class ExitCode(IntEnum):
    """Exit codes of every command (ARCHITECTURE.md section 14)."""

    SUCCESS = 0
    SCHEMA_VIOLATION = 2
    CONFIG_ERROR = 3
    RUNTIME_LIMIT_RISK = 4
    INTERNAL_ERROR = 5
    INPUT_UNUSABLE = 6
    BUSY = 7
    GATE_FAILED = 8
    INTERRUPTED = 130


class SpectraMindError(Exception):
    """Base of all errors a user may meet.

    Args:
        what: One sentence saying what is wrong.
        where: File, key, row or object concerned.
        received: The offending value or state.
        hint: The next command or action that mends it.
        section: Section of ARCHITECTURE.md that explains the contract.
    """

    exit_code = ExitCode.INTERNAL_ERROR
    default_section = "23"

    def __init__(self, what: str, *, where: str = "", received: object = None, hint: str = "", section: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.received = "" if received is None else str(received)
        self.hint = hint
        self.section = section or self.default_section

    def __reduce__(self) -> tuple[object, ...]:
        """Keep every field when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.what, self.where, self.received, self.hint, self.section))

    def as_dict(self) -> dict[str, str | int]:
        """Return the error as one JSON-ready mapping."""
        return {
            "error": type(self).__name__,
            "exit_code": int(self.exit_code),
            "what": self.what,
            "where": self.where,
            "received": self.received,
            "hint": self.hint,
            "see": f"{ERROR_INDEX}#{self.anchor()} ({CONTRACT} section {self.section})",
        }

    @classmethod
    def anchor(cls) -> str:
        """Return the heading of this kind of error in the error index: `InputDataError` is under `input-data-error`."""
        return "-".join(re.findall("[A-Z][a-z]+", cls.__name__)).lower()

    def __str__(self) -> str:
        parts = [self.what]
        parts += [f"{label}: {text}" for label, text in (("where", self.where), ("received", self.received)) if text]
        return "; ".join(parts)


def _rebuild(kind: type[SpectraMindError], what: str, where: str, received: str, hint: str, section: str) -> SpectraMindError:
    return kind(what, where=where, received=received or None, hint=hint, section=section)


class SchemaViolation(SpectraMindError):
    """A product breaks its published contract."""

    exit_code = ExitCode.SCHEMA_VIOLATION
    default_section = "4.4"


class ConfigError(SpectraMindError):
    """The configuration cannot be composed, or a value is out of range."""

    exit_code = ExitCode.CONFIG_ERROR
    default_section = "15"


class UsageError(SpectraMindError):
    """The command line itself is wrong, or asks for something this version does not have."""

    exit_code = ExitCode.CONFIG_ERROR
    default_section = "14"


class RuntimeLimitRisk(SpectraMindError):
    """The work would not end inside the wall-time budget."""

    exit_code = ExitCode.RUNTIME_LIMIT_RISK
    default_section = "19"


class InputDataError(SpectraMindError):
    """An input file is missing, damaged or not in the expected layout."""

    exit_code = ExitCode.INPUT_UNUSABLE
    default_section = "4.1"


class BusyError(SpectraMindError):
    """Another process holds the workspace."""

    exit_code = ExitCode.BUSY
    default_section = "23"


class GateFailed(SpectraMindError):
    """A quality gate was not passed: everything ran, and the result is not good enough."""

    exit_code = ExitCode.GATE_FAILED
    default_section = "21"
