"""Text-to-image retrieval: how high the paired picture stands among all of a gallery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Param, Task, UsageError

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
class Retrieval(Task):
    """Text-to-image retrieval: outputs are a text's similarities (B, N) to the N pictures of a gallery.

    Targets are frozensets that hold the index of the paired picture.
    """

    name: ClassVar[str] = "retrieval"

    ties: Annotated[Ties, Param("the place of equals: the best of them, as published, or the middle")] = (
        "best"
    )
    scale: Annotated[float, Param("of similarities before the softmax that gives a confidence", low=0)] = 1.0
    top: Annotated[int, Param("how many answers are kept, the most similar first", low=1)] = 5

    def decode(self, output: Tensor, /) -> Mapping[str, Tensor]:
        """Return what (B, N) similarities say; a picture with one that is not finite is never an answer.

        Returns:
            `answer` (B,) int64, −1 where no similarity is finite; `confidence` (B,), the answer's share of
            the softmax over the gallery; `top` (B, k) and `top_confidence` (B, k), the most similar first.
        """
        held = output.nan_to_num(nan=-torch.inf)
        any_finite = held.isfinite().any(dim=1, keepdim=True)
        shares = (held * self.scale).nan_to_num(neginf=-torch.inf).softmax(dim=1)
        order = held.sort(dim=1, descending=True, stable=True)[1][:, : self.top]
        top = torch.where(any_finite, order, -1)
        confidence = torch.where(any_finite, shares.gather(1, order), torch.nan)
        return {"answer": top[:, 0], "confidence": confidence[:, 0], "top": top, "top_confidence": confidence}

    def score(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) float32: the reciprocal rank; 0 where the similarity to its own is not finite."""
        return reciprocal_ranks(output, self._own(target), ties=self.ties).float()

    def loss(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) the cross-entropy of finding the picture among the gallery."""
        return torch.nn.functional.cross_entropy(output * self.scale, self._own(target), reduction="none")

    def _own(self, target: Sequence[frozenset[int]]) -> Tensor:
        if any(len(one) != 1 for one in target):
            raise UsageError("a text must have exactly one picture", fix="Give each text its picture's index")
        return torch.tensor([next(iter(one)) for one in target])
