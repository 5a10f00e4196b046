"""What an ONNX network takes and returns, and what its metadata says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from durometer.core import ModelError
from durometer.models.labels import labels_of
from durometer.models.options import Known
from durometer.models.shapes import image_input, words

DTYPES = {
    "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
}  # fmt: skip
FLOATS = ("tensor(float)", "tensor(float16)", "tensor(double)")
PREFERRED = ("logit", "prob", "softmax", "score", "class", "output")


@dataclass(frozen=True)
class Signature:
    """The input and output of a session.

    Attributes:
        input, output: Their names.
        shape: The input's shape; None where it is free.
        dtype: The input's type.
        known: What shape, type and metadata say of how it sees.
    """

    input: str
    output: str
    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]
    known: Known


def read_signature(session: Any, *, where: str) -> Signature:
    """Return what a session takes and returns.

    Raises:
        ModelError: if it doesn't take one batch of images, or returns no scores.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(i.name for i in inputs)
        raise ModelError(
            f"takes {len(inputs)} inputs ({names})", where=where, fix="A classifier takes one: images"
        )
    shape = tuple(side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape)
    if inputs[0].type not in DTYPES:
        raise ModelError(f"takes {inputs[0].type}, not numbers", where=where)
    said = image_input(shape)
    if len(shape) != 4 and not said:
        raise ModelError(f"takes inputs of shape {words(shape)}, not images", where=where)
    output, guesses = _output(session.get_outputs(), where)
    if not np.issubdtype(DTYPES[inputs[0].type], np.floating):
        said |= {"low": 0.0, "high": 255.0}
    if len(shape) == 2:
        side = said["size"][0]
        guesses += (
            f"Its vectors of {shape[1]} numbers are taken as images of {said['channels']}x{side}x{side}",
        )
    labels = labels_of(session.get_modelmeta().custom_metadata_map)
    dtype = np.dtype(DTYPES[inputs[0].type])
    return Signature(inputs[0].name, output, shape, dtype, Known(said, labels, guesses))


def _output(outputs: Sequence[Any], where: str) -> tuple[str, tuple[str, ...]]:
    """Choose the output that holds scores: floats, one row an input; a telling name first."""
    fit = [o for o in outputs if o.type in FLOATS and (not o.shape or len(o.shape) == 2 or _trails(o.shape))]
    if not fit:
        listed = ", ".join(
            f"{o.name} {o.type} {words([s if isinstance(s, int) else None for s in o.shape])}"
            for o in outputs
        )
        raise ModelError(f"returns no scores (B, K), only {listed}", where=where)
    ranked = sorted(
        fit, key=lambda o: next((i for i, w in enumerate(PREFERRED) if w in o.name.lower()), len(PREFERRED))
    )
    if len(outputs) == 1:
        return fit[0].name, ()
    return ranked[0].name, (f"Of its {len(outputs)} outputs {ranked[0].name!r} is read",)


def _trails(shape: Sequence[Any]) -> bool:
    return len(shape) > 2 and all(side == 1 for side in shape[2:])
