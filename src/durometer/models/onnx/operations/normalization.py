"""Normalizations, as used after training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, tensors


def batch_norm(node: Node, x: Any, scale: Any, bias: Any, mean: Any, var: Any) -> Tensor:
    """Return the batch normalization with stored statistics."""
    if node.get("training_mode", 0) or len(node.outputs) > 1:
        raise node.refuse("normalizes by the batch: it was exported in training mode")
    if not node.get("spatial", 1):
        raise node.refuse("normalizes each place by itself")
    x, scale, bias, mean, var = tensors(x, scale, bias, mean, var)
    return F.batch_norm(x, mean, var, scale, bias, training=False, eps=node.get("epsilon", 1e-5))


def instance_norm(node: Node, x: Any, scale: Any, bias: Any) -> Tensor:
    """Return the normalization of each channel of each sample."""
    x, scale, bias = tensors(x, scale, bias)
    return F.instance_norm(x, weight=scale, bias=bias, eps=node.get("epsilon", 1e-5))


def layer_norm(node: Node, x: Any, scale: Any, bias: Any = None) -> Tensor:
    """Return the normalization over the axes from `axis` on."""
    x, scale, bias = tensors(x, scale, bias)
    shape = tuple(x.shape[node.get("axis", -1) % x.ndim :])
    normal = F.layer_norm(x, shape, eps=node.get("epsilon", 1e-5)) * scale
    return normal if bias is None else normal + bias  # type: ignore[no-any-return]


def rms_norm(node: Node, x: Any, scale: Any) -> Tensor:
    """Return x over its root mean square along the axes from `axis` on."""
    x, scale = tensors(x, scale)
    axes = tuple(range(node.get("axis", -1) % x.ndim, x.ndim))
    mean = x.square().mean(dim=axes, keepdim=True)
    return x * (mean + node.get("epsilon", 1e-5)).rsqrt() * scale  # type: ignore[no-any-return]


def group_norm(node: Node, x: Any, scale: Any, bias: Any) -> Tensor:
    """Return the normalization over groups of channels; scale and bias are per channel, once per group."""
    x, scale, bias = tensors(x, scale, bias)
    groups = node.get("num_groups")
    normal = F.group_norm(x, groups, eps=node.get("epsilon", 1e-5))
    if len(scale) != x.shape[1]:
        scale, bias = (v.repeat_interleave(x.shape[1] // groups) for v in (scale, bias))
    shape = (1, -1, *[1] * (x.ndim - 2))
    return normal * scale.reshape(shape) + bias.reshape(shape)  # type: ignore[no-any-return]


def local_response(node: Node, x: Tensor) -> Tensor:
    """Return the local response normalization across channels."""
    alpha, beta, bias = node.get("alpha", 1e-4), node.get("beta", 0.75), node.get("bias", 1.0)
    size = node.get("size")
    before, after = (size - 1) // 2, size - 1 - (size - 1) // 2
    flat = x.square().flatten(2)[:, None]  # (N, 1, C, …): a window along the channels
    summed = F.avg_pool2d(F.pad(flat, (0, 0, before, after)), (size, 1), 1)[:, 0] * size
    return x / (bias + alpha / size * summed.reshape(x.shape)) ** beta  # type: ignore[no-any-return]


TABLE: dict[str, Callable[..., Any]] = {
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "GroupNormalization": group_norm,
    "LRN": local_response,
}
