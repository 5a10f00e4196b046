"""What takes part of a value, or puts something around it: slices, gathers, padding, casts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, Value, as_tensor, axes_of, ints, number, tensors

KINDS = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32, 7: torch.int64,
    9: torch.bool, 10: torch.float16, 11: torch.float64, 16: torch.bfloat16,
}  # fmt: skip
"""ONNX's numbers of types."""


MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}
"""ONNX's words for what lies around a picture -> torch's."""


def slices(
    node: Node, x: Tensor, starts: Value | None = None, ends: Value | None = None, axes: Value | None = None,
    steps: Value | None = None,
) -> Tensor:  # fmt: skip
    """Return part of each axis: attributes in older operator sets, inputs in newer ones."""
    first = ints(starts, node) if starts is not None else tuple(node.get("starts"))
    last = ints(ends, node) if ends is not None else tuple(node.get("ends"))
    along = axes_of(node, axes)
    along = tuple(range(len(first))) if along is None else along
    by = ints(steps, node) or (1,) * len(first)
    for axis, start, end, step in zip(along, first, last, by, strict=True):
        x = _slice(x, axis % x.ndim, start, end, step)
    return x


def _slice(x: Tensor, axis: int, start: int, end: int, step: int) -> Tensor:
    if step > 0:
        return x[(slice(None),) * axis + (slice(start, end, step),)]
    places = range(x.shape[axis])[start : None if end < -x.shape[axis] else end : step]
    return x.index_select(axis, torch.tensor(list(places), dtype=torch.long, device=x.device))


def gather(node: Node, x: Value, index: Value) -> Tensor:
    """Return the entries of one axis at these places."""
    axis = node.get("axis", 0)
    if isinstance(x, Tensor) and not isinstance(index, Tensor) and index.ndim == 0:
        return x.select(axis, int(index))
    like = x if isinstance(x, Tensor) else index
    assert isinstance(like, Tensor)
    table, places = as_tensor(x, like), as_tensor(index, like).long()
    places = torch.where(places < 0, places + table.shape[axis], places)
    flat = table.index_select(axis, places.reshape(-1))
    axis = axis % table.ndim
    return flat.reshape(*table.shape[:axis], *places.shape, *table.shape[axis + 1 :])


def gather_elements(node: Node, x: Tensor, index: Value) -> Tensor:
    """Return one entry along an axis for each place."""
    axis, places = node.get("axis", 0), as_tensor(index, x).long()
    return x.gather(axis, torch.where(places < 0, places + x.shape[axis], places))


def scatter_elements(node: Node, x: Tensor, index: Value, updates: Value) -> Tensor:
    """Return x with one entry along an axis replaced for each place."""
    if node.get("reduction", "none") != "none":
        raise node.refuse("puts several values together")
    table, places, new = tensors(x, index, updates)
    axis, places = node.get("axis", 0), places.long()
    return table.scatter(axis, torch.where(places < 0, places + table.shape[axis], places), new)  # type: ignore[no-any-return]


def gather_nd(node: Node, x: Tensor, index: Value) -> Tensor:
    """Return the entries at these places, each a row of positions."""
    if node.get("batch_dims", 0):
        raise node.refuse("has leading axes of its own")
    table, places = tensors(x, index)
    return table[tuple(places.long().unbind(-1))]  # type: ignore[no-any-return]


def scatter_nd(node: Node, x: Value, index: Value, updates: Value) -> Tensor:
    """Return x with the entries at these places replaced, each a row of positions."""
    if node.get("reduction", "none") != "none":
        raise node.refuse("puts several values together")
    table, places, new = tensors(x, index, updates)
    return table.index_put(tuple(places.long().unbind(-1)), new)  # type: ignore[no-any-return]


def triangle(node: Node, x: Tensor, shift: Value | None = None) -> Tensor:
    """Return the upper or lower triangle of each matrix."""
    (diagonal,) = ints(shift, node) or (0,)
    return torch.triu(x, diagonal) if node.get("upper", 1) else torch.tril(x, diagonal)


def pad(
    node: Node, x: Tensor, pads: Value | None = None, value: Value | None = None, axes: Value | None = None
) -> Tensor:
    """Return x with a constant, its edge or its mirror around it."""
    sides = ints(pads, node) if pads is not None else tuple(node.get("pads") or node.get("paddings"))
    along = ints(axes, node) if axes is not None else tuple(range(x.ndim))
    mode = node.get("mode", "constant")
    before, after = [0] * x.ndim, [0] * x.ndim
    for i, axis in enumerate(along):
        before[axis % x.ndim], after[axis % x.ndim] = sides[i], sides[i + len(along)]
    flat = [p for pair in zip(reversed(before), reversed(after), strict=True) for p in pair]
    if mode == "constant":
        return F.pad(x, flat, value=number(value, node, node.get("value", 0.0)) or 0.0)
    inner = 2 * max(1, x.ndim - 2)
    if mode not in MODES or any(flat[inner:]):
        raise node.refuse(f"pads in the mode {mode!r} over these axes")
    return F.pad(x, flat[:inner], mode=MODES[mode])


def cast(node: Node, x: Tensor) -> Tensor:
    """Return x in another type."""
    if node.get("to") not in KINDS:
        raise node.refuse("casts to a type that is not known here")
    return x.to(KINDS[node.get("to")])


TABLE: dict[str, Callable[..., Any]] = {
    "Slice": slices,
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "Trilu": triangle,
    "Pad": pad,
    "Cast": cast,
    "CastLike": lambda node, x, like: x.to(tensors(like)[0].dtype),
}
