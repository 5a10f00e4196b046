"""The worst input found so far, sample by sample: what every search keeps."""

from __future__ import annotations

import torch
from torch import Tensor


class Worst:
    """The worst input so far of each sample: lowest score, then highest loss.

    Args:
        x: (B, ...) where each search begins.
        score: (B,) what it scores.
        loss: (B,) its loss; the lowest of all if not given, so that any other point is worse.
    """

    def __init__(self, x: Tensor, score: Tensor, loss: Tensor | None = None) -> None:
        self.x, self._score = x.clone(), score.clone()
        self._loss = torch.full_like(score, -torch.inf) if loss is None else loss.to(score).clone()

    def alive(self) -> list[int]:
        """Return the samples whose score is not yet 0."""
        return self._score.gt(0).nonzero()[:, 0].tolist()

    def offer(self, at: list[int], x: Tensor, score: Tensor, loss: Tensor) -> list[int]:
        """Take what is worse than what is kept; return the positions where it was."""
        held = self._score[at]
        worse = (score < held) | ((score == held) & (loss > self._loss[at]))
        index = torch.tensor(at, device=x.device)[worse]
        self.x[index], self._score[index] = x[worse], score[worse]
        self._loss[index] = loss[worse].to(self._loss)
        return index.tolist()
