"""Reconstruction models: the view measures the canvas, the network sees what measuring left of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import torch
from torch import Tensor, nn

from durometer.core import InputSpec, ModelCard, Param
from durometer.models.module import ModuleModel
from durometer.ops.kspace import lines, zero_filled

GRAY = InputSpec(channels=1)


@dataclass(frozen=True)
class Measurement:
    """Cartesian measurement in Fourier space: the same lines of every picture; see `durometer.ops.kspace`."""

    acceleration: Annotated[float, Param("one of so many lines is measured", low=1)] = 4.0
    center: Annotated[float, Param("share of lines in the middle that always are", low=0, high=1)] = 0.08
    seed: Annotated[int, Param("draws the other lines")] = 0

    def __call__(self, x: Tensor, /) -> Tensor:
        """Return (B, 1, H, W) in [0, 1]: the zero-filled magnitude of gray pictures (B, 1, H, W).

        Differentiable. Values above 1, which ringing beside bright edges can reach, are cut off. One by one,
        so that a picture's view does not depend on what is viewed beside it.
        """
        chosen = lines(int(x.shape[-1]), acceleration=self.acceleration, center=self.center, seed=self.seed)
        return torch.stack([zero_filled(one, chosen) for one in x]).clamp(0, 1)


class Measured(ModuleModel):
    """A reconstruction network: canvas, gray, measured, zero-filled; then the network.

    So every change of a picture is one of the thing before it is measured, A T(t), and an attack adds to
    what the network is given, A t + δ, in [0, 1].

    Args:
        module: Takes zero-filled pictures (B, 1, H, W) in [0, 1], returns pictures (B, 1, H, W).
        name: Of the model.
        measurement: What `view` does.
        size: (height, width) to resize canvases to before; None measures them as they are.
        digest: Of what was loaded, if known.
        copy: See `ModuleModel`.
    """

    def __init__(
        self, module: nn.Module, name: str, *, measurement: Measurement | None = None,
        size: tuple[int, int] | None = None, digest: str = "", copy: bool = True,
    ) -> None:  # fmt: skip
        self.measurement = measurement or Measurement()
        card = ModelCard(
            name, digest, task="reconstruction", traits=frozenset({"grad"}), input=replace(GRAY, size=size),
            guesses=(f"Its view measures: {self.measurement}.",),
        )  # fmt: skip
        super().__init__(module, card, copy=copy)

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return (B, 1, h, w) in [0, 1]: the zero-filled measurement of a canvas (B, C, H, W)."""
        return self.measurement(super().view(canvas))


def zero_filling() -> Measured:
    """Return the model that hands back what it is given: what any reconstruction must be better than."""
    return Measured(nn.Identity(), "zero-filled")
