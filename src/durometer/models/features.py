"""What a network makes of an input before it answers."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from durometer.core import Model, ModelCard, ModelError, did_you_mean
from durometer.models.module import ModuleModel

Pool = Literal["mean", "none"]


class Features:
    """A model's features as one vector a canvas.

    Args:
        model: A model, or an `nn.Module` that takes (B, C, H, W) in [0, 1].
        layer: Name of the layer whose output is taken, as in `named_modules()`. Left out: what goes into the
            last linear layer; and where there is none, or the model is not a module, the model's answers.
        pool: `mean` takes maps (B, D, h, w) over their places and tokens (B, T, D) over the tokens; `none`
            keeps every value where it is.

    Attributes:
        what: Where the features come from, in words.

    Raises:
        ModelError: a layer is named that the model lacks, or the model has no layers to name.
    """

    def __init__(self, model: Model | nn.Module, layer: str | None = None, *, pool: Pool = "mean") -> None:
        self.model: Model = (
            ModuleModel(model, ModelCard(type(model).__name__, digest=""))
            if isinstance(model, nn.Module)
            else model
        )
        self._pool = pool
        self._module: nn.Module | None = getattr(self.model, "module", None)
        self._layer, self._before, self.what = self._find(layer)

    def __call__(self, canvas: Tensor, /) -> Tensor:
        """Return (B, D) float64 for canvases (B, C, H, W) in [0, 1]."""
        with torch.no_grad():
            x = self.model.view(canvas)
            found = self.model(x) if self._layer is None else self._hooked(x)
        return pooled(found, self._pool).double().cpu()

    def _find(self, layer: str | None) -> tuple[nn.Module | None, bool, str]:
        known = dict(self._module.named_modules()) if isinstance(self._module, nn.Module) else {}
        if layer is not None:
            if layer not in known:
                hint = did_you_mean(layer, known) or "Leave layer out to compare its answers"
                raise ModelError(
                    f"there is no layer {layer!r}", where=self.model.card.name, fix=hint.rstrip(".")
                )
            return known[layer], False, f"output of layer {layer!r}"
        linear = [(name, m) for name, m in known.items() if isinstance(m, nn.Linear)]
        if not linear:
            return None, False, f"answers ({self.model.card.output}): it shows no last linear layer"
        return linear[-1][1], True, f"input of the last linear layer {linear[-1][0]!r}"

    def _hooked(self, x: Tensor) -> Tensor:
        assert self._layer is not None
        seen: list[Any] = []
        if self._before:
            handle = self._layer.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        else:
            handle = self._layer.register_forward_hook(lambda _, __, out: seen.append(out))
        try:
            self.model(x)
        finally:
            handle.remove()
        first = seen[-1] if seen else None
        first = first[0] if isinstance(first, tuple | list) and first else first
        if not isinstance(first, Tensor) or len(first) != len(x):
            raise ModelError(
                "the layer gave no tensor with one row an input",
                where=self.model.card.name, fix="Name another layer",
            )  # fmt: skip
        return first


def pooled(found: Tensor, pool: Pool) -> Tensor:
    """Return (B, D) of features (B, D), maps (B, D, h, w) or tokens (B, T, D)."""
    if pool == "mean" and found.ndim == 4:
        return found.mean(dim=(2, 3))
    if pool == "mean" and found.ndim == 3:
        return found.mean(dim=1)
    return found.flatten(1)
