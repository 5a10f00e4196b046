"""Arithmetic value by value, with numpy's rule of spreading; comparisons and choices."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from durometer.models.onnx.node import Node, Value, tensors


def divide(node: Node, a: Value, b: Value) -> Tensor:
    """Return the quotient; of whole numbers cut toward zero."""
    one, two = tensors(a, b)
    if one.is_floating_point() or two.is_floating_point():
        return one / two  # type: ignore[no-any-return]
    return torch.div(one, two, rounding_mode="trunc")


def modulo(node: Node, a: Value, b: Value) -> Tensor:
    """Return the remainder: with the divisor's sign, or the dividend's with fmod."""
    one, two = tensors(a, b)
    kind = torch.fmod if node.get("fmod", 0) else torch.remainder
    return kind(one, two)


def power(node: Node, a: Value, b: Value) -> Tensor:
    """Return the power, in the type of the base."""
    if isinstance(a, Tensor) and not isinstance(b, Tensor) and b.size == 1:
        found = torch.pow(a, b.item()).to(a.dtype)
        return found.reshape((1,) * (b.ndim - a.ndim) + tuple(a.shape)) if b.ndim > a.ndim else found
    one, two = tensors(a, b)
    return torch.pow(one, two).to(one.dtype)


def infinite(node: Node, x: Tensor) -> Tensor:
    """Return where x is infinite, of the signs that are asked for."""
    plus, minus = node.get("detect_positive", 1), node.get("detect_negative", 1)
    return (x.isposinf() & bool(plus)) | (x.isneginf() & bool(minus))


def where(node: Node, condition: Value, a: Value, b: Value) -> Tensor:
    """Return a where the condition holds, else b."""
    chosen, one, two = tensors(condition, a, b)
    return torch.where(chosen.bool(), one, two)


def _two(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, a, b: function(*tensors(a, b))


def _one(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, x: function(x)


def _all(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, *values: reduce(function, tensors(*values))


def mean(node: Node, *values: Value) -> Tensor:
    """Return the mean of several values."""
    parts = tensors(*values)
    return reduce(torch.add, parts) / len(parts)  # type: ignore[no-any-return]


TABLE: dict[str, Callable[..., Any]] = {
    "Div": divide,
    "Mod": modulo,
    "Where": where,
    "Pow": power,
    "IsInf": infinite,
    "Mean": mean,
    "Add": _two(torch.add),
    "Sub": _two(torch.sub),
    "Mul": _two(torch.mul),
    "Equal": _two(torch.eq),
    "Greater": _two(torch.gt),
    "GreaterOrEqual": _two(torch.ge),
    "Less": _two(torch.lt),
    "LessOrEqual": _two(torch.le),
    "And": _two(torch.logical_and),
    "Or": _two(torch.logical_or),
    "Xor": _two(torch.logical_xor),
    "Sum": _all(torch.add),
    "Min": _all(torch.minimum),
    "Max": _all(torch.maximum),
    "Not": _one(torch.logical_not),
    "Neg": _one(torch.neg),
    "Abs": _one(torch.abs),
    "Sqrt": _one(torch.sqrt),
    "Reciprocal": _one(torch.reciprocal),
    "Exp": _one(torch.exp),
    "Log": _one(torch.log),
    "Erf": _one(torch.erf),
    "Sin": _one(torch.sin),
    "Cos": _one(torch.cos),
    "Tan": _one(torch.tan),
    "Asin": _one(torch.asin),
    "Acos": _one(torch.acos),
    "Atan": _one(torch.atan),
    "Sinh": _one(torch.sinh),
    "Cosh": _one(torch.cosh),
    "Asinh": _one(torch.asinh),
    "Acosh": _one(torch.acosh),
    "Atanh": _one(torch.atanh),
    "IsNaN": _one(torch.isnan),
    "Floor": _one(torch.floor),
    "Ceil": _one(torch.ceil),
    "Round": _one(torch.round),
    "Sign": _one(torch.sign),
}
