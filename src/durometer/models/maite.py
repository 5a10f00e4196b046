"""MAITE models as ours, by their shape alone: the package need not be installed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from durometer.core import Model, ModelCard, ModelError
from durometer.models.adapter import Adapter
from durometer.models.callable import callable_digest
from durometer.models.module import module_digest
from durometer.models.options import Known, Options, make_card
from durometer.models.output import SIDES


class MaiteModel(Adapter):
    """A MAITE image classifier (protocols of MAITE 0.10): a sequence of (C, H, W) in, one of (Cl,) out.

    Each input is handed over as a float32 array of its own, or as a tensor where arrays are not taken, in
    the range that the card says. It gives no gradients.

    Args:
        model: Called with one list of inputs.
        card: What is known of it.
        arrays: Hand over numpy arrays, not tensors.
    """

    def __init__(self, model: Any, card: ModelCard, *, arrays: bool) -> None:
        super().__init__(card)
        self._model, self._arrays = model, arrays

    def _forward(self, x: Tensor, /) -> Any:
        rows = x.detach()
        with torch.no_grad():
            answers = self._model([row.numpy() if self._arrays else row for row in rows])
        if len(answers) != len(x):
            raise ModelError(f"gave {len(answers)} answers for {len(x)} inputs", where=self.card.name)
        return torch.stack([_as_tensor(answer) for answer in answers])


def is_maite_model(thing: Any) -> bool:
    """Say whether something is a MAITE model by its shape: callable, with metadata that hold an id."""
    metadata = getattr(thing, "metadata", None)
    made = not isinstance(thing, type)
    return made and callable(thing) and isinstance(metadata, Mapping) and "id" in metadata


def load_maite(model: Any, options: Options) -> Model:
    """A MAITE image classifier: name and labels are those of its metadata, unless said otherwise."""
    known = Known(labels=_labels(model.metadata))
    card = make_card(str(model.metadata["id"]), _digest(model), known=known, options=options)
    return MaiteModel(model, card, arrays=_takes_arrays(model, card))


def _labels(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    named = {int(k): str(v) for k, v in dict(metadata.get("index2label") or {}).items()}
    whole = set(named) == set(range(len(named)))
    return tuple(named[k] for k in range(len(named))) if whole else ()


def _digest(model: Any) -> str:
    """Hash the class's source and the parameters of every module that the model holds."""
    digest = hashlib.sha256(callable_digest(model).encode())
    held = vars(model) if hasattr(model, "__dict__") else {}
    modules = {"": model} if isinstance(model, nn.Module) else held
    for name, value in sorted(modules.items()):
        if isinstance(value, nn.Module):
            digest.update(f"\n{name} {module_digest(value)}".encode())
    return digest.hexdigest()


def _takes_arrays(model: Any, card: ModelCard) -> bool:
    """Ask both ways, tensors last: what only fails on the size of the input is asked for again by the run."""
    spec = card.input
    sizes: Sequence[tuple[int, int]] = [spec.size] if spec.size else [(side, side) for side in SIDES]
    for size in sizes:
        shape = (spec.channels, *size) if spec.layout == "nchw" else (*size, spec.channels)
        for arrays in (True, False):
            if _answers(model, torch.zeros(shape), arrays):
                return arrays
    return True


def _answers(model: Any, x: Tensor, arrays: bool) -> bool:
    try:
        with torch.no_grad():
            return len(model([x.numpy() if arrays else x] * 2)) == 2
    except Exception:  # a stranger's model may fail in any way
        return False


def _as_tensor(answer: Any) -> Tensor:
    return answer.detach().cpu() if isinstance(answer, Tensor) else torch.as_tensor(np.asarray(answer))
