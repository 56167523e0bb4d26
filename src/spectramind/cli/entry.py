"""`main`: dispatch a command, map every exception to an exit code, report and record the outcome."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import typer

from spectramind.cli.app import app
from spectramind.cli.exits import as_error, interrupted
from spectramind.cli.session import Session
from spectramind.utils.errors import ExitCode, SpectraMindError
from spectramind.utils.parallel import limit_library_threads

PROGRAM = "spectramind"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (ARCHITECTURE.md section 14)."""
    limit_library_threads()
    session = Session(sys.argv[1:] if arguments is None else arguments)
    cause: BaseException | None = None
    error: SpectraMindError | None = None
    with _sigterm_as_interrupt():
        try:
            _dispatch(session)
        except BaseException as exception:  # the one place where everything ends
            cause, error = exception, as_error(exception, str(session.workspace.log_path))
    with _signals_ignored():
        return session.close(error, cause)


def _dispatch(session: Session) -> None:
    command = typer.main.get_command(app)
    code = command.main(list(session.arguments), prog_name=PROGRAM, standalone_mode=False, obj=session)
    if code == ExitCode.INTERRUPTED:  # typer turns KeyboardInterrupt into this return value
        raise interrupted()


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """A second Ctrl-C must not cut the telemetry of the first."""
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
