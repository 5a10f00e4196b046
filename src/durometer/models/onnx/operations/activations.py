"""Activations, softmax among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, Value, as_tensor, number

SINCE_AXIS = 13
"""From this operator set on, softmax works along one axis; before, over all axes from it on."""


def clip(node: Node, x: Tensor, low: Value | None = None, high: Value | None = None) -> Tensor:
    """Return x between bounds: attributes in older operator sets, inputs in newer ones."""
    least = low if isinstance(low, Tensor) else number(low, node, node.get("min"))
    most = high if isinstance(high, Tensor) else number(high, node, node.get("max"))
    if isinstance(least, Tensor) or isinstance(most, Tensor):
        x = x if least is None else torch.maximum(x, torch.as_tensor(least, dtype=x.dtype))
        return x if most is None else torch.minimum(x, torch.as_tensor(most, dtype=x.dtype))
    return x if least is None and most is None else x.clamp(least, most).to(x.dtype)


def softmax(node: Node, x: Tensor) -> Tensor:
    """Return the softmax."""
    return _shares(node, x, torch.softmax)


def log_softmax(node: Node, x: Tensor) -> Tensor:
    """Return the logarithm of the softmax."""
    return _shares(node, x, torch.log_softmax)


def _shares(node: Node, x: Tensor, function: Callable[..., Tensor]) -> Tensor:
    if node.opset >= SINCE_AXIS:
        return function(x, dim=node.get("axis", -1))
    axis = node.get("axis", 1) % x.ndim
    return function(x.flatten(axis), dim=-1).reshape(x.shape)


def gelu(node: Node, x: Tensor) -> Tensor:
    """Return x · Φ(x), exactly or by tanh."""
    return F.gelu(x, approximate=node.get("approximate", "none"))


def prelu(node: Node, x: Tensor, slope: Value) -> Tensor:
    """Return x, and slope · x below 0; the slope spreads over trailing axes."""
    return torch.where(x >= 0, x, x * as_tensor(slope, x))


def hard_sigmoid(node: Node, x: Tensor) -> Tensor:
    """Return alpha · x + beta between 0 and 1."""
    return (node.get("alpha", 0.2) * x + node.get("beta", 0.5)).clamp(0, 1)  # type: ignore[no-any-return]


def shrink(node: Node, x: Tensor) -> Tensor:
    """Return x pulled toward 0 by bias where it is beyond lambd, else 0."""
    edge, bias = node.get("lambd", 0.5), node.get("bias", 0.0)
    return torch.where(x < -edge, x + bias, torch.where(x > edge, x - bias, torch.zeros_like(x)))


def _elementwise(function: Callable[[Tensor], Tensor]) -> Callable[[Node, Tensor], Tensor]:
    return lambda node, x: function(x)


TABLE: dict[str, Callable[..., Any]] = {
    "Clip": clip,
    "Softmax": softmax,
    "LogSoftmax": log_softmax,
    "Gelu": gelu,
    "PRelu": prelu,
    "HardSigmoid": hard_sigmoid,
    "Shrink": shrink,
    "Swish": lambda node, x: x * torch.sigmoid(node.get("alpha", 1.0) * x),
    "Relu": _elementwise(torch.relu),
    "Sigmoid": _elementwise(torch.sigmoid),
    "Tanh": _elementwise(torch.tanh),
    "Softplus": _elementwise(F.softplus),
    "Softsign": _elementwise(F.softsign),
    "Mish": _elementwise(F.mish),
    "HardSwish": _elementwise(F.hardswish),
    "LeakyRelu": lambda node, x: F.leaky_relu(x, node.get("alpha", 0.01)),
    "Elu": lambda node, x: F.elu(x, node.get("alpha", 1.0)),
    "Celu": lambda node, x: F.celu(x, node.get("alpha", 1.0)),
    "Selu": lambda node, x: (
        node.get("gamma", 1.0507009873554805)
        * torch.where(x > 0, x, node.get("alpha", 1.6732632423543772) * torch.expm1(x))
    ),
    "ThresholdedRelu": lambda node, x: torch.where(x > node.get("alpha", 1.0), x, torch.zeros_like(x)),
}
