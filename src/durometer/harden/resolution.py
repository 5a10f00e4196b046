"""Tokens that make a transformer sturdier to low resolution, trained without labels."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from durometer.core import Dataset, Param, UsageError
from durometer.harden.pool import pool
from durometer.harden.prompt_tokens import PromptTokens, inputs_of
from durometer.harden.train import Progress, in_order, schedule
from durometer.ops.pil_bicubic import down_and_up


@dataclass(frozen=True)
class ResolutionTokens:
    """Train prompt tokens, without labels, to see in a poor picture what the network sees in the good one.

    The network as it is, the teacher, is shown the picture; the same with the tokens, the student, is shown
    it too and at one lower resolution out of each range, drawn for each batch. The loss is the mean over
    those views of a distance between their features and the teacher's.

    Source: LR-TK0, Pathak et al. (2025): tokens added before the blocks, teacher and student of one network,
    several scales; the exact loss and its constants are recalled, and so this is experimental.
    """

    sides: Annotated[tuple[tuple[int, int], ...], Param("lowest and highest short side of each range")] = (
        (16, 32), (32, 64), (64, 128),
    )  # fmt: skip
    by: Annotated[
        Literal["contrast", "match"],
        Param("each feature picks its teacher's out of the batch, or the cosine between them grows"),
    ] = "contrast"
    temperature: Annotated[float, Param("of the contrast", low=0.001)] = 0.07
    whole: Annotated[float, Param("weight of the view at full resolution", low=0)] = 1.0
    feature: Annotated[str, Param("module whose first input is the feature; empty: the network's output")] = (
        ""
    )

    def train(
        self,
        student: PromptTokens,
        dataset: Dataset,
        *,
        epochs: int,
        batch_size: int = 64,
        learning_rate: float = 1e-2,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> PromptTokens:
        """Return a copy with trained tokens; the weights of the network inside are those given.

        Adam with the schedule of `durometer.harden.train`. The same arguments give the same tokens, bit by
        bit, on one thread of one machine.

        Args:
            student: The network with its tokens, trained on from where they are.
            dataset: Pictures of one shape, (3, H, W) uint8; labels are not read.
            epochs: How often each picture is seen.
            batch_size: Pictures a step, 2 or more for the contrast.
            learning_rate: At its highest.
            seed: Draws the order and the resolutions.
            progress: Called after each epoch.

        Raises:
            UsageError: fewer pictures than one batch, no epoch, a range that is no range, or a feature read
                where tokens are added.
        """
        held = pool(dataset, needs=frozenset())
        self._check(student, len(held), epochs, batch_size)
        own, generator = copy.deepcopy(student).train(), Generator().manual_seed(seed)
        optimizer = torch.optim.Adam(own.tokens.parameters(), lr=learning_rate)
        each = len(held) // batch_size
        losses: list[float] = []
        for step, index in enumerate(in_order(len(held), batch_size, epochs, generator)):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * schedule(step, epochs * each)
            loss = self.loss(own, held.x[index].to(own.tokens[0].device) / 255.0, generator)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(float(loss.detach()))
            if progress and (step + 1) % each == 0:
                progress((step + 1) // each, epochs, sum(losses) / len(losses))
                losses = []
        return own.eval()

    def loss(self, student: PromptTokens, x: Tensor, generator: Generator) -> Tensor:
        """Return the loss of one batch (B, 3, H, W) in [0, 1]."""
        with torch.no_grad():
            wanted = self._features(student, x, tokens=False)
        drawn = [int(torch.randint(a, b + 1, (), generator=generator)) for a, b in self.sides]
        views = [(1.0, down_and_up(x, side)) for side in drawn] + [(self.whole, x)] * (self.whole > 0)
        distance = self._contrast if self.by == "contrast" else _match
        parts = [w * distance(self._features(student, v, tokens=True), wanted) for w, v in views]
        return torch.stack(parts).sum() / sum(w for w, _ in views)

    def _features(self, student: PromptTokens, x: Tensor, *, tokens: bool) -> Tensor:
        ask = student if tokens else student.base
        if not self.feature:
            return torch.as_tensor(ask(x))
        with inputs_of(student.base, self.feature) as seen:
            ask(x)
        return seen[-1].flatten(1)

    def _contrast(self, found: Tensor, wanted: Tensor) -> Tensor:
        """Cross-entropy of picking one's own partner out of the batch by cosine, both ways (InfoNCE)."""
        alike = F.normalize(found, dim=1) @ F.normalize(wanted, dim=1).T / self.temperature  # (B, B)
        own = torch.arange(len(alike), device=alike.device)
        return (F.cross_entropy(alike, own) + F.cross_entropy(alike.T, own)) / 2

    def _check(self, student: PromptTokens, n: int, epochs: int, batch_size: int) -> None:
        if epochs < 1 or n < batch_size or batch_size < 2:
            raise UsageError(
                f"{epochs} epochs of {n} pictures in batches of {batch_size} are no training",
                fix="Give at least one epoch and one full batch of two or more",
            )
        if self.feature in student.before:
            raise UsageError(
                f"tokens are added to what {self.feature} takes, so the feature can't be read there",
                fix="Read it at a later module",
            )
        if not self.sides or any(not 1 <= low <= high for low, high in self.sides):
            raise UsageError(
                f"sides are (lowest, highest) in pixels, at least one such range, not {self.sides}"
            )


def _match(found: Tensor, wanted: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(found, wanted, dim=1).mean()
