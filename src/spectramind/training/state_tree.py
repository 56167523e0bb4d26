"""Nested state (of an optimizer, a scheduler, generators) as named tensors and JSON, and back without losing a bit."""

from __future__ import annotations

from typing import Any

from torch import Tensor

# A mapping of this one key stands for what JSON has no word for.
TENSOR, MAPPING, TUPLE, FLOAT = "tensor", "mapping", "tuple", "float"


def flatten(tree: object, prefix: str) -> tuple[dict[str, Tensor], Any]:
    """Return the tensors of a tree by name, and the rest of it as JSON that names them.

    Mappings keep their order and the type of their keys (text or whole numbers), tuples stay tuples, numbers keep all bits.

    Args:
        tree: Mappings, lists and tuples of tensors, numbers, texts and None.
        prefix: Begins every name.

    Raises:
        TypeError: If there is anything else in the tree.
    """
    tensors: dict[str, Tensor] = {}

    def plain(node: object) -> Any:
        if node is None or isinstance(node, bool | int | str):
            return node
        if isinstance(node, float):
            return {FLOAT: node.hex()}
        if isinstance(node, Tensor):
            name = f"{prefix}.{len(tensors)}"
            # A copy of its own on the CPU: the file format refuses tensors that share memory.
            tensors[name] = node.detach().cpu().clone().contiguous()
            return {TENSOR: name}
        if isinstance(node, list):
            return [plain(member) for member in node]
        if isinstance(node, tuple):
            return {TUPLE: [plain(member) for member in node]}
        if isinstance(node, dict) and all(type(key) in (str, int) for key in node):
            return {MAPPING: [[key, plain(value)] for key, value in node.items()]}
        raise TypeError(f"neither tensor nor plain data: {type(node).__name__}")

    return tensors, plain(tree)


def unflatten(content: Any, tensors: dict[str, Tensor]) -> Any:
    """Return the tree that ``flatten`` took apart.

    Raises:
        KeyError, ValueError: If the content is not of ``flatten``, or names a tensor that is not there.
    """
    if isinstance(content, list):
        return [unflatten(member, tensors) for member in content]
    if not isinstance(content, dict):
        return content
    (kind, value), *others = content.items()
    if others or kind not in (TENSOR, MAPPING, TUPLE, FLOAT):
        raise ValueError(f"unknown content: {kind}")
    if kind == TENSOR:
        return tensors[value]
    if kind == FLOAT:
        return float.fromhex(value)
    if kind == TUPLE:
        return tuple(unflatten(member, tensors) for member in value)
    return {key: unflatten(member, tensors) for key, member in value}
