"""Exceptions -> typed errors with an exit code. The only such place."""

from __future__ import annotations

import errno

import typer

from spectramind.utils.errors import ExitCode, SpectraMindError, UsageError


class Interrupted(SpectraMindError):
    """Ctrl-C, SIGTERM, or the reader of stdout went away."""

    exit_code = ExitCode.INTERRUPTED
    default_section = "19"


class InternalError(SpectraMindError):
    """A mistake in the program; the traceback is in the log file."""

    exit_code = ExitCode.INTERNAL_ERROR


def interrupted() -> Interrupted:
    """Return the error of a run that was told to stop."""
    return Interrupted("Interrupted.", hint="Run the same command again: finished items are kept.")


def as_error(exception: BaseException, log_path: str) -> SpectraMindError:
    """Return the typed error of any exception; one that is nobody's is an internal error."""
    if isinstance(exception, SpectraMindError):
        return exception
    if isinstance(exception, typer.Abort) and exception.__cause__ is not None:
        return as_error(exception.__cause__, log_path)
    if isinstance(exception, KeyboardInterrupt | typer.Abort):
        return interrupted()
    if isinstance(exception, typer.TyperException):
        return _usage_error(exception)
    if isinstance(exception, SystemExit) and isinstance(exception.__context__, OSError):
        exception = exception.__context__
    if isinstance(exception, OSError) and exception.errno == errno.EPIPE:
        return Interrupted("The reader of the output went away.")
    return InternalError(
        f"Internal error: {type(exception).__name__}: {exception}",
        where=_last_frame(exception),
        hint=_hint(exception, log_path),
    )


def _usage_error(exception: typer.TyperException) -> UsageError:
    message: str = exception.format_message()
    context = getattr(exception, "ctx", None)
    command = context.command_path if context is not None else "spectramind"
    return UsageError(message, where=command, hint=f"{command} --help")


def _last_frame(exception: BaseException) -> str:
    traceback = exception.__traceback__
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    return f"{code.co_filename}:{traceback.tb_lineno} in {code.co_name}"


def _hint(exception: BaseException, log_path: str) -> str:
    if isinstance(exception, MemoryError):
        return "Give the run more memory, or use global.workers=1."
    if isinstance(exception, OSError) and exception.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free disk space (spectramind doctor shows it) and run the same command again."
    return f"The traceback is in {log_path}; spectramind doctor checks the installation."
