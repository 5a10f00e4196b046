"""Arithmetic on values known beforehand, in numpy: shapes, axes, and what is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.models.onnx.node import Node, Static, Value, axes_of, ints

KINDS: Mapping[int, type[np.generic]] = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip
"""ONNX's numbers of types."""


def whole(values: list[Any] | tuple[Any, ...]) -> Static:
    """Return numbers as an array; sides that are symbols, while a graph is traced, are kept as such."""
    plain = all(isinstance(v, int) for v in values)
    return np.array(values, dtype=np.int64 if plain else object)


def settled(found: Any) -> Value:
    """Return an array; one of symbols in which only numbers are left becomes one of numbers."""
    if isinstance(found, Tensor):
        return found
    array = np.asarray(found)
    if array.dtype != object or not all(isinstance(v, int | float) for v in array.flat):
        return array
    return array.astype(np.int64 if all(isinstance(v, int) for v in array.flat) else np.float32)


def shape_of(node: Node, x: Value) -> Static:
    """Return the shape, or part of it."""
    sides = tuple(x.shape)[slice(node.get("start", 0), node.get("end"))]
    return whole(sides)


def constant_of_shape(node: Node, shape: Static) -> Value:
    """Return an array of one value; a tensor where the shape holds symbols, which numpy can't keep."""
    value = node.get("value")
    fill = (np.zeros(1, np.float32) if value is None else np.asarray(value)).reshape(-1)[:1]
    if shape.dtype == object:
        return torch.from_numpy(fill.copy()).expand(ints(shape, node))
    return np.full(ints(shape, node), fill[0], dtype=fill.dtype)


def _expand(node: Node, x: Static, shape: Static) -> Value:
    if shape.dtype == object:
        wanted = ints(shape, node)
        own = (1,) * (len(wanted) - x.ndim) + x.shape
        sides = [side if given == 1 else given for side, given in zip(own, wanted, strict=True)]
        return torch.from_numpy(np.array(x)).expand(sides)
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, ints(shape, node))).copy()


def constant(node: Node) -> Static:
    """Return what the node holds."""
    for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if name in node.attributes:
            found = node.attributes[name]
            if isinstance(found, np.ndarray):
                return found
            return np.asarray(found, dtype=np.float32 if "float" in name else np.int64)
    raise node.refuse("holds a value of a kind that is not known here")


def _slice(node: Node, x: Static, starts: Static | None = None, ends: Static | None = None,
           axes: Static | None = None, steps: Static | None = None) -> Static:  # fmt: skip
    first = ints(starts, node) if starts is not None else tuple(node.get("starts"))
    last = ints(ends, node) if ends is not None else tuple(node.get("ends"))
    along = axes_of(node, axes)
    by = ints(steps, node) or (1,) * len(first)
    parts = [slice(None)] * x.ndim
    for axis, start, end, step in zip(along or range(len(first)), first, last, by, strict=True):
        parts[axis] = slice(start, None if step < 0 and end < -x.shape[axis] else end, step)
    return x[tuple(parts)]


def _reshape(node: Node, x: Static, shape: Static) -> Static:
    kept = not node.get("allowzero", 0)
    sides = enumerate(ints(shape, node))
    return x.reshape([x.shape[i] if kept and side == 0 else side for i, side in sides])


def _cast(node: Node, x: Static) -> Static:
    if node.get("to") not in KINDS:
        raise node.refuse("casts to a type that is not known here")
    return x if x.dtype == object else x.astype(KINDS[node.get("to")])


def _unsqueeze(node: Node, x: Static, axes: Static | None = None) -> Static:
    return np.expand_dims(x, axes_of(node, axes) or ())


def _squeeze(node: Node, x: Static, axes: Static | None = None) -> Static:
    return np.squeeze(x, axes_of(node, axes))


def _divide(a: Static, b: Static) -> Static:
    if np.issubdtype(a.dtype, np.floating):
        return a / b
    return a // b if (a.dtype == object or (np.asarray(a) >= 0).all()) else np.trunc(a / b).astype(a.dtype)


def _reduced(function: Callable[..., Static]) -> Callable[..., Static]:
    def reduced(node: Node, x: Static, axes: Static | None = None) -> Static:
        return np.asarray(function(x, axis=axes_of(node, axes), keepdims=bool(node.get("keepdims", 1))))

    return reduced


def _by_value(function: Callable[..., Static]) -> Callable[..., Static]:
    return lambda node, *values: np.asarray(function(*values))


STATIC: Mapping[str, Callable[..., Any]] = {
    "Shape": shape_of,
    "Size": lambda node, x: np.asarray(int(np.prod(x.shape)), dtype=np.int64),
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "Slice": _slice,
    "Reshape": _reshape,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Flatten": lambda node, x: x.reshape(int(np.prod(x.shape[: node.get("axis", 1)])), -1),
    "Identity": lambda node, x: x,
    "Dropout": lambda node, x, *unused: x,
    "Cast": _cast,
    "Concat": lambda node, *values: np.concatenate(values, axis=node.get("axis")),
    "Gather": lambda node, x, index: np.take(x, index.astype(np.int64), axis=node.get("axis", 0)),
    "Transpose": lambda node, x: x.transpose(node.get("perm")),
    "Range": lambda node, start, stop, step: np.arange(
        start.item(), stop.item(), step.item(), dtype=start.dtype
    ),
    "Expand": _expand,
    "Tile": lambda node, x, repeats: np.tile(x, ints(repeats, node)),
    "Where": _by_value(np.where),
    "Equal": _by_value(np.equal),
    "Greater": _by_value(np.greater),
    "Less": _by_value(np.less),
    "Not": _by_value(np.logical_not),
    "Add": _by_value(np.add),
    "Sub": _by_value(np.subtract),
    "Mul": _by_value(np.multiply),
    "Div": _by_value(_divide),
    "Neg": _by_value(np.negative),
    "Floor": _by_value(np.floor),
    "Ceil": _by_value(np.ceil),
    "Sqrt": _by_value(np.sqrt),
    "Min": _by_value(lambda *v: np.minimum.reduce(np.broadcast_arrays(*v))),
    "Max": _by_value(lambda *v: np.maximum.reduce(np.broadcast_arrays(*v))),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "ReduceMin": _reduced(np.min),
    "ReduceMax": _reduced(np.max),
}
"""Operator type -> what it does when everything that it takes is known beforehand."""
