"""A first question to a model, before a plan is believed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from durometer.core import Model, ModelError


def probe(model: Model, canvas_shape: Sequence[int]) -> int:
    """Show one gray canvas of this (C, H, W) and return how many outputs K the model has.

    Raises:
        ModelError: if it can't be shown such a canvas, fails, or doesn't answer with (1, K), K at least 2.
    """
    answer = answers(model, torch.full((1, *canvas_shape), 0.5))
    return int(answer.shape[1])


def answers(model: Model, canvas: Tensor) -> Tensor:
    """Return (B, K) outputs for canvases (B, C, H, W) in [0, 1], looked at soberly.

    Raises:
        ModelError: if the answer is not a tensor of two axes with a row for each canvas.
    """
    with torch.no_grad():
        output = model(model.view(canvas))
    if (
        not isinstance(output, Tensor)
        or output.ndim != 2
        or len(output) != len(canvas)
        or output.shape[1] < 2
    ):
        got = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
        raise ModelError(
            f"answered with {got} for {len(canvas)} inputs",
            where=model.card.name,
            fix="A classifier returns (B, K): one score for each of K classes",
        )
    return output
