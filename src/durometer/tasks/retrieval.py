"""Text-to-image retrieval: how high the paired picture stands among all of a gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Param, UsageError

Ties = Literal["best", "middle"]


def ranks(similarity: Tensor, own: Tensor, *, ties: Ties = "best") -> Tensor:
    """Return (T,) float64: the place of each text's own picture, 1 = most similar.

    Args:
        similarity: (T, N) of T texts to N pictures.
        own: (T,) int64, which picture belongs to each text.
        ties: `best` gives the best place among equals, as published: an encoder that answers everything
            alike is then always first. `middle` gives the mean of the tied places.

    Returns:
        NaN where the similarity to its own picture is not finite. A picture whose similarity is not finite
        stands behind all others.
    """
    mine = similarity.gather(1, own[:, None])
    better = (similarity > mine).sum(dim=1).double()
    equal = (similarity == mine).sum(dim=1).double()  # its own among them
    place = 1 + better + ((equal - 1) / 2 if ties == "middle" else 0)
    return torch.where(mine[:, 0].isfinite(), place, torch.nan)


def reciprocal_ranks(similarity: Tensor, own: Tensor, *, ties: Ties = "best") -> Tensor:
    """Return (T,) float64 in [0, 1]: 1 / rank, and 0 where the similarity is not finite; see `ranks`.

    Source: (Ramshetty et al., 2023); the mean of it is MRR.
    """
    return (1 / ranks(similarity, own, ties=ties)).nan_to_num(0.0)


@dataclass(frozen=True)
class Retrieval:
    """Text-to-image retrieval: outputs are a text's similarities (B, N) to N pictures of a gallery.

    Targets are frozensets that hold the index of the paired picture.
    """

    name: ClassVar[str] = "retrieval"

    ties: Annotated[Ties, Param("the place of equals: the best of them, or the middle")] = "best"
    top: Annotated[int, Param("how many answers are kept, the most similar first", low=1)] = 5

    def decode(self, output: Tensor, /) -> Mapping[str, Tensor]:
        """Return `answer` (B,), the most similar picture, −1 where an output is not finite; `confidence`.

        There is no confidence (NaN): a similarity is no probability of anything.
        `top` (B, k) and `top_confidence` (B, k) likewise.
        """
        finite = output.isfinite().all(dim=1, keepdim=True)
        order = output.nan_to_num(-torch.inf).sort(dim=1, descending=True, stable=True)[1][:, : self.top]
        top = torch.where(finite, order, -1)
        nothing = torch.full(top.shape, torch.nan)
        return {"answer": top[:, 0], "confidence": nothing[:, 0], "top": top, "top_confidence": nothing}

    def score(self, output: Tensor, target: list[frozenset[int]], /) -> Tensor:
        """Return (B,) float32: the reciprocal rank; an output that is not finite scores 0."""
        finite = output.isfinite().all(dim=1)
        found = reciprocal_ranks(output, self._own(target), ties=self.ties)
        return torch.where(finite, found, 0.0).float()

    def loss(self, output: Tensor, target: list[frozenset[int]], /) -> Tensor:
        """Return (B,) the cross-entropy of finding the picture; outputs are taken as logits."""
        return torch.nn.functional.cross_entropy(output, self._own(target), reduction="none")

    def _own(self, target: list[frozenset[int]]) -> Tensor:
        if any(len(one) != 1 for one in target):
            raise UsageError("a text must have exactly one picture", fix="Give each text its picture's index")
        return torch.tensor([next(iter(one)) for one in target])
