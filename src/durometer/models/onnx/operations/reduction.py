"""Sums, means and extremes along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from durometer.models.onnx.node import Node, Value, axes_of, ints


def _along(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduced(node: Node, x: Tensor, axes: Value | None = None) -> Tensor:
        wanted = axes_of(node, axes)
        if not wanted:
            if node.get("noop_with_empty_axes", 0):
                raise node.refuse("is told to reduce nothing")
            wanted = tuple(range(x.ndim))
        return function(x, dim=wanted, keepdim=bool(node.get("keepdims", 1)))

    return reduced


def _product(x: Tensor, dim: tuple[int, ...], keepdim: bool) -> Tensor:
    for axis in sorted((d % x.ndim for d in dim), reverse=True):
        x = x.prod(dim=axis, keepdim=keepdim)
    return x


def _length(x: Tensor, dim: tuple[int, ...], keepdim: bool) -> Tensor:
    """Return the root of the sum of squares; its slope at 0 is 0, not undefined."""
    found: Tensor = torch.linalg.vector_norm(x, dim=dim, keepdim=keepdim)
    return found


def _where(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def place(node: Node, x: Tensor) -> Tensor:
        if node.get("select_last_index", 0):
            raise node.refuse("takes the last of equals")
        return function(x, dim=node.get("axis", 0), keepdim=bool(node.get("keepdims", 1)))

    return place


def top(node: Node, x: Tensor, count: Value) -> tuple[Tensor, ...]:
    """Return the largest or smallest values along an axis, and where they stand."""
    (k,) = ints(count, node)
    largest, in_order = bool(node.get("largest", 1)), bool(node.get("sorted", 1))
    return tuple(torch.topk(x, k, dim=node.get("axis", -1), largest=largest, sorted=in_order))


def running_sum(node: Node, x: Tensor, axis: Value) -> Tensor:
    """Return the sum of all values up to each, itself included unless `exclusive`; or from the end."""
    (along,) = ints(axis, node)
    turned = x.flip(along) if node.get("reverse", 0) else x
    summed = turned.cumsum(along)
    summed = summed - turned if node.get("exclusive", 0) else summed
    return summed.flip(along) if node.get("reverse", 0) else summed


TABLE: dict[str, Callable[..., Any]] = {
    "ReduceSum": _along(torch.sum),
    "ReduceMean": _along(torch.mean),
    "ReduceMax": _along(torch.amax),
    "ReduceMin": _along(torch.amin),
    "ReduceProd": _along(_product),
    "ReduceL1": _along(lambda x, dim, keepdim: x.abs().sum(dim=dim, keepdim=keepdim)),
    "ReduceL2": _along(_length),
    "ReduceSumSquare": _along(lambda x, dim, keepdim: x.square().sum(dim=dim, keepdim=keepdim)),
    "ReduceLogSumExp": _along(torch.logsumexp),
    "ReduceLogSum": _along(lambda x, dim, keepdim: x.sum(dim=dim, keepdim=keepdim).log()),
    "ArgMax": _where(torch.argmax),
    "ArgMin": _where(torch.argmin),
    "TopK": top,
    "CumSum": running_sum,
}
