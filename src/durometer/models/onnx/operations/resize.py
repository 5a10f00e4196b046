"""Resizing of pictures in the ways that torch shares with ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, Value, ints


def resize(
    node: Node, x: Tensor, roi: Value | None = None, scales: Value | None = None, sizes: Value | None = None
) -> Tensor:
    """Return x at another size: nearest as asymmetric and floor, or (bi)linear in two conventions."""
    target = ints(sizes, node)
    factors = () if scales is None or isinstance(scales, Tensor) else tuple(map(float, scales.reshape(-1)))
    size = tuple(target[2:]) if target else tuple(
        int(side * f) for side, f in zip(x.shape[2:], factors[2:], strict=True)
    )  # fmt: skip
    mode, convention = (
        _text(node, "mode", "nearest"),
        _text(node, "coordinate_transformation_mode", "half_pixel"),
    )
    if mode == "nearest":
        whole = all(new % old == 0 for new, old in zip(size, x.shape[2:], strict=True))
        rounding = _text(node, "nearest_mode", "round_prefer_floor")
        if not whole and (convention, rounding) != ("asymmetric", "floor"):
            raise node.refuse(f"takes the nearest pixel by the convention {convention}, {rounding}")
        return F.interpolate(x, size=size, mode="nearest")
    if mode == "linear" and convention in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        kind = {3: "linear", 4: "bilinear", 5: "trilinear"}[x.ndim]
        return F.interpolate(x, size=size, mode=kind, align_corners=convention == "align_corners")
    raise node.refuse(f"resizes in the mode {mode} by the convention {convention}")


def upsample(node: Node, x: Tensor, scales: Value | None = None) -> Tensor:
    """Return x larger by factors, as operator sets before 10 write it."""
    factors = node.get("scales") if scales is None else scales
    assert factors is not None
    values = [float(f) for f in factors]
    size = tuple(int(side * f) for side, f in zip(x.shape[2:], values[2:], strict=True))
    if _text(node, "mode", "nearest") != "nearest":
        raise node.refuse("enlarges in another way than by the nearest pixel")
    return F.interpolate(x, size=size, mode="nearest")


def _text(node: Node, name: str, otherwise: str) -> str:
    found = node.get(name, otherwise)
    return found.decode() if isinstance(found, bytes) else str(found)


TABLE: dict[str, Callable[..., Any]] = {"Resize": resize, "Upsample": upsample}
