"""The index of error messages: where the code makes them, what they say, what they advise."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.generate.markdown import cell, code, table

from spectramind.cli.exits import InternalError, Interrupted
from spectramind.utils import errors
from spectramind.utils.errors import SpectraMindError

SOURCE = Path(errors.__file__).parents[1]
KINDS: dict[str, type[SpectraMindError]] = {
    kind.__name__: kind for kind in (*SpectraMindError.__subclasses__(), Interrupted, InternalError)
}
VARIES = "..."


@dataclass(frozen=True)
class Message:
    """One place of the code that makes an error; what differs from call to call is `...`."""

    kind: str
    module: str
    what: str
    hint: str


def messages_markdown(kind: str) -> str:
    """Return the table of the messages of one kind of error."""
    rows = [(cell(message.what), cell(message.hint), code(message.module)) for message in messages() if message.kind == kind]
    return "\n".join(table(("message", "advice (`next:`)", "made in"), rows))


@cache
def messages() -> tuple[Message, ...]:
    """Return every message of the package, ordered by module and text, none twice."""
    found = {message for path in SOURCE.rglob("*.py") for message in _of_module(path)}
    return tuple(sorted(found, key=lambda message: (message.module, message.what, message.hint)))


def _of_module(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = path.relative_to(SOURCE).as_posix()
    constants = _assigned(tree.body)
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    makers = [(name, call) for name, node in functions.items() for call in ast.walk(node) if _kind_of(call) is not None]
    for name, call in makers:
        assert isinstance(call, ast.Call)
        for values in _calls_of(functions[name], tree, _names_in(call)):
            known = constants | _assigned(ast.walk(functions[name])) | values
            hint = next((word.value for word in call.keywords if word.arg == "hint"), None)
            yield Message(_kind_of(call) or "", module, _text(call.args[0], known), "" if hint is None else _text(hint, known))


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Return name -> first value of every plain assignment."""
    found: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, node.value)
    return found


def _kind_of(node: ast.AST) -> str | None:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS
    return node.func.id if named else None  # type: ignore[attr-defined]


def _names_in(call: ast.Call) -> set[str]:
    return {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}


def _calls_of(function: ast.FunctionDef, tree: ast.AST, names: set[str]) -> list[dict[str, ast.expr]]:
    """Return the arguments of every call in the module of a function whose text its callers give, else one empty mapping."""
    parameters = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args) if argument.arg != "self"]
    if not names & {*parameters, *(argument.arg for argument in function.args.kwonlyargs)}:
        return [{}]
    found: list[dict[str, ast.expr]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == function.name:
            given = dict(zip(parameters, node.args, strict=False)) | {word.arg: word.value for word in node.keywords if word.arg}
            found.append({name: value for name, value in given.items() if name in names})
    return found or [{}]


def _text(node: ast.expr, known: Mapping[str, ast.expr]) -> str:
    """Return a text of the code with everything that is not fixed as `...`."""
    match node:
        case ast.Constant():
            text = str(node.value)
        case ast.JoinedStr():
            text = "".join(_text(part, known) for part in node.values)
        case ast.FormattedValue(value=ast.Name(id=name)) if isinstance(known.get(name), ast.Constant | ast.JoinedStr):
            text = _text(known[name], known)
        case ast.BinOp(op=ast.Add()):
            text = _text(node.left, known) + _text(node.right, known)
        case ast.IfExp():
            text = " / ".join(filter(None, (_text(node.body, known), _text(node.orelse, known))))
        case ast.Name(id=name) if name in known:
            text = _text(known[name], {other: value for other, value in known.items() if other != name})
        case _:
            text = VARIES
    return text
