"""ONNX files through onnxruntime, which alone answers; gradients come from a torch twin of the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from durometer.core import InputSpec, MissingExtraError, Model, ModelCard, ModelError, Trait
from durometer.core.oracle import in_fixed_batches
from durometer.models.adapter import Adapter, as_device, to_units
from durometer.models.answers import scores
from durometer.models.onnx.agreement import answers, check_twin, settle
from durometer.models.onnx.files import Packed, open_session, read_packed
from durometer.models.onnx.reading import read_twin
from durometer.models.onnx.signature import Signature, read_signature
from durometer.models.onnx.twin import Twin
from durometer.models.options import Options, make_card, stem
from durometer.models.shapes import check_fits


class OnnxModel(Adapter):
    """An ONNX network: logits or probabilities.

    A network of a fixed batch size is asked in parts of that size, the last one padded. Where a gradient is
    wanted the twin answers; what is found with it is to be asked again without.

    Args:
        session: An `onnxruntime.InferenceSession`.
        signature: Its input and the output that is read.
        card: What is known of it.
        packed: The file, to look for the operation where the twin parts from onnxruntime.
        twin: The same graph in torch, if it could be imported.
        device: Where the twin computes.
    """

    def __init__(
        self,
        session: Any,
        signature: Signature,
        card: ModelCard,
        packed: Packed,
        twin: Twin | None = None,
        *,
        device: str = "cpu",
    ) -> None:
        super().__init__(card)
        self._session, self._signature, self._packed = session, signature, packed
        self._twin_device = as_device(device) if twin is not None else self.device
        self.twin = None if twin is None else twin.to(self._twin_device)

    def confirm(self, x: Tensor, /) -> None:
        """Compare the twin with onnxruntime on inputs (B, C, h, w) in [0, 1] that are to be attacked.

        Raises:
            ModelError: they differ by more than 1e-4 of max(1, largest output); with the first operation
                that does.
        """
        if self.twin is None:
            return
        units = self._shaped(to_units(x.detach().cpu(), self.card.input)).contiguous()
        try:
            check_twin(self.twin, self._packed, units, answers(self._session, self._signature, units))
        except ModelError as error:
            raise ModelError(error.what, where=self.card.name, fix=error.fix) from error

    @property
    def judges_apart(self) -> bool:
        """Whether gradients come with outputs of another runtime than the one that decides."""
        return self.twin is not None

    def _differentiates(self, x: Tensor) -> bool:
        return self.twin is not None and torch.is_grad_enabled() and x.requires_grad

    def _place(self, x: Tensor) -> torch.device:
        return self._twin_device if self._differentiates(x) else self.device

    def _forward(self, x: Tensor, /) -> Any:
        if self.twin is not None and self._differentiates(x):
            return self.twin(self._shaped(x))
        batch = self._signature.shape[0]
        if batch is None:
            return self._run(x)
        parts = in_fixed_batches(x, batch)
        return torch.cat(
            [scores(self._run(part), batch, where=self.card.name)[:real] for part, real in parts]
        )

    def _run(self, x: Tensor) -> Tensor:
        s = self._signature
        array = np.ascontiguousarray(self._shaped(x).detach().numpy())
        if not np.issubdtype(s.dtype, np.floating):
            array = np.rint(array).clip(*_limits(s.dtype))
        (answer,) = self._session.run([s.output], {s.input: array.astype(s.dtype, copy=False)})
        return torch.from_numpy(np.asarray(answer))

    def _shaped(self, x: Tensor) -> Tensor:
        return x.flatten(1) if len(self._signature.shape) == 2 else x


def load_onnx(what: str, options: Options) -> Model:
    """`.onnx` and `.onnx.gz`, with onnxruntime; gradients where the graph can be imported and agrees."""
    path = Path(what)
    packed = read_packed(path)
    session = open_session(packed, threads=options.threads, device=options.device, where=what)
    signature = read_signature(session, where=what)
    card = make_card(
        stem(path), packed.digest, known=signature.known, options=options, traits=frozenset({"logits"})
    )
    check_fits(signature.shape, card.input, where=what)
    twin, why = twin_of(packed, session, signature, card.input)
    traits: frozenset[Trait] = card.traits | {"grad"} if twin else card.traits
    card = replace(card, traits=traits, guesses=(*card.guesses, why) if why else card.guesses)
    return OnnxModel(session, signature, card, packed, twin, device=options.device)


def twin_of(packed: Packed, session: Any, signature: Signature, spec: InputSpec) -> tuple[Twin | None, str]:
    """Return the twin of a network, or None and why there is none, in a sentence.

    Args:
        packed: The file.
        session: onnxruntime's.
        signature: What the network takes and which output is read.
        spec: How it sees; noise to compare the two is in its range.
    """
    if signature.dtype != np.float32:
        return None, f"It takes {signature.dtype}, not float32: there are no gradients"
    try:
        twin = read_twin(packed, output=signature.output).eval()
        settle(twin, packed, session, signature, spec)
    except ModelError as error:
        return None, f"There are no gradients: {error.what}"
    except MissingExtraError as error:
        return None, f"There are no gradients: {error.what}. {error.fix}"
    return twin, ""


def _limits(dtype: np.dtype[Any]) -> Sequence[int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)
