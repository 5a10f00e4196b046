"""What of a graph can be computed once, and which of its constants are plain numbers rather than weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import ModelError
from durometer.models.onnx.node import Node, Static, Value
from durometer.models.onnx.operations import OPERATIONS
from durometer.models.onnx.static import STATIC, settled

SHAPES = ("Shape", "Size")
"""Operations that look at a shape only, whatever the values are."""
NUMBERS: Mapping[str, int] = {
    "Clip": 1, "ConstantOfShape": 0, "CumSum": 1, "Dropout": 1, "Expand": 1, "OneHot": 1, "Pad": 1, "Pow": 1,
    "Range": 0, "Reshape": 1, "Resize": 1, "Slice": 1, "Split": 1, "Squeeze": 1, "Tile": 1, "TopK": 1,
    "Trilu": 1, "Unsqueeze": 1, "Upsample": 1,
    **dict.fromkeys((op for op in OPERATIONS if op.startswith("Reduce")), 1),
}  # fmt: skip
"""Operator type -> the first of its inputs that say what to do: numbers, never weights."""


def is_static(op: str, given: Sequence[Value | None]) -> bool:
    """Whether an operation with these inputs depends on shapes and constants only."""
    return op in SHAPES or all(not isinstance(v, Tensor) for v in given)


def fold(
    nodes: Sequence[Node], constants: Mapping[str, Static]
) -> tuple[tuple[Node, ...], dict[str, Static]]:
    """Compute once what depends on nothing; return the nodes that are left, and all that is known.

    Raises:
        ModelError: an operation fails; with its name.
    """
    left, known = [], dict(constants)
    for node in nodes:
        if not all(name in known for name in node.inputs if name):
            left.append(node)
            continue
        try:
            with np.errstate(all="ignore"):
                known.update(zip(node.outputs, _computed(node, known), strict=False))
        except ModelError:
            raise
        except Exception as error:  # numpy's or torch's own
            raise node.failed(error) from error
    return tuple(left), known


def _computed(node: Node, known: Mapping[str, Static]) -> list[Static]:
    given = [known[name] if name else None for name in node.inputs]
    if node.op in STATIC:
        return [np.asarray(settled(STATIC[node.op](node, *given)))]
    found: Any = OPERATIONS[node.op](node, *as_data(node, given))
    return [part.numpy() for part in (found if isinstance(found, tuple | list) else (found,))]


def as_data(node: Node, given: Sequence[Value | None]) -> list[Value | None]:
    """Return what a node takes as tensors, except for what says what to do."""
    first = NUMBERS.get(node.op, len(given))
    data = [torch.from_numpy(np.array(v)) if isinstance(v, np.ndarray) else v for v in given[:first]]
    return [*data, *given[first:]]


def numbers_only(nodes: Sequence[Node], known: Mapping[str, Static], input: str) -> frozenset[str]:
    """Return the names of the constants that must stay plain numbers: axes, shapes, and what they come from.

    Args:
        nodes: What is computed for each input.
        known: Name -> constant.
        input: Name of the network's input.
    """
    of_shapes = _of_shapes(nodes, input)
    wanted = {name for node in nodes for name in node.inputs[NUMBERS.get(node.op, len(node.inputs)) :]}
    for node in reversed(nodes):
        if node.outputs[0] in of_shapes and wanted.intersection(node.outputs) and node.op not in SHAPES:
            wanted.update(node.inputs)
    small = {name for name, array in known.items() if array.size == 1 or array.dtype.kind != "f"}
    for node in nodes:
        if node.outputs[0] in of_shapes:
            wanted.update(small.intersection(node.inputs))
        if node.op == "Gather" and node.inputs[1] in known and known[node.inputs[1]].ndim == 0:
            wanted.add(node.inputs[1])
    return frozenset(wanted.intersection(known))


def _of_shapes(nodes: Sequence[Node], input: str) -> set[str]:
    """Return the names of values that depend on the input's shape, never on its values."""
    varying, found = {input}, set[str]()
    for node in nodes:
        free = node.op in SHAPES or not varying.intersection(node.inputs)
        (found if free else varying).update(node.outputs)
    return found
