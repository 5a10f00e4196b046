"""Sums, means and extremes along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from durometer.models.onnx.node import Node, Value, axes_of


def _along(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduced(node: Node, x: Tensor, axes: Value | None = None) -> Tensor:
        wanted = axes_of(node, axes)
        if not wanted:
            if wanted == () and node.get("noop_with_empty_axes", 0):
                return x
            wanted = tuple(range(x.ndim))
        return function(x, dim=wanted, keepdim=bool(node.get("keepdims", 1)))

    return reduced


def _product(x: Tensor, dim: tuple[int, ...], keepdim: bool) -> Tensor:
    for axis in sorted((d % x.ndim for d in dim), reverse=True):
        x = x.prod(dim=axis, keepdim=keepdim)
    return x


def _root(x: Tensor, dim: tuple[int, ...], keepdim: bool) -> Tensor:
    return x.square().sum(dim=dim, keepdim=keepdim).sqrt()


def arg_max(node: Node, x: Tensor) -> Tensor:
    """Return where the largest value stands, the first of equals."""
    if node.get("select_last_index", 0):
        raise node.refuse("takes the last of equals")
    return x.argmax(dim=node.get("axis", 0), keepdim=bool(node.get("keepdims", 1)))


TABLE: dict[str, Callable[..., Any]] = {
    "ReduceSum": _along(torch.sum),
    "ReduceMean": _along(torch.mean),
    "ReduceMax": _along(torch.amax),
    "ReduceMin": _along(torch.amin),
    "ReduceProd": _along(_product),
    "ReduceL1": _along(lambda x, dim, keepdim: x.abs().sum(dim=dim, keepdim=keepdim)),
    "ReduceL2": _along(_root),
    "ReduceSumSquare": _along(lambda x, dim, keepdim: x.square().sum(dim=dim, keepdim=keepdim)),
    "ReduceLogSumExp": _along(torch.logsumexp),
    "ArgMax": arg_max,
}
