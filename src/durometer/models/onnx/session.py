"""ONNX files through onnxruntime: forward only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import Model, ModelCard, Trait
from durometer.core.oracle import in_fixed_batches
from durometer.models.adapter import Adapter
from durometer.models.answers import scores
from durometer.models.onnx.files import open_session, read_packed
from durometer.models.onnx.signature import Signature, read_signature
from durometer.models.options import Options, make_card, stem
from durometer.models.shapes import check_fits


class OnnxModel(Adapter):
    """An ONNX network: logits or probabilities, no gradients.

    A network of a fixed batch size is asked in parts of that size, the last one padded.

    Args:
        session: An `onnxruntime.InferenceSession`.
        signature: Its input and the output that is read.
        card: What is known of it.
    """

    def __init__(self, session: Any, signature: Signature, card: ModelCard) -> None:
        super().__init__(card)
        self._session, self._signature = session, signature

    def _forward(self, x: Tensor, /) -> Any:
        batch = self._signature.shape[0]
        if batch is None:
            return self._run(x)
        parts = in_fixed_batches(x, batch)
        return torch.cat(
            [scores(self._run(part), batch, where=self.card.name)[:real] for part, real in parts]
        )

    def _run(self, x: Tensor) -> Tensor:
        s = self._signature
        shaped = x.flatten(1) if len(s.shape) == 2 else x
        array = np.ascontiguousarray(shaped.detach().numpy())
        if not np.issubdtype(s.dtype, np.floating):
            array = np.rint(array).clip(*_limits(s.dtype))
        (answer,) = self._session.run([s.output], {s.input: array.astype(s.dtype, copy=False)})
        return torch.from_numpy(np.asarray(answer))


def load_onnx(what: str, options: Options) -> Model:
    """`.onnx` and `.onnx.gz`, with onnxruntime; forward only, so no gradient attacks."""
    path = Path(what)
    packed = read_packed(path)
    session = open_session(packed, threads=options.threads, device=options.device, where=what)
    signature = read_signature(session, where=what)
    traits: frozenset[Trait] = frozenset({"logits"})
    card = make_card(stem(path), packed.digest, known=signature.known, options=options, traits=traits)
    check_fits(signature.shape, card.input, where=what)
    return OnnxModel(session, signature, card)


def _limits(dtype: np.dtype[Any]) -> Sequence[int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)
