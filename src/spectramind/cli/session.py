"""One call of the command line: configuration, workspace, logging, timing, telemetry, result."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import typer

from spectramind.cli.exits import InternalError
from spectramind.cli.progress import StageProgress
from spectramind.cli.render import numbers, print_error, print_json, print_text
from spectramind.utils.clock import utc_now
from spectramind.utils.errors import ExitCode, SpectraMindError
from spectramind.utils.events import UNRESOLVED, Event, record
from spectramind.utils.logs import RedactingFormatter, close_logging, configure_logging
from spectramind.utils.parallel import follows_another_process
from spectramind.utils.provenance import git_sha, host_name
from spectramind.utils.redact import redact, redact_arguments
from spectramind.utils.resources import Stopwatch, WalltimeBudget
from spectramind.utils.runs import Workspace

if TYPE_CHECKING:
    from spectramind.cli.call_profile import CallProfile
    from spectramind.utils.config import Config

LOG = logging.getLogger("spectramind.cli")


class Session:
    """State of one call. Commands read `config`, `workspace`, `progress`, `dry_run` and return their result."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        self.as_json = "--json" in arguments
        self.dry_run = False
        self.measures = False
        self.quiet = False
        self.verbose = 0
        self.overrides: tuple[str, ...] = ()
        self.options: Mapping[str, object] = {}
        self.commands: object = None
        self.result: Mapping[str, object] | None = None
        self.metrics: dict[str, float] = {}
        self._config: Config | None = None
        self._progress: StageProgress | None = None
        self._profile: CallProfile | None = None
        self._started = utc_now()
        self._stopwatch = Stopwatch()

    @property
    def config(self) -> Config:
        """The configuration; composed on first use."""
        if self._config is None:
            from spectramind.utils.config import load_config

            self._config = load_config(self.overrides)
        return self._config

    @property
    def config_sha256(self) -> str:
        """Hash of the configuration, or "unresolved" where it was not composed."""
        if self._config is None:
            return UNRESOLVED
        from spectramind.utils.config import config_hash

        return config_hash(self._config)

    @property
    def workspace(self) -> Workspace:
        """The workspace; without a configuration the one it would most likely name, so that failures are recorded too."""
        return Workspace(_likely_root(self.arguments) if self._config is None else self._config.paths.root)

    @property
    def progress(self) -> StageProgress:
        """Listener for the stages."""
        if self._progress is None:
            self._progress = StageProgress(WalltimeBudget(self.config.global_.walltime_budget_s), quiet=self.quiet)
        return self._progress

    def open(self) -> None:
        """Start logging, once the options are known."""
        console = logging.StreamHandler()
        console.setLevel(logging.ERROR if self.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(self.verbose, 2)])
        console.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
        level = logging.DEBUG if self.verbose > 1 else logging.INFO
        configure_logging(self.workspace, self.config_sha256, level=level, console=console)
        LOG.info("begin: %s", self.command_line())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage for telemetry, and sample what it takes where the configuration is known and wants it."""
        began_s, profile = monotonic(), self._profiled()
        try:
            with nullcontext() if profile is None else profile.stage(name):
                yield
        finally:
            self.metrics[f"stage_s/{name}"] = round(monotonic() - began_s, 3)

    def _profiled(self) -> CallProfile | None:
        """Return the profile of this call, begun on first use; the first of several processes (`torchrun`) speaks for all."""
        if self._profile is None and self._config is not None and not self.dry_run and not follows_another_process():
            from spectramind.cli.call_profile import CallProfile

            interval_s = self._config.diag.profile_interval_s
            self._profile = CallProfile(interval_s, lambda: 0 if self._progress is None else self._progress.counted) if interval_s else None
        return self._profile

    def completed(self, text: str) -> str:
        """Return a text whose commands name the workspace, dataset and submission of this call; unchanged where that is not known yet."""
        if self._config is None or self.commands is None:
            return text
        from spectramind.cli.repeat import Typed

        submission = _as_typed(self.workspace.outputs / "submission.csv")
        return Typed(commands=self.commands, overrides=self.overrides, options=self.options, submission=submission).completed(text)

    def command_line(self) -> str:
        """Return what was typed, without secrets."""
        return shlex.join(redact_arguments(self.arguments))

    def close(self, error: SpectraMindError | None, cause: BaseException | None) -> int:
        """Print result and error, write log and telemetry, and return the exit code."""
        if self._progress is not None:
            self._progress.finish()
        if error is not None:
            error.hint = self.completed(error.hint)
        code = int(ExitCode.SUCCESS if error is None else error.exit_code)
        try:
            self._print(error, code)
        except BrokenPipeError:  # the reader has seen enough; nothing more can be said to it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        try:
            self._record(error, cause, code)
        except OSError as failure:
            typer.echo(f"warning: telemetry was not written to {self.workspace.root}: {failure}", err=True)
        try:
            self._write_profile()
        except OSError as failure:
            typer.echo(f"warning: the profile was not written to {self.workspace.root}: {failure}", err=True)
        return code

    def _write_profile(self) -> None:
        if self._profile is None or self._config is None:
            return
        from spectramind.utils.config import config_dict

        self._profile.write(
            self.workspace,
            ts=self._started,
            cmd=redact(self.command_line()),
            sha256=self.config_sha256,
            resolved=config_dict(self._config),
            keep=self._config.diag.profile_keep,
        )

    def _print(self, error: SpectraMindError | None, code: int) -> None:
        if self.as_json and (self.result is not None or error is not None):
            document: dict[str, object] = {"ok": error is None, "exit_code": code, "config": self.config_sha256, "dry_run": self.dry_run}
            document |= {"result": self.result, "error": None if error is None else error.as_dict()}
            print_json(document)
        elif self.result is not None:
            print_text(self.result)
        if error is not None:
            print_error(error)
        sys.stdout.flush()

    def _record(self, error: SpectraMindError | None, cause: BaseException | None, code: int) -> None:
        if isinstance(error, InternalError):
            if not logging.getLogger("spectramind").handlers:
                configure_logging(self.workspace, self.config_sha256)
            _log_file_only(error, cause)
        usage = self._stopwatch.usage()
        LOG.info("end: exit %d after %.2f s%s", code, usage.wall_s, "" if error is None else f": {error}")
        close_logging()
        if self.result is not None and self.measures and not self.dry_run:
            self.metrics |= numbers(self.result)
        self.metrics |= {"cpu_s": round(usage.cpu_s, 3), "peak_rss_mib": round(usage.peak_rss_mib, 1)}
        seed = None if self._config is None else self._config.global_.seed
        event = Event(
            ts=self._started,
            sha=git_sha(),
            cfg=self.config_sha256,
            cmd=self.command_line(),
            dur_ms=round(usage.wall_s * 1000),
            host=host_name(),
            seed=seed,
            metrics=self.metrics,
            exit_code=code,
            error="" if error is None else f"{type(error).__name__}: {error}",
        )
        record(self.workspace, event)


def _log_file_only(error: SpectraMindError, cause: BaseException | None) -> None:
    """Write the traceback to the log file; the terminal has the message already."""
    logger = logging.getLogger("spectramind")
    for handler in list(logger.handlers):
        if not isinstance(handler, logging.FileHandler):
            logger.removeHandler(handler)
    LOG.error("%s", error, exc_info=cause)


def _as_typed(path: Path) -> Path:
    """Return a path below the current folder without it, as one would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _likely_root(arguments: Sequence[str]) -> Path:
    given = [argument.partition("=")[2].strip("'\"") for argument in arguments if argument.startswith("paths.root=")]
    return Path((given or [os.environ.get("SPECTRAMIND_ROOT") or "."])[-1] or ".").expanduser().resolve()
