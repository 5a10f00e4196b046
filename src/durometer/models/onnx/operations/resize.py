"""Resizing of pictures, each axis on its own, as ONNX defines it; by torch's own where that is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.models.onnx.node import Node, Static, Value, as_tensor, ints

CONVENTIONS: dict[str, Callable[[Static, int, int, float], Static]] = {
    "half_pixel": lambda i, old, new, scale: (i + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda i, old, new, scale: (i + 0.5) / scale - 0.5 if new > 1 else i * 0.0,
    "asymmetric": lambda i, old, new, scale: i / scale,
    "align_corners": lambda i, old, new, scale: i * (old - 1) / (new - 1) if new > 1 else i * 0.0,
}
"""Name -> the place in the old picture of pixel i of the new one."""
WHOLE = 1e-6
"""A length that is a factor times the old one, up to rounding: torch's own factor is then the same."""
ROUNDINGS: dict[str, Callable[[Static], Static]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def resize(
    node: Node, x: Tensor, roi: Value | None = None, scales: Value | None = None, sizes: Value | None = None
) -> Tensor:
    """Return x at another size: the nearest pixel, linear or cubic between pixels."""
    if node.opset < 11:  # (x, scales), and what Upsample did
        return upsample(node, x, roi)
    for name in ("antialias", "exclude_outside"):
        if node.get(name, 0):
            raise node.refuse(f"is told {name}")
    if node.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise node.refuse("keeps the aspect ratio")
    new, factors = _target(node, x, scales, sizes)
    convention = node.get("coordinate_transformation_mode", "half_pixel")
    if convention not in CONVENTIONS:
        raise node.refuse(f"resizes by the convention {convention}")
    return _resized(node, x, new, factors, convention)


def upsample(node: Node, x: Tensor, scales: Value | None = None) -> Tensor:
    """Return x larger by factors, as operator sets before 11 write it: pixel i lies at i / factor."""
    given = node.get("scales") if scales is None else _numbers(node, scales)
    factors = np.asarray(given, np.float32)
    new = [side if f == 1 else int(side * f) for side, f in zip(x.shape, factors, strict=True)]
    return _resized(node, x, new, factors.tolist(), "asymmetric", rounding="floor")


def _target(
    node: Node, x: Tensor, scales: Value | None, sizes: Value | None
) -> tuple[list[int], list[float]]:
    """Return the new length and the factor of every axis."""
    axes = [a % x.ndim for a in node.get("axes") or range(x.ndim)]
    new, factors = list(x.shape), [1.0] * x.ndim
    if sizes is not None and len(ints(sizes, node)):
        for axis, side in zip(axes, ints(sizes, node), strict=True):
            new[axis], factors[axis] = side, 1.0 if side == x.shape[axis] else side / x.shape[axis]
        return new, factors
    for axis, factor in zip(axes, _numbers(node, scales), strict=True):
        if factor != 1:
            new[axis], factors[axis] = int(np.floor(np.float32(x.shape[axis]) * factor)), float(factor)
    return new, factors


def _numbers(node: Node, value: Value | None) -> Static:
    if value is None or isinstance(value, Tensor):
        raise node.refuse("takes a size that depends on the input's values")
    return value.reshape(-1).astype(np.float32)


def _resized(
    node: Node, x: Tensor, new: list[int], factors: list[float], convention: str, rounding: str = ""
) -> Tensor:
    mode = node.get("mode", "nearest")
    rounding = rounding or node.get("nearest_mode", "round_prefer_floor")
    changed = [axis for axis, factor in enumerate(factors) if factor != 1]
    whole = all(abs(new[axis] - x.shape[axis] * factors[axis]) < WHOLE for axis in changed)
    if changed and changed[0] > 1 and whole and x.ndim in (3, 4, 5):
        if mode == "nearest" and (convention, rounding) == ("asymmetric", "floor"):
            return F.interpolate(x, size=new[2:], mode="nearest")
        if mode == "linear" and convention in ("half_pixel", "align_corners"):
            kind = {3: "linear", 4: "bilinear", 5: "trilinear"}[x.ndim]
            return F.interpolate(x, size=new[2:], mode=kind, align_corners=convention == "align_corners")
    for axis in changed:
        pixels = np.arange(new[axis], dtype=np.float32)
        places = CONVENTIONS[convention](pixels, x.shape[axis], new[axis], factors[axis])
        x = _along(node, x, axis, places, mode, rounding)
    return x


def _along(node: Node, x: Tensor, axis: int, places: Static, mode: str, rounding: str) -> Tensor:
    """Return x read at these places of one axis; its last pixel goes on beyond the edge."""
    old = x.shape[axis]
    if mode == "nearest":
        nearest = ROUNDINGS[rounding](places).clip(0, old - 1).astype(np.int64)
        return x.index_select(axis, torch.from_numpy(nearest).to(x.device))
    if mode == "linear":
        weights = _mixing(places.clip(0, old - 1), old, (0, 1), lambda t: 1 - t)
    elif mode == "cubic":
        weights = _mixing(places, old, (-1, 0, 1, 2), lambda t: _cubic(t, node.get("cubic_coeff_a", -0.75)))
    else:
        raise node.refuse(f"resizes in the mode {mode}")
    return (x.movedim(axis, -1) @ as_tensor(weights.T, x)).movedim(-1, axis)


def _mixing(places: Static, old: int, taps: tuple[int, ...], kernel: Callable[[Static], Static]) -> Static:
    """Return (new, old): how much of each old pixel goes into each new one."""
    base = np.floor(places)
    weights = np.zeros((len(places), old), np.float32)
    for tap in taps:
        at = (base + tap).clip(0, old - 1).astype(np.int64)
        np.add.at(weights, (np.arange(len(places)), at), kernel(np.abs(places - (base + tap))))
    return weights


def _cubic(t: Static, a: float) -> Static:
    """Return the cubic convolution kernel at distances t below 2 (Keys, 1981)."""
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, far)


TABLE: dict[str, Callable[..., Any]] = {"Resize": resize, "Upsample": upsample}
