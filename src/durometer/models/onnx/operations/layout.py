"""What changes the shape and leaves the values: reshaping, turning, joining, splitting, spreading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from durometer.models.onnx.node import Node, Value, axes_of, ints, number, tensors


def reshape(node: Node, x: Tensor, shape: Value) -> Tensor:
    """Return another shape; 0 keeps a side, -1 takes what is left."""
    wanted = list(ints(shape, node))
    if not node.get("allowzero", 0):
        wanted = [x.shape[i] if side == 0 else side for i, side in enumerate(wanted)]
    return x.reshape(wanted)


def flatten(node: Node, x: Tensor) -> Tensor:
    """Return a matrix: axes before `axis`, and from it on."""
    axis = node.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    rows = 1
    for side in x.shape[:axis]:
        rows = rows * side
    return x.reshape(rows, -1)


def transpose(node: Node, x: Tensor) -> Tensor:
    """Return the axes in another order, reversed if none is said."""
    return x.permute(tuple(node.get("perm") or reversed(range(x.ndim))))


def squeeze(node: Node, x: Tensor, axes: Value | None = None) -> Tensor:
    """Return x without axes of one."""
    wanted = axes_of(node, axes)
    return x.squeeze() if wanted is None else x.squeeze(tuple(wanted))


def unsqueeze(node: Node, x: Tensor, axes: Value | None = None) -> Tensor:
    """Return x with axes of one at these places of the result."""
    wanted = axes_of(node, axes) or ()
    for axis in sorted(a % (x.ndim + len(wanted)) for a in wanted):
        x = x.unsqueeze(axis)
    return x


def concat(node: Node, *values: Value) -> Tensor:
    """Return values one after the other."""
    return torch.cat(tensors(*values), dim=node.get("axis"))


def split(node: Node, x: Tensor, sizes: Value | None = None) -> tuple[Tensor, ...]:
    """Return parts of these sizes, or equal ones, the last perhaps smaller."""
    axis = node.get("axis", 0)
    lengths = ints(sizes, node) or tuple(node.get("split") or ())
    if lengths:
        return torch.split(x, list(lengths), dim=axis)
    parts = node.get("num_outputs") or len(node.outputs)
    return torch.split(x, -(-x.shape[axis] // parts), dim=axis)


def expand(node: Node, x: Tensor, shape: Value) -> Tensor:
    """Return x spread over a shape."""
    wanted = ints(shape, node)
    wanted = (1,) * (x.ndim - len(wanted)) + wanted
    own = (1,) * (len(wanted) - x.ndim) + tuple(x.shape)
    return x.expand([side if given == 1 else given for side, given in zip(own, wanted, strict=True)])


def tile(node: Node, x: Tensor, repeats: Value) -> Tensor:
    """Return copies beside each other."""
    return x.repeat(ints(repeats, node))


def depth_to_space(node: Node, x: Tensor) -> Tensor:
    """Return blocks of channels laid out as pixels."""
    n, c, h, w = x.shape
    b = node.get("blocksize")
    mode = node.get("mode", "DCR")
    if mode == "DCR":
        parts = x.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    else:
        parts = x.reshape(n, c // (b * b), b, b, h, w).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(n, c // (b * b), h * b, w * b)


def space_to_depth(node: Node, x: Tensor) -> Tensor:
    """Return blocks of pixels as channels."""
    n, c, h, w = x.shape
    b = node.get("blocksize")
    parts = x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
    return parts.reshape(n, c * b * b, h // b, w // b)


def dropout(node: Node, x: Tensor, ratio: Value | None = None, training: Value | None = None) -> Tensor:
    """Return x: nothing is dropped after training."""
    if number(training, node, 0.0):
        raise node.refuse("drops values at random: it was exported in training mode")
    return x


TABLE: dict[str, Callable[..., Any]] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Concat": concat,
    "Split": split,
    "Expand": expand,
    "Tile": tile,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
    "Identity": lambda node, x: x,
    "Dropout": dropout,
}
