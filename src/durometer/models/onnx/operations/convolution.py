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
    strides, dilations = _each(node, "strides", sides), _each(node, "dilations", sides)
    extra = tuple(node.get("output_padding") or (0,) * sides)
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilations, strict=True)]
    full = [s * (n - 1) + e + k for n, s, e, k in zip(x.shape[2:], strides, extra, spans, strict=True)]
    before, after = _cropped(node, x.shape[2:], strides, full)
    turn, group = TRANSPOSED[sides], node.get("group", 1)
    if before == after and all(e < max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        return turn(x, w, b, strides, before, extra, group, dilations)
    whole = padded(turn(x, w, None, strides, 0, 0, group, dilations), (0,) * sides, extra)
    whole = padded(whole, [-side for side in before], [-side for side in after])
    return whole if b is None else whole + b.reshape(-1, *[1] * sides)


def _cropped(
    node: Node, sizes: Sequence[int], strides: Sequence[int], full: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return how much of a transposed convolution is cut off before and after each side."""
    mode, sides = node.get("auto_pad", "NOTSET"), len(full)
    wanted = node.get("output_shape")
    if wanted is None and mode in ("NOTSET", "VALID"):
        given = tuple(node.get("pads") or (0,) * (2 * sides)) if mode == "NOTSET" else (0,) * (2 * sides)
        return given[:sides], given[sides:]
    wanted = wanted or [n * s for n, s in zip(sizes, strides, strict=True)]
    total = [max(0, f - w) for f, w in zip(full, wanted[-sides:], strict=True)]
    small, large = tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)
    return (small, large) if mode == "SAME_UPPER" else (large, small)


def pads(
    node: Node, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the padding before and after each side: as given, or as `auto_pad` asks for."""
    mode = node.get("auto_pad", "NOTSET")
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
