"""The options that every command has, written once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Annotated, Any, get_type_hints

import typer

from spectramind.cli.session import Session
from spectramind.utils.errors import UsageError
from spectramind.utils.nearest import nearest
from spectramind.utils.parallel import follows_another_process

Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Configuration overrides (Hydra).", show_default=False)
]
FastKaggle = Annotated[bool, typer.Option("--fast-kaggle", help="Profile that surely ends within the notebook's limit.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, sizes and estimates; write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
Verbose = Annotated[int, typer.Option("-v", "--verbose", count=True, show_default=False, help="More messages; -vv for all.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Errors only, no progress.")]

Engine = Callable[..., Mapping[str, object]]
LOCK = "workspace"


def _common(
    overrides: Overrides = None,
    fast_kaggle: FastKaggle = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Carry the declarations of the shared options."""


def command(
    app: typer.Typer, name: str, *, writes: bool = False, composes: bool = True, measures: bool = True, together: bool = False
) -> Callable[[Engine], Engine]:
    """Register `function(session, own options...) -> result` as a command that also has the shared options.

    Args:
        app: Application or group it belongs to.
        name: As typed.
        writes: It changes the workspace, so that it holds the workspace's lock unless it only plans.
        composes: It needs the configuration; False for commands that report a broken one.
        measures: The numbers of its result are worth following over time.
        together: Several processes may run it on the same task (`torchrun`); the first one locks and speaks for all.
    """

    def register(function: Engine) -> Engine:
        @functools.wraps(function)
        def call(context: typer.Context, **values: Any) -> None:
            session: Session = context.obj
            own = {key: value for key, value in values.items() if key not in _SHARED}
            session.options, session.commands = own, context.find_root().command
            _prepare(session, context, **{key: value for key, value in values.items() if key in _SHARED})
            if composes:
                _ = session.config
            session.open()
            session.measures = measures
            follows = together and follows_another_process()
            session.quiet = session.quiet or follows
            locked = session.workspace.lock(LOCK) if writes and not (session.dry_run or follows) else nullcontext()
            with locked, session.stage(context.command_path.removeprefix("spectramind ")):
                result = function(session, **own)
            session.result = None if follows else result

        _declare(call, function)
        app.command(name)(call)
        return function

    return register


_SHARED = tuple(inspect.signature(_common).parameters)


def _declare(call: Callable[..., None], function: Engine) -> None:
    """Give `call` the signature: context, the options of `function`, the shared ones."""
    own = list(inspect.signature(function).parameters.values())[1:]
    shared = list(inspect.signature(_common).parameters.values())
    hints = get_type_hints(function, include_extras=True) | get_type_hints(_common, include_extras=True)
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[parameter.name]) for parameter in (*own, *shared)]
    call.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    call.__annotations__ = {"context": typer.Context} | {parameter.name: parameter.annotation for parameter in parameters}
    del call.__wrapped__  # type: ignore[attr-defined]


def _prepare(
    session: Session,
    context: typer.Context,
    *,
    overrides: list[str] | None,
    fast_kaggle: bool,
    dry_run: bool,
    as_json: bool,
    verbose: int,
    quiet: bool,
) -> None:
    for token in overrides or ():
        if "=" not in token and not token.startswith("~"):
            raise _not_an_override(token, context)
    session.overrides = (*(overrides or ()), *(("profile=fast_kaggle",) if fast_kaggle else ()))
    session.dry_run, session.as_json, session.verbose, session.quiet = dry_run, session.as_json or as_json, verbose, quiet


def _not_an_override(token: str, context: typer.Context) -> UsageError:
    options = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
    match = nearest(f"--{token.lstrip('-')}", options) or nearest(token, getattr(context.find_root().command, "commands", ()))
    hint = f"Did you mean {match}? " if match else ""
    return UsageError(
        "Unexpected argument: overrides are written KEY=VALUE.",
        where=context.command_path,
        received=token,
        hint=f"{hint}{context.command_path} --help",
    )
