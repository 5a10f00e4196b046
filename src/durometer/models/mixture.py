"""Several models of which one is drawn anew for each question, with known probabilities."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from durometer.core import Model, ModelError


class Mixture(Model):
    """A randomized ensemble, laid open: it answers with what all members say, (B, M, K).

    A question to the ensemble itself is answered by member i with probability `weights[i]`. Asked here, all
    answer, so that expectations over the draw are exact: see `durometer.tasks.mixture`.

    Args:
        members: Classifiers with the same outputs and the same view, logits throughout.
        weights: Their probabilities, above 0; they are scaled to sum to 1. Equal ones if not given.

    Raises:
        ModelError: there is no member, they differ in their outputs, or the weights don't fit.
    """

    def __init__(self, members: Sequence[Model], weights: Sequence[float] = ()) -> None:
        given = tuple(weights) or (1.0,) * len(members)
        if not members or len(given) != len(members) or not all(w > 0 for w in given):
            raise ModelError(
                f"{len(members)} members and the weights {', '.join(map(str, given)) or 'none'} make no "
                f"mixture",
                where="mixture", fix="Give one weight above 0 for each member",
            )  # fmt: skip
        cards = [m.card for m in members]
        if len({(c.labels, c.low, c.high) for c in cards}) > 1 or any(c.output != "logits" for c in cards):
            raise ModelError(
                "its members differ in labels or input range, or answer with probabilities",
                where="mixture", fix="Give classifiers of the same labels that answer with logits",
            )  # fmt: skip
        self.members = tuple(members)
        self.weights = tuple(w / sum(given) for w in given)
        parts = " ".join(f"{c.digest} {w!r}" for c, w in zip(cards, self.weights, strict=True))
        self.card = replace(
            cards[0], name="mixture", digest=hashlib.sha256(f"mixture {parts}".encode()).hexdigest(),
            traits=frozenset.intersection(*(c.traits for c in cards)),
        )  # fmt: skip

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the first member's view of a canvas."""
        return self.members[0].view(canvas)

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return what the first member sees of a canvas."""
        return self.members[0].visible(height, width)

    def __call__(self, x: Tensor, /) -> Tensor:
        return torch.stack([member(x) for member in self.members], dim=1)
