"""Convolutions and their transposes, in one to three dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, tensors

FORWARD: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED: dict[int, Callable[..., Tensor]] = {
    1: F.conv_transpose1d,
    2: F.conv_transpose2d,
    3: F.conv_transpose3d,
}


def conv(node: Node, x: Any, w: Any, b: Any = None) -> Tensor:
    """Return the convolution, padded as the node says."""
    x, w, b = tensors(x, w, b)
    sides = w.ndim - 2
    strides, dilations = _each(node, "strides", sides), _each(node, "dilations", sides)
    kernel = tuple(w.shape[2:])
    before, after = pads(node, x.shape[2:], kernel, strides, dilations)
    if before != after:
        x, before = padded(x, before, after), (0,) * sides
    return FORWARD[sides](x, w, b, strides, before, dilations, node.get("group", 1))


def conv_transpose(node: Node, x: Any, w: Any, b: Any = None) -> Tensor:
    """Return the transposed convolution."""
    x, w, b = tensors(x, w, b)
    sides = w.ndim - 2
    if node.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID") or node.get("output_shape"):
        raise node.refuse("has an output shape of its own, which is not known here")
    strides, dilations = _each(node, "strides", sides), _each(node, "dilations", sides)
    given = tuple(node.get("pads") or (0,) * (2 * sides))
    before, after = given[:sides], given[sides:]
    extra = tuple(node.get("output_padding") or (0,) * sides)
    full = TRANSPOSED[sides](x, w, b, strides, 0, 0, node.get("group", 1), dilations)
    wanted = [full.shape[2 + i] + extra[i] - before[i] - after[i] for i in range(sides)]
    full = padded(full, (0,) * sides, extra) if any(extra) else full
    for i, (start, length) in enumerate(zip(before, wanted, strict=True)):
        full = full.narrow(2 + i, start, length)
    return full


def pads(
    node: Node, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the padding before and after each side: as given, or as `auto_pad` asks for."""
    mode = node.get("auto_pad", "NOTSET")
    mode = mode.decode() if isinstance(mode, bytes) else mode
    sides = len(kernel)
    if mode == "NOTSET":
        given = tuple(node.get("pads") or (0,) * (2 * sides))
        return given[:sides], given[sides:]
    if mode == "VALID":
        return (0,) * sides, (0,) * sides
    total = [
        max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        for size, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)
    ]
    small = tuple(t // 2 for t in total)
    large = tuple(t - t // 2 for t in total)
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def padded(x: Tensor, before: Sequence[int], after: Sequence[int], value: float = 0.0) -> Tensor:
    """Return (N, C, …) with a constant around it."""
    flat = [pad for pair in zip(reversed(before), reversed(after), strict=True) for pad in pair]
    return F.pad(x, flat, value=value)


def _each(node: Node, name: str, sides: int) -> tuple[int, ...]:
    return tuple(node.get(name) or (1,) * sides)


TABLE: dict[str, Callable[..., Any]] = {"Conv": conv, "ConvTranspose": conv_transpose}
