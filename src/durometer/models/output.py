"""Logits or probabilities: said, or seen in the first answers."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from durometer.core import Model, ModelCard, ModelError
from durometer.models.options import Options
from durometer.models.probe import answers

TOLERANCE = 1e-3
"""How far a row of probabilities may sum from 1: half precision and rounding in a file's softmax."""
SIDES = (224, 64, 32, 28, 8)
"""Canvases tried, in pixels, for a model whose input size nobody said."""


def look(card: ModelCard, output: Tensor | None, options: Options, *, said_labels: bool) -> ModelCard:
    """Return the card with what the first answers (B, K) show: the kind of output and the labels.

    Raises:
        ModelError: if the answers contradict what was said.
    """
    if output is None:
        return card if options.output != "auto" else replace(
            card, guesses=(*card.guesses, "The output was not seen before the run and is taken as logits")
        )  # fmt: skip
    return _labels(_kind(card, output, options), int(output.shape[1]), said=said_labels)


def first_answers(model: Model) -> Tensor | None:
    """Return the outputs for four plain canvases, or None where the input size is unknown and none fits.

    Raises:
        ModelError: if the model fails at the size its card says.
    """
    spec = model.card.input
    if spec.size is not None:
        return answers(model, _canvases(spec.channels, *spec.size))
    for side in SIDES:
        try:
            return answers(model, _canvases(spec.channels, side, side))
        except ModelError:
            continue
    return None


def are_probabilities(output: Tensor) -> bool:
    """Say whether every row (B, K) is non-negative and sums to 1."""
    return bool(
        torch.isfinite(output).all()
        and (output >= 0).all()
        and ((output.sum(dim=1) - 1).abs() < TOLERANCE).all()
    )


def _canvases(channels: int, height: int, width: int) -> Tensor:
    """Black, gray, white and a ramp: four inputs that any image classifier takes."""
    ramp = torch.linspace(0, 1, width).expand(channels, height, width)
    flat = [torch.full((channels, height, width), v) for v in (0.0, 0.5, 1.0)]
    return torch.stack([*flat, ramp])


def _kind(card: ModelCard, output: Tensor, options: Options) -> ModelCard:
    seen = are_probabilities(output)
    if options.output == "probabilities" and not seen:
        raise ModelError(
            "probabilities were said, but the first answers are not non-negative rows that sum to 1",
            where=card.name,
            fix="Say --output logits",
        )
    if options.output == "logits" or not seen:
        return card
    note = () if options.output == "probabilities" else (
        "The output is taken as probabilities: the first answers are non-negative and sum to 1 (--output)",
    )  # fmt: skip
    return replace(
        card, output="probabilities", traits=card.traits - {"logits"}, guesses=(*card.guesses, *note)
    )


def _labels(card: ModelCard, outputs: int, *, said: bool) -> ModelCard:
    if len(card.labels) == outputs:
        return card
    if said:
        raise ModelError(f"{len(card.labels)} labels were said for {outputs} outputs", where=card.name)
    note = () if not card.labels else (
        f"Its own {len(card.labels)} labels don't fit its {outputs} outputs and were left out",
    )  # fmt: skip
    return replace(card, labels=tuple(map(str, range(outputs))), guesses=(*card.guesses, *note))
