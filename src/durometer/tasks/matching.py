"""Matching: whether a text belongs to a picture, decided by how similar they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Param, Task

ANSWERS = ("no match", "match")


@dataclass(frozen=True)
class Matching(Task):
    """Entailment of the simplest kind: outputs are similarities (B, 1), answers 1 from the threshold on.

    Targets are `frozenset({1})` for a text with its own picture and `frozenset({0})` for one with another.
    """

    name: ClassVar[str] = "matching"

    threshold: Annotated[float, Param("the similarity from which a text matches a picture")]

    def decode(self, output: Tensor, /) -> Mapping[str, Tensor]:
        """Return `answer` (B,), −1 where the similarity is not finite, without any confidence (NaN)."""
        similarity = output[:, 0]
        answer = torch.where(similarity.isfinite(), (similarity >= self.threshold).long(), -1)
        nothing = torch.full((len(output), 1), torch.nan)
        return {
            "answer": answer, "confidence": nothing[:, 0], "top": answer[:, None], "top_confidence": nothing
        }  # fmt: skip

    def score(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) float32: 1 where the decision is right."""
        answer = self.decode(output)["answer"].tolist()
        return torch.tensor([float(a in y) for a, y in zip(answer, target, strict=True)])

    def loss(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) how far the similarity lies on the wrong side of the threshold; negative if right."""
        sign = torch.tensor([1.0 if 1 in y else -1.0 for y in target])
        return sign * (self.threshold - output[:, 0])


def best_threshold(similarity: Tensor, match: Tensor) -> float:
    """Return the threshold with the highest macro-F1 over some decisions, halfway between two similarities.

    Of equals the lowest. Fit it on other texts than those that it is to judge.

    Args:
        similarity: (n,) of text and picture; what is not finite is left out.
        match: (n,) bool, whether they belong together; both kinds must be there.
    """
    kept = similarity.isfinite()
    values, order = similarity[kept].double().sort()
    truth = match[kept][order].double()
    cuts = torch.cat([values[:1] - 1, (values[1:] + values[:-1]) / 2, values[-1:] + 1])
    # cutting before i: the first i are answered "no match"
    misses = torch.cat([truth.new_zeros(1), truth.cumsum(0)])
    rejects = torch.arange(len(cuts), dtype=torch.double) - misses
    false_alarms = (1 - truth).sum() - rejects
    wrong = misses + false_alarms
    hits = truth.sum() - misses
    f1 = 2 * hits / (2 * hits + wrong).clamp_min(1) + 2 * rejects / (2 * rejects + wrong).clamp_min(1)
    f1[1:-1][values[1:] == values[:-1]] = -1.0  # equal similarities can't be cut apart
    return float(cuts[int(f1.argmax())])
