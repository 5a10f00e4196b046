"""Any callable as a model: numpy to numpy, or torch to torch."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from durometer.core import ModelCard, Trait
from durometer.models.adapter import Adapter

Takes = Literal["numpy", "torch"]


class CallableModel(Adapter):
    """A function of inputs (B, C, h, w) that returns scores (B, K).

    Args:
        function: Takes and returns numpy arrays or torch tensors; it must not keep state between calls.
        card: What is known of it; an empty digest and empty traits are filled in.
        takes: What it is called with.
        differentiable: True promises that torch can differentiate through it; only then there are gradients.
        device: Where tensors are put; arrays stay on the CPU.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        card: ModelCard,
        *,
        takes: Takes = "numpy",
        differentiable: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        offered = {"grad"} if differentiable and takes == "torch" else set()
        offered |= {"logits"} if card.output == "logits" else set()
        traits: frozenset[Trait] = frozenset(offered)  # type: ignore[arg-type]
        digest = card.digest or callable_digest(function)
        super().__init__(replace(card, digest=digest, traits=card.traits or traits), device=device)
        self._function, self._takes, self._grad = function, takes, "grad" in self.card.traits

    def _forward(self, x: Tensor, /) -> Any:
        if self._takes == "numpy":
            answer = self._function(x.detach().cpu().numpy())
            return answer if isinstance(answer, Tensor) else torch.as_tensor(np.asarray(answer))
        if self._grad:
            return self._function(x)
        with torch.no_grad():
            return self._function(x.detach())


def takes_tensors(function: Callable[[Any], Any], x: Tensor) -> bool:
    """Say whether a function answers a tensor with a tensor; any other takes arrays."""
    try:
        with torch.no_grad():
            return isinstance(function(x), Tensor)
    except Exception:  # a numpy function may fail on a tensor in any way
        return False


def callable_digest(function: Callable[[Any], Any]) -> str:
    """Return the sha256 of a callable's name and source; values that it closes over are not in it."""
    kind = function if hasattr(function, "__qualname__") else type(function)
    name = f"{kind.__module__}.{getattr(kind, '__qualname__', '')}"
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        source = ""
    return hashlib.sha256(f"{name}\n{source}".encode()).hexdigest()
