"""Whether a twin answers as onnxruntime does; if not, where the two part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import InputSpec, ModelError
from durometer.core.oracle import in_fixed_batches
from durometer.models.adapter import to_units
from durometer.models.onnx.files import Packed
from durometer.models.onnx.node import Node
from durometer.models.onnx.reading import all_values
from durometer.models.onnx.signature import Signature
from durometer.models.onnx.twin import Twin, deviations, difference, first_difference

TOLERANCE = 1e-4
"""Largest difference, of max(1, largest output)."""
SIDES = (32, 224, 64, 28, 8)
"""Sides that a network leaves free are tried at so many pixels."""
TRIED = 3
"""Pictures of noise."""


def settle(twin: Twin, packed: Packed, session: Any, signature: Signature, spec: InputSpec) -> None:
    """Compare a new twin with onnxruntime on noise in the range that the network takes.

    A file of a fixed batch size is taken at any size first; where that does not agree, in parts of its own.

    Raises:
        ModelError: they differ, or onnxruntime itself fails.
    """
    x, theirs = _noise(session, signature, spec)
    try:
        check_twin(twin, packed, x, theirs)
    except ModelError:
        if twin.batch in (None, len(x)):
            raise
        twin.in_parts = True
        check_twin(twin, packed, x, theirs)


def check_twin(twin: Twin, packed: Packed, x: Tensor, theirs: Tensor) -> None:
    """Compare a twin's answers with onnxruntime's.

    Args:
        twin: The torch module.
        packed: The file.
        x: Inputs as the network takes them.
        theirs: What onnxruntime answered.

    Raises:
        ModelError: they differ by more than the tolerance; with the first operation that does.
    """
    with torch.no_grad():
        ours = twin(x.to(_device(twin))).cpu()
    gap = difference(ours, theirs)
    if gap > TOLERANCE:
        raise _parting(twin, packed, x, ours, theirs)


def answers(session: Any, signature: Signature, x: Tensor) -> Tensor:
    """Return what onnxruntime answers to inputs as the network takes them, in batches that it takes."""
    batch = signature.shape[0] or max(1, len(x))
    return torch.cat([
        torch.from_numpy(session.run([signature.output], {signature.input: part.numpy()})[0])[:real]
        for part, real in in_fixed_batches(x, batch)
    ])  # fmt: skip


def _noise(session: Any, signature: Signature, spec: InputSpec) -> tuple[Tensor, Tensor]:
    """Return pictures of noise, of the first size that onnxruntime takes, and its answers."""
    problem: Exception | None = None
    for shape in dict.fromkeys(_shapes(signature, spec)):
        drawn = np.random.Generator(np.random.Philox(0)).random((TRIED, *shape), dtype=np.float32)
        x = to_units(torch.from_numpy(drawn), spec)
        x = x.flatten(1) if len(signature.shape) == 2 else x
        try:
            return x, answers(session, signature, x)
        except Exception as error:  # onnxruntime's own classes share no base
            problem = error
    reason = " ".join(str(problem).split())[:160].rstrip(".")
    raise ModelError(f"onnxruntime takes no picture of noise of a size that was tried ({reason})")


def _shapes(signature: Signature, spec: InputSpec) -> Iterator[tuple[int, ...]]:
    """Yield shapes (C, H, W) to try: the card's size, what the file fixes, and for free sides some."""
    free = signature.shape[1:]
    height, width = (None, None) if len(free) != 3 else free[:2] if spec.layout == "nhwc" else free[1:]
    for side in (None, *SIDES):
        known = spec.size if side is None else None
        if known or side:
            tall, wide = known or (side, side)
            yield spec.channels, int(height or tall or 1), int(width or wide or 1)


def _device(twin: Twin) -> torch.device:
    return next((b.device for b in twin.buffers()), torch.device("cpu"))


def _parting(twin: Twin, packed: Packed, x: Tensor, ours: Tensor, theirs: Tensor) -> ModelError:
    if ours.shape != theirs.shape:
        shapes = f"{tuple(ours.shape)}, onnxruntime's {tuple(theirs.shape)}"
        return ModelError(f"the imported network's answers are of shape {shapes}")
    gaps = deviations(ours, theirs).flatten(1).amax(dim=1)
    found = _first(twin, packed, x, int(gaps.argmax()))
    at = f", from the operation {found.op} ({found.name}) on" if found else ""
    return ModelError(
        f"the imported network differs from onnxruntime by {float(gaps.max()):.1e} of its largest output{at}",
        fix="Attacks that need no gradient, such as square, still work",
    )


def _first(twin: Twin, packed: Packed, x: Tensor, worst: int) -> Node | None:
    """Return the first operation whose values differ at the input where the answers differ most."""
    one = x[worst : worst + 1]
    one = one.expand(twin.batch or 1, *one.shape[1:]).contiguous()
    try:
        with torch.no_grad():
            found = first_difference(twin, all_values(packed, one.numpy()), one, TOLERANCE)
    except Exception:  # where they part is a help, not the finding
        return None
    return found[0] if found else None
