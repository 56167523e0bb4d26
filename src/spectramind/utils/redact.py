"""Secrets never reach a log, an event or the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

# A word that tells of a secret; the possessive ++ keeps the search linear in long words.
_SECRET_NAME = (
    r"(?:(?=[\w.-]*(?:token|secret|passw(?:or)?d|passphrase|credential|apikey|authorization))|(?=[\w.-]*[_-]key(?![\w.-])))[\w.-]++"
)
_PATTERNS = (
    # https://user:password@host and https://token@host
    (re.compile(r"(?P<keep>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE), rf"\g<keep>{MASK}@"),
    # Authorization: Bearer abc
    (re.compile(r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}", re.IGNORECASE), rf"\g<keep>{MASK}"),
    # NAME=value, "name": "value", ?name=value
    (re.compile(rf"""(?P<keep>(?<![\w.-])(?:{_SECRET_NAME})["']?\s*[=:]\s*["']?)[^\s"'&,;}}\]]+""", re.IGNORECASE), rf"\g<keep>{MASK}"),
    # KEY=value of the environment; lower case is how configuration keys are spoken of
    (re.compile(r"(?P<keep>(?<![\w.-])KEY=)(?!VALUE\b)\S+"), rf"\g<keep>{MASK}"),
    # well-known shapes that are secret under any name
    (
        re.compile(
            r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|hf_\w{20,}|sk-[\w-]{20,}"
            r"|xox[abprs]-[\w-]{10,}|A[KS]IA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{5,}\.[\w-]*)"
        ),
        MASK,
    ),
)
_SECRET_OPTION = re.compile(rf"--?(?:{_SECRET_NAME})", re.IGNORECASE)
_SECRET_ASSIGNMENT = re.compile(rf"[+~-]*(?:{_SECRET_NAME}|(?-i:KEY))=", re.IGNORECASE)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced by ***."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_arguments(arguments: Iterable[str]) -> list[str]:
    """Return a command line without secrets: `NAME=value` is hidden to its end, as is the value after `--token`."""
    hidden: list[str] = []
    after_secret = False
    for argument in arguments:
        assignment = _SECRET_ASSIGNMENT.match(argument)
        if after_secret and not argument.startswith("-"):
            hidden.append(MASK)
        else:
            hidden.append(assignment.group() + MASK if assignment else redact(argument))
        after_secret = _SECRET_OPTION.fullmatch(argument) is not None
    return hidden
