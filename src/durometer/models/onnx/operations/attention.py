"""Attention as one operation, as operator sets from 23 on may write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from durometer.models.onnx.node import Node, tensors


def attention(node: Node, q: Any, k: Any, v: Any, mask: Any = None, *more: Any) -> Tensor:
    """Return softmax(scale · Q Kᵀ + mask) V for each head."""
    if any(part is not None for part in more) or any(node.outputs[1:]):
        raise node.refuse("remembers keys and values, or is asked for them")
    if node.get("softcap", 0.0):
        raise node.refuse("caps its products")
    q, k, v, mask = tensors(q, k, v, mask)
    flat = q.ndim == 3
    if flat:
        q = _heads(q, node.get("q_num_heads"))
        k, v = (_heads(part, node.get("kv_num_heads")) for part in (k, v))
    shared = q.shape[1] // k.shape[1]
    k, v = (part.repeat_interleave(shared, dim=1) if shared > 1 else part for part in (k, v))
    products = (q @ k.transpose(-1, -2)) * (node.get("scale") or q.shape[-1] ** -0.5)
    weights = torch.softmax(_masked(node, products, mask), dim=-1)
    found = weights @ v
    return found.transpose(1, 2).flatten(2) if flat else found  # type: ignore[no-any-return]


def _heads(x: Tensor, heads: int) -> Tensor:
    """Return (B, heads, N, d) of (B, N, heads · d)."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def _masked(node: Node, products: Tensor, mask: Tensor | None) -> Tensor:
    if node.get("is_causal", 0):
        ahead = torch.ones_like(products[0, 0], dtype=torch.bool).triu(1)
        products = products.masked_fill(ahead, float("-inf"))
    if mask is None:
        return products
    return products.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else products + mask


TABLE: dict[str, Callable[..., Any]] = {"Attention": attention}
