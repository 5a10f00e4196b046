"""One operation of an ONNX graph, as its handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from durometer.core import ModelError

Static = npt.NDArray[Any]
"""A value that depends on shapes and constants only: kept in numpy, so that torch sees plain numbers."""
Value = Tensor | Static


@dataclass(frozen=True)
class Node:
    """An operation.

    Attributes:
        op: Its type, such as `Conv`.
        name: Its own name, or that of its first output.
        opset: The version of the operator set that the file was written for.
        inputs, outputs: Names of values; an input that is left out is empty.
        attributes: Name -> number, text, tuple, or numpy array.
    """

    op: str
    name: str
    opset: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return an attribute."""
        return self.attributes.get(name, otherwise)

    def refuse(self, what: str) -> ModelError:
        """Return the error that this operation can't be imported, in words."""
        return ModelError(
            f"the operation {self.op} ({self.name}) {what}",
            fix="Attacks that need no gradient, such as square, still work",
        )

    def failed(self, error: Exception) -> ModelError:
        """Return the error that this operation failed, with the runtime's reason."""
        return self.refuse(f"fails ({' '.join(str(error).split())[:160].rstrip('.')})")


def ints(value: Value | None, node: Node) -> tuple[int, ...]:
    """Return a value known beforehand as whole numbers: axes, shapes, pads.

    Raises:
        ModelError: if it depends on the input's values.
    """
    if value is None:
        return ()
    if isinstance(value, Tensor):
        raise node.refuse("takes a shape that depends on the input's values")
    return tuple(value.reshape(-1).tolist())


def number(value: Value | None, node: Node, otherwise: float | None = None) -> float | None:
    """Return a value known beforehand as one number."""
    if value is None:
        return otherwise
    if isinstance(value, Tensor):
        raise node.refuse("takes a number that depends on the input's values")
    return float(value.reshape(-1)[0])


def as_tensor(value: Value, like: Tensor) -> Tensor:
    """Return a value as a tensor on the device of another; floats in its type."""
    if isinstance(value, Tensor):
        return value
    made = torch.tensor(np.asarray(value), device=like.device)
    return made.to(like.dtype) if made.is_floating_point() and like.is_floating_point() else made


def tensors(*values: Value | None) -> tuple[Any, ...]:
    """Return values as tensors, on the device of the first that is one, else the CPU; None stays."""
    like = next((v for v in values if isinstance(v, Tensor)), torch.zeros(()))
    return tuple(None if v is None else as_tensor(v, like) for v in values)


def axes_of(node: Node, given: Value | None) -> tuple[int, ...] | None:
    """Return axes, an attribute in older operator sets and an input in newer ones; None if not given."""
    if given is not None:
        return ints(given, node)
    found = node.get("axes")
    return None if found is None else tuple(int(a) for a in found)
