"""The twin: an ONNX network as a torch module, for gradients, bounds and export."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from durometer.models.onnx.node import Node, Static, Value, as_tensor
from durometer.models.onnx.operations import OPERATIONS
from durometer.models.onnx.static import STATIC

NUMBERS = frozenset({"Resize", "Upsample", "Clip", "Pad"})
"""Operations whose further inputs are numbers that say what to do, never weights."""


class Twin(nn.Module):
    """The operations of an ONNX graph, one after the other.

    Values that depend on the input are tensors; what follows from shapes and constants is computed in numpy,
    so that `torch.export` sees a plain graph. Weights are buffers: they move with the module and take no
    gradient.

    Args:
        nodes: In an order in which they can be computed.
        constants: Name -> array.
        input: Name of the one input.
        output: Name of the value that is returned.
        batch: The batch size that the file fixes, or None. Shapes that repeat it take any batch here.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        constants: Mapping[str, Static],
        *,
        input: str,
        output: str,
        batch: int | None,
    ) -> None:
        super().__init__()
        self.input, self.output, self.batch = input, output, batch
        self._known: dict[str, Static] = {}
        self._weights: dict[str, str] = {}
        self.nodes = _needed(nodes, output)
        used = {name for node in self.nodes for name in node.inputs} | {output}
        self._numbers = {name for node in self.nodes if node.op in NUMBERS for name in node.inputs[1:]}
        for name, array in constants.items():
            if name in used:
                self._hold(name, array)
        self._fold()

    def forward(self, x: Tensor) -> Tensor:
        """Return the output (B, …) for inputs (B, …) as the file takes them."""
        return as_tensor(self.values(x)[self.output], x)

    def values(self, x: Tensor) -> Mapping[str, Value]:
        """Return every value of the graph for an input, to find where two runtimes part."""
        values: dict[str, Value] = {**self._known, self.input: x}
        values |= {name: getattr(self, buffer) for name, buffer in self._weights.items()}
        for node in self.nodes:
            self._compute(node, values, len(x))
        return values

    def _hold(self, name: str, array: Static) -> None:
        """Keep floats as buffers, and everything else as what is known beforehand."""
        if np.issubdtype(array.dtype, np.floating) and array.size > 1 and name not in self._numbers:
            buffer = f"w{len(self._weights)}_" + re.sub(r"\W", "_", name)
            self.register_buffer(buffer, torch.from_numpy(np.array(array)), persistent=True)
            self._weights[name] = buffer
        else:
            self._known[name] = array

    def _fold(self) -> None:
        """Compute once what depends on nothing."""
        left = []
        for node in self.nodes:
            names = [name for name in node.inputs if name]
            if node.op in STATIC and all(name in self._known for name in names):
                found = STATIC[node.op](node, *[self._known.get(name) for name in node.inputs])
                array = np.asarray(found)
                self._hold(node.outputs[0], array)
            else:
                left.append(node)
        self.nodes = tuple(left)

    def _compute(self, node: Node, values: dict[str, Value], n: int) -> None:
        given = [values[name] if name else None for name in node.inputs]
        if node.op == "Shape" or all(not isinstance(v, Tensor) for v in given):
            found: Any = STATIC[node.op](node, *given)
        else:
            if node.op == "Reshape" and self.batch is not None:
                given[1] = self._rebatched(given[0], given[1], n)
            found = OPERATIONS[node.op](node, *given)
        outputs = found if isinstance(found, tuple | list) else (found,)
        values.update(zip(node.outputs, outputs, strict=False))

    def _rebatched(self, x: Value | None, shape: Value | None, n: int) -> Value | None:
        """Return a shape that begins with the file's batch size with the true one instead."""
        if isinstance(shape, np.ndarray) and isinstance(x, Tensor) and shape.size and n != self.batch:
            first = shape.reshape(-1)[0]
            if first == self.batch and x.shape[0] == n:
                return np.concatenate([np.array([n], dtype=np.int64), shape.reshape(-1)[1:]])
        return shape


def _needed(nodes: Sequence[Node], output: str) -> tuple[Node, ...]:
    """Return the nodes that the output depends on, in the same order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            wanted.update(name for name in node.inputs if name)
            kept.append(node)
    return tuple(reversed(kept))


def check_known(nodes: Sequence[Node]) -> None:
    """Refuse a graph with operations that are not known.

    Raises:
        ModelError: with the first of them.
    """
    for node in nodes:
        if node.op not in OPERATIONS and node.op not in STATIC:
            raise node.refuse("is not among those that can be imported")


def first_difference(
    twin: Twin, theirs: Mapping[str, Static], x: Tensor, tolerance: float
) -> tuple[Node, float] | None:
    """Return the first node whose output differs from another runtime by more than a tolerance, and the gap.

    Args:
        twin: The torch module.
        theirs: Name -> value of the other runtime.
        x: The input of both.
        tolerance: Of max(1, max |value|).
    """
    ours = twin.values(x)
    for node in twin.nodes:
        name = node.outputs[0]
        if name in theirs and isinstance(ours.get(name), Tensor):
            gap = difference(as_tensor(ours[name], x), torch.as_tensor(theirs[name]))
            if gap > tolerance:
                return node, gap
    return None


def difference(ours: Tensor, theirs: Tensor) -> float:
    """Return max |ours - theirs| / max(1, max |theirs|); infinite where shapes differ or one is NaN."""
    if ours.shape != theirs.shape:
        return float("inf")
    gap = (ours.detach().cpu().double() - theirs.double()).abs()
    same = (ours.detach().cpu() == theirs) | (ours.detach().cpu().isnan() & theirs.isnan())
    worst = torch.where(same, 0.0, gap).nan_to_num(float("inf")).amax() if gap.numel() else gap.new_zeros(())
    scale = max(1.0, float(theirs.double().abs().nan_to_num(0.0, 0.0, 0.0).amax())) if theirs.numel() else 1.0
    return float(worst) / scale
