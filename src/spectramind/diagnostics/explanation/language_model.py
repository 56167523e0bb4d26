"""Have a language model on this machine word a summary; off unless ``diag.language_model`` names one.

The rules decide what is said, and their text is always shown. The model is asked over HTTP (Ollama's ``POST /api/generate``) and only
on this machine: no address but a loopback one is accepted, so that nothing of a planet leaves it. A server elsewhere needs a tunnel that
its user opens. No package is needed: an optional dependency would install nothing.
"""

from __future__ import annotations

import ipaddress
import json
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from socket import SHUT_RDWR
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from spectramind.utils.config.schema import DiagConfig
from spectramind.utils.errors import ConfigError, InputDataError

TIMEOUT_S = 120.0
"""Of the whole conversation: a model of a few billion parameters words a summary in less on a processor of today."""
LARGEST_ANSWER_BYTES, SHOWN_BYTES = 1 << 20, 200
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
    parts = _require_local(diag.language_model_url)
    asked = {"model": diag.language_model, "prompt": PROMPT + text, "stream": False, "options": {"temperature": 0.0, "seed": 0}}
    # No proxy and no redirection is followed: what is meant for this machine must not be handed to another one.
    connection = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=TIMEOUT_S)
    hang_up = Timer(TIMEOUT_S, _hang_up, (connection,))
    began_s = monotonic()
    hang_up.start()
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/api/generate", json.dumps(asked), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read(LARGEST_ANSWER_BYTES)
        if answer.status != HTTPStatus.OK:
            raise _silent(diag, f"{answer.status} {answer.reason}: {content[:SHOWN_BYTES].decode(errors='replace')}")
        words = json.loads(content)["response"]
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        late = monotonic() - began_s >= TIMEOUT_S
        raise _silent(diag, f"no whole answer within {TIMEOUT_S:g} s" if late else error) from error
    finally:
        hang_up.cancel()
        connection.close()
    if not isinstance(words, str) or not words.strip():
        raise _silent(diag, "an empty answer")
    return words.strip()


def _hang_up(connection: HTTPConnection) -> None:
    """End a conversation that lasts too long: a timeout of the socket alone begins anew with every byte that comes."""
    with suppress(OSError, AttributeError):  # it ended by itself meanwhile
        connection.sock.shutdown(SHUT_RDWR)


def _is_local(url: str) -> bool:
    """Say whether an address is one of this machine; a name before the host is refused, since programs split it off differently."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port that is none raises
        return parts.scheme == "http" and "@" not in parts.netloc and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _require_local(url: str) -> SplitResult:
    if not _is_local(url):
        raise ConfigError(
            "a language model must run on this machine",
            where="diag.language_model_url",
            received=url,
            hint="diag.language_model_url=http://127.0.0.1:11434",
            section="20",
        )
    return urlsplit(url)


def _silent(diag: DiagConfig, received: object) -> InputDataError:
    return InputDataError(
        "the language model did not answer",
        where=f"{diag.language_model} at {diag.language_model_url}",
        received=received,
        hint="start it, or leave the wording to the rules: diag.language_model=''",
        section="13",
    )
