"""Classification by a model that is drawn from several: scores are expectations over the draw, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import ModelError, Param, UsageError
from durometer.core.goal import Goal
from durometer.tasks.classification import Classification
from durometer.tasks.goal import ClassGoal

TIE = 1e-3
"""Weight of the mean probability in a margin: it orders inputs with the same expected accuracy, and no others
unless weights differ by less."""


@dataclass(frozen=True)
class MixtureGoal(Goal):
    """The aim of an attack on a mixture: to lower the expected accuracy, to 0 if it can be.

    Attributes:
        one: What counts as right for one member.
        weights: (M,) their probabilities.
    """

    one: ClassGoal
    weights: Tensor

    def select(self, index: Tensor, /) -> MixtureGoal:
        """Return the goal for these positions."""
        return MixtureGoal(self.one.select(index), self.weights)

    def accuracy(self, output: Tensor) -> Tensor:
        """Return (B,) the probability that a drawn member is right, of outputs (B, M, K)."""
        right = torch.stack([~self.one.broken(part) for part in output.unbind(1)], dim=1)
        return (right * self.weights).sum(dim=1)

    def broken(self, output: Tensor, /) -> Tensor:
        """Return (B,) bool: is every member wrong?"""
        return torch.stack([self.one.broken(part) for part in output.unbind(1)], dim=1).all(dim=1)

    def margin(self, output: Tensor, /) -> Tensor:
        """Return (B,) the expected accuracy; where it is equal, the mean probability decides."""
        return self.accuracy(output) + TIE * (-self.loss(output)).exp()

    def loss(self, output: Tensor, /) -> Tensor:
        """Return (B,) minus the log of the mean probability of the right answer: what adaptive PGD raises."""
        logs = torch.stack([-self.one.loss(part) for part in output.unbind(1)], dim=1)
        return -(logs + self.weights.log()).logsumexp(dim=1)


@dataclass(frozen=True)
class MixtureClassification(Classification):
    """Classification by one of M members drawn with known probabilities; outputs are (B, M, K) logits.

    The score is the expected accuracy, the loss minus the log of the mean probability.
    """

    name: ClassVar[str] = "mixture-classification"

    weights: Annotated[tuple[float, ...], Param("probability of each member")] = (1.0,)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.probabilities or not self.weights or not all(w > 0 for w in self.weights):
            raise UsageError(
                "a mixture needs weights above 0, and members that answer with logits", fix="Check both"
            )

    def decode(self, output: Tensor, /) -> Mapping[str, Tensor]:
        """Return what the mean of the members' probabilities says."""
        logs = output.log_softmax(dim=2) + self._weights(output)[:, None].log()
        return super().decode(logs.logsumexp(dim=1))

    def score(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) the probability that a drawn member is right."""
        weights = self._weights(output)
        one = super().score
        return (torch.stack([one(part, target) for part in output.unbind(1)], dim=1) * weights).sum(dim=1)

    def loss(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) minus the log of the mean probability of the right answer."""
        weights = self._weights(output)
        one = super().loss
        logs = torch.stack([-one(part, target) for part in output.unbind(1)], dim=1) + weights.log()
        return -logs.logsumexp(dim=1)

    def goal(  # type: ignore[override]
        self, output: Tensor, target: Sequence[frozenset[int]], /
    ) -> MixtureGoal:
        """Return what an attack on these samples is after."""
        weights = self._weights(output)
        return MixtureGoal(super().goal(output[:, 0], target), weights)

    def _weights(self, output: Tensor) -> Tensor:
        if output.ndim != 3 or output.shape[1] != len(self.weights):
            raise ModelError(
                f"outputs of shape {tuple(output.shape)} are not those of {len(self.weights)} members",
                where=self.name, fix="Give Mixture(members, weights) and its own weights",
            )  # fmt: skip
        total = sum(self.weights)
        return torch.tensor([w / total for w in self.weights], device=output.device, dtype=output.dtype)
