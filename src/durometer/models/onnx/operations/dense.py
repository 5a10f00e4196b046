"""Products of matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, Value, tensors


def gemm(node: Node, a: Value, b: Value, c: Value | None = None) -> Tensor:
    """Return alpha · A B + beta · C, A or B transposed where it says so."""
    one, two, three = tensors(a, b, c)
    turned = bool(node.get("transB", 0))
    plain = [node.get(key, usual) == usual for key, usual in (("transA", 0), ("alpha", 1.0), ("beta", 1.0))]
    if all(plain) and (three is None or three.shape == (two.shape[:1] if turned else two.shape[1:])):
        return F.linear(one, two if turned else two.T, three)
    one = one.T if node.get("transA", 0) else one
    two = two.T if node.get("transB", 0) else two
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    product = one @ two if alpha == 1.0 else alpha * (one @ two)
    if three is None or beta == 0:
        return product  # type: ignore[no-any-return]
    return product + (three if beta == 1.0 else beta * three)  # type: ignore[no-any-return]


def matmul(node: Node, a: Value, b: Value) -> Tensor:
    """Return the product, batched over leading axes."""
    one, two = tensors(a, b)
    return torch.matmul(one, two)


def einsum(node: Node, *values: Value) -> Tensor:
    """Return the sum that the equation says."""
    equation = node.get("equation")
    return torch.einsum(equation, *tensors(*values))


TABLE: dict[str, Callable[..., Any]] = {"Gemm": gemm, "MatMul": matmul, "Einsum": einsum}
