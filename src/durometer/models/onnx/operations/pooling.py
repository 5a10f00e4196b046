"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node
from durometer.models.onnx.operations.convolution import padded, pads

MAX: dict[int, Callable[..., Tensor]] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE: dict[int, Callable[..., Tensor]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def max_pool(node: Node, x: Tensor) -> Tensor:
    """Return the largest value under each window; places of values are not returned."""
    if len(node.outputs) > 1 and node.outputs[1]:
        raise node.refuse("is asked for the places of its values")
    kernel, strides, dilations, before, after = _window(node, x)
    inside = padded(x, before, after, value=-math.inf)
    return MAX[len(kernel)](inside, kernel, strides, 0, dilations)


def average_pool(node: Node, x: Tensor) -> Tensor:
    """Return the mean under each window; padding counts only where the node says so."""
    kernel, strides, dilations, before, after = _window(node, x)
    if any(d != 1 for d in dilations):
        raise node.refuse("has dilated windows")
    pool = AVERAGE[len(kernel)]
    summed = pool(padded(x, before, after), kernel, strides)
    if node.get("count_include_pad", 0) or not any((*before, *after)):
        return _without_overhang(node, x, summed, kernel, strides, before, after)
    share = pool(padded(torch.ones_like(x[:1, :1]), before, after), kernel, strides)
    return summed / share


def _without_overhang(
    node: Node,
    x: Tensor,
    mean: Tensor,
    kernel: Sequence[int],
    strides: Sequence[int],
    before: Sequence[int],
    after: Sequence[int],
) -> Tensor:
    """Undo that windows reaching beyond even the padding, as with ceil_mode, counted what is not there."""
    given = tuple(node.get("pads") or (0,) * (2 * len(kernel)))
    own = given[len(kernel) :]
    if tuple(after) == own or node.get("auto_pad", "NOTSET") not in ("NOTSET", b"NOTSET"):
        return mean
    ones = padded(torch.ones_like(x[:1, :1]), given[: len(kernel)], own, value=1.0)
    beyond = tuple(a - o for a, o in zip(after, own, strict=True))
    share = AVERAGE[len(kernel)](padded(ones, (0,) * len(kernel), beyond), kernel, strides)
    return mean / share


def _window(node: Node, x: Tensor) -> tuple[tuple[int, ...], ...]:
    """Return kernel, strides, dilations and the padding before and after, ceil_mode included."""
    kernel = tuple(node.get("kernel_shape"))
    ones = (1,) * len(kernel)
    strides, dilations = tuple(node.get("strides") or ones), tuple(node.get("dilations") or ones)
    before, after = pads(node, x.shape[2:], kernel, strides, dilations)
    if node.get("ceil_mode", 0):
        after = tuple(
            a + _overhang(size + b + a, (k - 1) * d + 1, s, size + b)
            for size, k, s, d, b, a in zip(
                x.shape[2:], kernel, strides, dilations, before, after, strict=True
            )
        )
    return kernel, strides, dilations, before, after


def _overhang(size: int, reach: int, stride: int, starts: int) -> int:
    """How far the last window reaches over the end; none begins in the padding behind."""
    count = -(-(size - reach) // stride) + 1
    if (count - 1) * stride >= starts:
        count -= 1
    return max(0, (count - 1) * stride + reach - size)


def _everywhere(kind: str) -> Callable[..., Tensor]:
    def pool(node: Node, x: Tensor) -> Tensor:
        sides = tuple(range(2, x.ndim))
        return x.mean(dim=sides, keepdim=True) if kind == "mean" else x.amax(dim=sides, keepdim=True)

    return pool


TABLE: dict[str, Callable[..., Any]] = {
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": _everywhere("mean"),
    "GlobalMaxPool": _everywhere("max"),
}
