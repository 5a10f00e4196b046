"""The twin: an ONNX network as a torch module, for gradients, bounds and export."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from durometer.core import ModelError
from durometer.core.oracle import in_fixed_batches
from durometer.models.onnx.folding import as_data, fold, is_static, numbers_only
from durometer.models.onnx.node import Node, Static, Value, as_tensor
from durometer.models.onnx.operations import OPERATIONS
from durometer.models.onnx.static import STATIC, settled, whole


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

    Attributes:
        in_parts: Whether a fixed batch size must be kept: inputs then go through in parts of that size.
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
        self.in_parts = False
        self._known: dict[str, Static] = {}
        self._weights: dict[str, str] = {}
        self.nodes, known = fold(needed(nodes, output), constants)
        used = {name for node in self.nodes for name in node.inputs} | {output}
        plain = numbers_only(self.nodes, known, input)
        for name, array in known.items():
            if name in used:
                self._hold(name, array, plain=name in plain)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output (B, …) for inputs (B, …) as the file takes them."""
        if not self.in_parts or self.batch is None:
            return self._answer(x)
        return torch.cat([self._answer(part)[:real] for part, real in in_fixed_batches(x, self.batch)])

    def values(self, x: Tensor) -> Mapping[str, Value]:
        """Return every value of the graph for an input, to find where two runtimes part.

        Raises:
            ModelError: an operation fails; with its name.
        """
        values: dict[str, Value] = {**self._known, self.input: x}
        values |= {name: getattr(self, buffer) for name, buffer in self._weights.items()}
        for node in self.nodes:
            try:
                self._compute(node, values, x.shape[0])  # not len(x), which fixes it in an export
            except (ModelError, torch.OutOfMemoryError):
                raise
            except Exception as error:  # torch's or numpy's own, on a graph that is imported wrongly
                raise node.failed(error) from error
        return values

    def _answer(self, x: Tensor) -> Tensor:
        return as_tensor(self.values(x)[self.output], x)

    def _hold(self, name: str, array: Static, *, plain: bool) -> None:
        if plain:
            self._known[name] = array
            return
        buffer = f"w{len(self._weights)}_" + re.sub(r"\W", "_", name)
        self.register_buffer(buffer, torch.from_numpy(np.array(array)), persistent=True)
        self._weights[name] = buffer

    def _compute(self, node: Node, values: dict[str, Value], n: int) -> None:
        given = [values[name] if name else None for name in node.inputs]
        if node.op in STATIC and is_static(node.op, given):
            found: Any = settled(STATIC[node.op](node, *given))
        elif node.op not in OPERATIONS:
            raise node.refuse("depends on the input's values")
        else:
            given = given if any(isinstance(v, Tensor) for v in given) else as_data(node, given)
            if node.op == "Reshape" and self.batch is not None:
                given[1] = self._rebatched(given[0], given[1], n)
            found = OPERATIONS[node.op](node, *given)
        outputs = found if isinstance(found, tuple | list) else (found,)
        values.update(zip(node.outputs, outputs, strict=False))

    def _rebatched(self, x: Value | None, shape: Value | None, n: int) -> Value | None:
        """Return a shape that begins with the file's batch size with the true one instead."""
        if isinstance(shape, np.ndarray) and isinstance(x, Tensor) and shape.size and n != self.batch:
            first, *rest = shape.reshape(-1).tolist()
            if first == self.batch and x.shape[0] == n:
                return whole([n, *rest])
        return shape


def needed(nodes: Sequence[Node], output: str) -> tuple[Node, ...]:
    """Return the nodes that the output depends on, in the same order.

    Raises:
        ModelError: one of them is an operation that is not known.
    """
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            wanted.update(name for name in node.inputs if name)
            kept.append(node)
    for node in reversed(kept):
        if node.op not in OPERATIONS and node.op not in STATIC:
            raise node.refuse(UNKNOWN.get(node.op, "is not among those that can be imported"))
    return tuple(reversed(kept))


UNKNOWN: Mapping[str, str] = {
    "QuantizeLinear": "rounds to whole levels, which leaves no gradient",
    "DequantizeLinear": "belongs to a quantized network, which has no gradient",
    "DynamicQuantizeLinear": "rounds to whole levels, which leaves no gradient",
    "QLinearConv": "computes in whole levels, which leaves no gradient",
    "QLinearMatMul": "computes in whole levels, which leaves no gradient",
    "If": "chooses between two graphs",
    "Loop": "repeats a graph",
    "Scan": "repeats a graph",
    "LSTM": "is recurrent",
    "GRU": "is recurrent",
    "RNN": "is recurrent",
}
"""Operator type -> why it is not imported."""


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
    gaps = deviations(ours, theirs)
    return float(gaps.amax()) if gaps.numel() else 0.0


def deviations(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return |ours - theirs| / max(1, max |theirs|), of the same shape; infinite where only one is NaN."""
    one, two = ours.detach().cpu().double(), theirs.double()
    same = (one == two) | (one.isnan() & two.isnan())
    gap = torch.where(same, 0.0, (one - two).abs()).nan_to_num(float("inf"))
    scale = float(two.abs().nan_to_num(0.0, 0.0, 0.0).amax()) if two.numel() else 1.0
    return gap / max(1.0, scale)
