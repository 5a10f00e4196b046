"""Whether a twin answers as onnxruntime does; if not, where the two part."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import ModelError
from durometer.core.oracle import in_fixed_batches
from durometer.models.onnx.files import Packed
from durometer.models.onnx.reading import all_values
from durometer.models.onnx.signature import Signature
from durometer.models.onnx.twin import Twin, difference, first_difference

TOLERANCE = 1e-4
"""Largest difference, of max(1, largest output)."""
SIDE = 32
"""Sides that a network leaves free are tried at so many pixels."""


def check_twin(
    twin: Twin, packed: Packed, session: Any, signature: Signature, x: Tensor | None = None
) -> None:
    """Ask both about the same inputs.

    Args:
        twin: The torch module.
        packed: The file.
        session: onnxruntime's.
        signature: What the network takes.
        x: Inputs as the network takes them; three pictures of noise if not given.

    Raises:
        ModelError: they differ by more than the tolerance; with the first operation that does.
    """
    x = _noise(signature) if x is None else x
    batch = signature.shape[0]
    theirs = torch.cat([
        torch.from_numpy(session.run([signature.output], {signature.input: part.numpy()})[0])[:real]
        for part, real in in_fixed_batches(x, batch or len(x))
    ])  # fmt: skip
    try:
        with torch.no_grad():
            gap = difference(twin(x), theirs)
    except ModelError:
        raise
    except Exception as error:  # torch's own, on a graph that is imported wrongly
        raise ModelError(f"the imported network fails ({' '.join(str(error).split())[:160]})") from error
    if gap > TOLERANCE:
        raise _parting(twin, packed, x[: batch or 1], gap)


def _noise(signature: Signature) -> Tensor:
    shape = [3, *(side or SIDE for side in signature.shape[1:])]
    drawn = np.random.Generator(np.random.Philox(0)).random(shape, dtype=np.float32)
    return torch.from_numpy(drawn)


def _parting(twin: Twin, packed: Packed, x: Tensor, gap: float) -> ModelError:
    with torch.no_grad():
        found = first_difference(twin, all_values(packed, x.numpy()), x, TOLERANCE)
    at = f", from the operation {found[0].op} ({found[0].name}) on" if found else ""
    return ModelError(f"the imported network differs from onnxruntime by {gap:.1e} of its largest output{at}")
