"""A model behind a step that has no useful gradient, with another gradient put in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from durometer.core import Model, ModelError
from durometer.models.callable import callable_digest

Change = Callable[[Tensor], Tensor]


def unchanged(x: Tensor) -> Tensor:
    """Return the inputs as they are: the gradient is passed straight through."""
    return x


class Bpda(Model):
    """A model whose inputs pass a step first; its answers are exact, its gradients another step's.

    Backward pass differentiable approximation (Athalye et al., 2018, section 4.1): the step is applied
    forward as it is, and `backward`, differentiable and near to it, gives the gradient. Without one the
    gradient passes straight through, which fits steps that give back about what they got: rounding,
    compression, denoising.

    Args:
        model: What is behind the step. It must give gradients.
        forward: The step, (B, ...) -> (B, ...); it need not be differentiable.
        backward: A differentiable step with outputs of the same shape.

    Raises:
        ModelError: the model gives no gradients; when asked, the two steps differ in shape.
    """

    def __init__(self, model: Model, forward: Change, backward: Change = unchanged) -> None:
        card = model.card
        if "grad" not in card.traits:
            raise ModelError(
                "it gives no gradients, so there are none to put in the place of others",
                where=card.name, fix="Take a model in PyTorch, or a black-box attack",
            )  # fmt: skip
        parts = (card.digest, callable_digest(forward), callable_digest(backward))
        self.card = replace(card, digest=hashlib.sha256("bpda {} {} {}".format(*parts).encode()).hexdigest())
        self.model, self.forward, self.backward = model, forward, backward

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the model's own view of a canvas; the step comes after it."""
        return self.model.view(canvas)

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return what the model sees of a canvas."""
        return self.model.visible(height, width)

    def __call__(self, x: Tensor, /) -> Any:
        with torch.no_grad():
            exact = self.forward(x.detach())
        if not (x.requires_grad and torch.is_grad_enabled()):
            return self.model(exact)
        smooth = self.backward(x)
        if smooth.shape != exact.shape:
            raise ModelError(
                f"the backward step gives {tuple(smooth.shape)} where the forward step gives "
                f"{tuple(exact.shape)}",
                where=self.card.name, fix="Give a differentiable step with outputs of the same shape",
            )  # fmt: skip
        shown: Tensor = _Instead.apply(exact, smooth)  # type: ignore[no-untyped-call]
        return self.model(shown)


class _Instead(torch.autograd.Function):
    """The first value, bit by bit, with the gradient of the second."""

    @staticmethod
    def forward(ctx: Any, exact: Tensor, smooth: Tensor) -> Tensor:
        return exact.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        return None, gradient
