"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node
from durometer.models.onnx.operations.convolution import padded, pads

MAX: dict[int, Callable[..., Tensor]] = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE: dict[int, Callable[..., Tensor]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


@dataclass(frozen=True)
class Window:
    """Where windows lie: `beyond` is how far the last reaches over the padding, as ceil_mode lets it."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    beyond: tuple[int, ...]

    @property
    def native(self) -> bool:
        """Whether torch pads like that by itself."""
        small = all(2 * pad <= k for pad, k in zip(self.before, self.kernel, strict=True))
        return self.before == self.after and small and not any(self.beyond)


def max_pool(node: Node, x: Tensor) -> Tensor:
    """Return the largest value under each window; places of values are not returned."""
    if len(node.outputs) > 1 and node.outputs[1]:
        raise node.refuse("is asked for the places of its values")
    w = _window(node, x)
    pool = MAX[len(w.kernel)]
    if w.native:
        return pool(x, w.kernel, w.strides, w.before, w.dilations)
    behind = [a + b for a, b in zip(w.after, w.beyond, strict=True)]
    return pool(padded(x, w.before, behind, value=-math.inf), w.kernel, w.strides, 0, w.dilations)


def average_pool(node: Node, x: Tensor) -> Tensor:
    """Return the mean under each window; padding counts only where the node says so."""
    w, counted = _window(node, x), bool(node.get("count_include_pad", 0))
    if any(d != 1 for d in w.dilations):
        raise node.refuse("has dilated windows")
    pool = AVERAGE[len(w.kernel)]
    if w.native:
        return pool(x, w.kernel, w.strides, w.before, count_include_pad=counted)
    nothing = (0,) * len(w.kernel)
    behind = [a + b for a, b in zip(w.after, w.beyond, strict=True)]
    ones = padded(torch.ones_like(x[:1, :1]), w.before, w.after, value=float(counted))
    share = pool(padded(ones, nothing, w.beyond), w.kernel, w.strides)
    return pool(padded(x, w.before, behind), w.kernel, w.strides) / share


def _window(node: Node, x: Tensor) -> Window:
    kernel = tuple(node.get("kernel_shape"))
    ones = (1,) * len(kernel)
    strides, dilations = tuple(node.get("strides") or ones), tuple(node.get("dilations") or ones)
    before, after = pads(node, x.shape[2:], kernel, strides, dilations)
    beyond = (0,) * len(kernel)
    if node.get("ceil_mode", 0):
        sides = zip(x.shape[2:], kernel, strides, dilations, before, after, strict=True)
        beyond = tuple(_overhang(size + b + a, (k - 1) * d + 1, s, size + b) for size, k, s, d, b, a in sides)
    return Window(kernel, strides, dilations, before, after, beyond)


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
