"""What the shape of a network's input says of how it wants images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from durometer.core import InputSpec, ModelError

CHANNELS = (1, 3)


def image_input(shape: Sequence[int | None]) -> dict[str, Any]:
    """Return the fields of `InputSpec` that a shape says; None stands for a side that is free.

    (B, C, H, W) with 1 or 3 channels is `nchw`, else (B, H, W, C) `nhwc`; (B, D) is an image that was
    flattened, if D is a square or three of them. Nothing is said of what is free.
    """
    if len(shape) == 2:
        return _flat(shape[1])
    if len(shape) != 4:
        return {}
    last = shape[1] not in CHANNELS and shape[3] in CHANNELS
    channels, sides = (shape[3], shape[1:3]) if last else (shape[1], shape[2:4])
    said: dict[str, Any] = {"layout": "nhwc"} if last else {}
    if channels in CHANNELS:
        said["channels"] = channels
    if all(side is not None for side in sides):
        said["size"] = tuple(sides)
    return said


def _flat(length: int | None) -> dict[str, Any]:
    for channels in CHANNELS:
        side = math.isqrt((length or 0) // channels)
        if side > 1 and side * side * channels == length:
            return {"size": (side, side), "channels": channels}
    return {}


def check_fits(shape: Sequence[int | None], spec: InputSpec, *, where: str) -> None:
    """Refuse an input spec that a network of this input shape can't take.

    Raises:
        ModelError: saying both shapes.
    """
    height, width = spec.size or (None, None)
    wanted: list[int | None] = [spec.channels, height, width]
    if spec.layout == "nhwc":
        wanted = [height, width, spec.channels]
    if len(shape) == 2:
        total = None if height is None or width is None else spec.channels * height * width
        wanted = [total]
    pairs = zip(shape[1:], wanted, strict=True)
    if any(have is not None and want is not None and have != want for have, want in pairs):
        raise ModelError(
            f"takes inputs of shape {words(shape)}, not {words([None, *wanted])}",
            where=where,
            fix="Mend --input or the data sheet: size, channels and layout must fit the file",
        )


def words(shape: Sequence[int | None]) -> str:
    """Return a shape for people: `(any, 3, 224, 224)`."""
    return f"({', '.join('any' if side is None else str(side) for side in shape)})"
