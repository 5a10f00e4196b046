"""Toy models whose answers can be worked out by hand; their view is the canvas itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from durometer.core import Model, ModelCard, Trait
from durometer.testing.scenes import COLORS, LABELS

ALL: frozenset[Trait] = frozenset({"grad", "logits"})


class Toy(Model):
    """A model made of one function from (B, C, H, W) in [0, 1] to (B, K) logits.

    Args:
        name: On its card.
        answer: The function.
        labels: Of the K outputs.
        traits: What it offers.
    """

    def __init__(
        self,
        name: str,
        answer: Callable[[Tensor], Tensor],
        *,
        labels: Sequence[str] = LABELS,
        traits: frozenset[Trait] = ALL,
    ) -> None:
        self.card = ModelCard(name, digest=f"toy:{name}", labels=tuple(labels), traits=traits)
        self._answer = answer

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the canvas as it is."""
        return canvas

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return the whole canvas."""
        return 0.0, 0.0, float(height), float(width)

    def __call__(self, x: Tensor, /) -> Tensor:
        return self._answer(x)


def linear(weight: Tensor, bias: Tensor | None = None) -> Toy:
    """Return logit_k = <weight_k, x> + bias_k.

    Worked out: for two classes the margin of class 0 is <w, x> + b with w = weight_0 - weight_1. Within
    L-infinity epsilon and away from the ends of [0, 1] it falls by exactly epsilon * |w|_1, at
    x - epsilon * sign(w); within L2 epsilon by epsilon * |w|_2, at x - epsilon * w / |w|_2.

    Args:
        weight: (K, C, H, W).
        bias: (K,); zero if not given.
    """
    offset = torch.zeros(len(weight)) if bias is None else bias

    def answer(x: Tensor) -> Tensor:
        # summed sample by sample in one fixed order, so that a row doesn't depend on its neighbors
        return (x[:, None] * weight.to(x)).flatten(2).sum(dim=2) + offset.to(x)

    return Toy("linear", answer, labels=tuple(f"class {k}" for k in range(len(weight))))


def reads_object() -> Toy:
    """Return a model that looks at the object only: right on every toy picture whatever the background.

    Object pixels are those with blue above 0.9 (see `toy_sample`). logit_k = -10 times the squared distance
    of their mean (red, green) to `COLORS[k]`. Worked out for a red object, mean (1, 0): distances squared are
    0 to red, 1 + 1 = 2 to green, 1 to dark, so the logits are (0, -20, -10) and the confidence is
    1 / (1 + e^-20 + e^-10) = 0.99995. Without such pixels the mean is taken as (0, 0): dark.
    """
    return Toy("reads-object", lambda x: _by_color(x, x[:, 2] > 0.9))


def reads_background() -> Toy:
    """Return a model that looks at the background only: its answer is the class whose color lies behind.

    As `reads_object`, with the pixels of blue below 0.1. On `ToyData(shift=0)` it is always right, on
    `ToyData(shift=1)` never: there the background is in the color of class (label + 1) % 3.
    """
    return Toy("reads-background", lambda x: _by_color(x, x[:, 2] < 0.1))


def constant(answer: int = 0) -> Toy:
    """Return a model that always answers the same: right on a third of the toy pictures.

    Its logits are 1 for the answer and 0 for the two others: confidence e / (e + 2) = 0.57612.
    """
    return Toy("constant", lambda x: torch.eye(len(LABELS))[answer].to(x) + 0 * x.flatten(1)[:, :1])


def not_finite(above: float = 0.0) -> Toy:
    """Return `reads_object`, but NaN for pictures whose mean is at least `above`: for all of them at 0."""

    def answer(x: Tensor) -> Tensor:
        bright = x.flatten(1).mean(dim=1) >= above
        return torch.where(bright[:, None], torch.nan, _by_color(x, x[:, 2] > 0.9))

    return Toy("not-finite", answer)


def wrong_classes(outputs: int = 2) -> Toy:
    """Return a model whose card names three classes and that answers with another number of outputs."""
    return Toy("wrong-classes", lambda x: x.flatten(1)[:, :outputs])


def two_layer() -> Toy:
    """Return logits W2 relu(W1 x + b1) of the first two values of a picture, with a gradient known by hand.

    W1 = [[1, -1], [1, 1], [0, 2]], b1 = (0, -1, 0), W2 = [[1, 2, 0], [0, 1, 1]]. Worked out at
    x = (0.5, 0.25): W1 x + b1 = (0.25, -0.25, 0.5), relu gives (0.25, 0, 0.5), the logits are
    (0.25, 0.5). The second hidden unit is off, so d logits / dx = W2 diag(1, 0, 1) W1 =
    [[1, -1], [0, 2]], and the gradient of logit 1 - logit 0 is (-1, 3).
    """
    w1 = torch.tensor([[1.0, -1.0], [1.0, 1.0], [0.0, 2.0]])
    b1 = torch.tensor([0.0, -1.0, 0.0])
    w2 = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])

    def answer(x: Tensor) -> Tensor:
        hidden = torch.relu((x.flatten(1)[:, None, :2] * w1.to(x)).sum(dim=2) + b1.to(x))
        return (hidden[:, None] * w2.to(x)).sum(dim=2)

    return Toy("two-layer", answer, labels=("left", "right"))


def _by_color(x: Tensor, chosen: Tensor) -> Tensor:
    weight = chosen.to(x)[:, None]
    mean = (x[:, :2] * weight).flatten(2).sum(dim=2) / weight.flatten(2).sum(dim=2).clamp_min(1)
    return -10 * (mean[:, None] - torch.tensor(COLORS).to(x)).square().sum(dim=2)
