"""The optional language model: asked on this machine alone, and never in the way of the rules."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from spectramind.diagnostics.explanation import language_model
from spectramind.diagnostics.explanation.language_model import reworded
from spectramind.diagnostics.explanation.summary import Paragraph
from spectramind.diagnostics.planet.page import in_words
from spectramind.utils.config import load_config
from spectramind.utils.config.schema import DiagConfig
from spectramind.utils.errors import ConfigError, InputDataError

RULES = (Paragraph("Depth", "1.000 %."),)


class Server(HTTPServer):
    """Answers every request with the same bytes and keeps what it was asked."""

    answer = b""
    status = 200
    asked: tuple[str, dict[str, Any]] = ("", {})
    location = ""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.visited: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.visited.append(self.path)
        self.server.asked = (self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(302 if self.server.location else self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def do_GET(self) -> None:
        self.server.visited.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"response": "from elsewhere"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    own = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=own.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield own
    own.shutdown()
    thread.join()
    own.server_close()


def diag(server: Server | None = None, **changes: Any) -> DiagConfig:
    url = "http://127.0.0.1:1" if server is None else f"http://127.0.0.1:{server.server_port}/"
    return replace(load_config([]).diag, **({"language_model": "small", "language_model_url": url} | changes))


def test_the_model_is_asked_for_the_text_and_nothing_is_left_to_chance(server: Server) -> None:
    server.answer = json.dumps({"response": " A planet. \n"}).encode()
    assert reworded("Depth: 1.000 %.", diag(server)) == "A planet."
    path, asked = server.asked
    assert path == "/api/generate"
    assert asked["model"] == "small"
    assert asked["prompt"].endswith("Depth: 1.000 %.")
    assert asked["stream"] is False
    assert asked["options"] == {"temperature": 0.0, "seed": 0}


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"response": "  "}', b'{"response": 3}', b"not json"])
def test_an_answer_without_a_text_is_a_typed_error(server: Server, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(InputDataError, match="did not answer") as caught:
        reworded("text", diag(server))
    assert "diag.language_model=''" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["http://example.org:11434", "https://127.0.0.1", "file:///etc/passwd", "http://10.0.0.1", "", "http://127.0.0.1.example.org"]
)
def test_no_address_but_that_of_this_machine_is_asked(url: str) -> None:
    with pytest.raises(ConfigError, match="on this machine"):
        reworded("text", diag(language_model_url=url))


def test_off_by_default_the_rules_speak_alone() -> None:
    words = in_words(RULES, load_config([]).diag)
    assert (words.rules, words.reworded, words.silent) == (RULES, "", "")


def test_a_silent_server_leaves_the_rules_and_says_so() -> None:
    words = in_words(RULES, diag())
    assert words.rules == RULES
    assert words.reworded == ""
    assert "did not answer" in words.silent


def test_an_answer_stands_beside_the_rules(server: Server) -> None:
    server.answer = json.dumps({"response": "A planet."}).encode()
    words = in_words(RULES, diag(server))
    assert (words.rules, words.reworded, words.language_model) == (RULES, "A planet.", "small")


def test_a_server_that_points_elsewhere_is_not_followed(server: Server) -> None:
    server.location = f"http://localhost:{server.server_port}/elsewhere"
    with pytest.raises(InputDataError, match="did not answer"):
        reworded("text", diag(server))
    assert server.visited == ["/api/generate"]


def test_a_server_that_speaks_no_http_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"SSH-2.0-something\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(InputDataError, match="did not answer"):
            reworded("text", diag(language_model_url=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()


def test_a_server_that_drips_is_not_waited_for_longer_than_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
                for _ in range(50):
                    connection.sendall(b" ")
                    time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()
        began_s = time.monotonic()
        with pytest.raises(InputDataError, match="did not answer") as caught:
            reworded("text", diag(language_model_url=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        assert time.monotonic() - began_s < 2.0
        assert caught.value.received == "no whole answer within 0.5 s"
        thread.join()


def test_what_a_server_complains_of_is_passed_on(server: Server) -> None:
    server.status, server.answer = 404, b'{"error": "model small not found"}'
    with pytest.raises(InputDataError, match="did not answer") as caught:
        reworded("text", diag(server))
    assert "404" in caught.value.received
    assert "model small not found" in caught.value.received


def test_off_by_default_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "HTTPConnection", None)
    assert in_words(RULES, load_config([]).diag).reworded == ""


def test_proxies_of_the_environment_are_passed_by(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = b'{"response": "A planet."}'
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert reworded("text", diag(server)) == "A planet."


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "http://127.0.0.1:99999", "http://[127.0.0.1", "http://example.org\\@127.0.0.1"])
def test_an_address_that_is_none_is_a_mistake_of_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match="on this machine"):
        reworded("text", diag(language_model_url=url))
