"""Have a language model on this machine word a summary; off unless ``diag.language_model`` names one.

The rules decide what is said, and their text is always shown. The model is asked over HTTP (Ollama's ``POST /api/generate``) and only
on this machine: no address but a loopback one is accepted, so that nothing of a planet leaves it.
"""

from __future__ import annotations

import ipaddress
import json
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from spectramind.utils.config.schema import DiagConfig
from spectramind.utils.errors import ConfigError, InputDataError

TIMEOUT_S = 120.0
LARGEST_ANSWER_BYTES = 1 << 16
PROMPT = (
    "Rewrite these notes on the transit spectrum of an exoplanet as one paragraph of plain English for an astronomer. "
    "Use every number exactly as it stands, add nothing that is not in the notes, and keep every warning.\n\n"
)


def reworded(text: str, diag: DiagConfig) -> str:
    """Return a summary as the configured language model words it.

    Args:
        text: What the rules say.
        diag: Names the model and its server.

    Raises:
        ConfigError: If the address is not one of this machine.
        InputDataError: If the server does not answer, or not with a text.
    """
    where = _require_local(diag.language_model_url)
    asked = {"model": diag.language_model, "prompt": PROMPT + text, "stream": False, "options": {"temperature": 0.0, "seed": 0}}
    request = urllib.request.Request(
        f"{where}/api/generate", data=json.dumps(asked).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    # No proxy and no redirection: what is meant for this machine must not be handed to another one.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirection)
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            words = json.loads(answer.read(LARGEST_ANSWER_BYTES))["response"]
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise _silent(diag, error) from error
    if not isinstance(words, str) or not words.strip():
        raise _silent(diag, "an empty answer")
    return words.strip()


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for the error that it is here."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Lead nowhere."""


def _is_local(url: str) -> bool:
    """Say whether an address is one of this machine; a name before the host is refused, since programs split it off differently."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port that is none raises
        return parts.scheme == "http" and "@" not in parts.netloc and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _require_local(url: str) -> str:
    if not _is_local(url):
        raise ConfigError(
            "a language model must run on this machine",
            where="diag.language_model_url",
            received=url,
            hint="diag.language_model_url=http://127.0.0.1:11434",
            section="20",
        )
    return url.rstrip("/")


def _silent(diag: DiagConfig, received: object) -> InputDataError:
    return InputDataError(
        "the language model did not answer",
        where=f"{diag.language_model} at {diag.language_model_url}",
        received=received,
        hint="start it, or leave the wording to the rules: diag.language_model=''",
        section="13",
    )
