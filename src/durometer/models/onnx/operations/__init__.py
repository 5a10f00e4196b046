"""What ONNX operations do in torch, one file a family: (node, *values) -> a value or several.

To add one: write a function in the file of its family and list it in that file's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from durometer.models.onnx.operations import (
    activations,
    arithmetic,
    attention,
    convolution,
    dense,
    layout,
    normalization,
    pooling,
    reduction,
    resize,
    selection,
)

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **activations.TABLE,
    **arithmetic.TABLE,
    **attention.TABLE,
    **convolution.TABLE,
    **dense.TABLE,
    **layout.TABLE,
    **normalization.TABLE,
    **pooling.TABLE,
    **reduction.TABLE,
    **resize.TABLE,
    **selection.TABLE,
}
"""Operator type -> what it does."""
