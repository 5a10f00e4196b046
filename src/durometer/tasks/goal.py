"""What an attack on a classifier is after: away from the right classes, or to wanted ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from durometer.core.goal import Goal


@dataclass(frozen=True)
class ClassGoal(Goal):
    """Misclassification, or classification as wanted, among the outputs that compete.

    Attributes:
        marked: (B, K) bool over the competing outputs: the right ones, or the wanted ones if `targeted`.
        columns: (K,) int64, the competing outputs among the model's; None: all of them.
        probabilities: Outputs are probabilities; their logarithms stand for logits.
        targeted: Whether the attack wants one of `marked` to win, instead of none of them.
        aim: (B,) int64, the other class that a targeted loss leads to, counted among the competing outputs.
    """

    marked: Tensor
    columns: Tensor | None = None
    probabilities: bool = False
    targeted: bool = False
    aim: Tensor | None = None

    def select(self, index: Tensor, /) -> ClassGoal:
        """Return the goal for these positions."""
        aim = None if self.aim is None else self.aim[index]
        return replace(self, marked=self.marked[index], aim=aim)

    def aimed(self, aim: Tensor) -> ClassGoal:
        """Return the same goal with a class (B,) that losses may lead to; what counts as broken stays."""
        return replace(self, aim=aim)

    def others(self, values: Tensor) -> Tensor:
        """Return (B, K) int64: the classes by falling logit, those marked at the end."""
        return values.masked_fill(self.marked, -torch.inf).argsort(dim=1, descending=True, stable=True)

    def values(self, output: Tensor) -> Tensor:
        """Return (B, K) logits of the competing outputs, in the order of `marked`."""
        competing = output if self.columns is None else output[:, self.columns]
        if not self.probabilities:
            return competing
        return competing.clamp_min(torch.finfo(competing.dtype).tiny).log()

    def broken(self, output: Tensor, /) -> Tensor:
        """Return (B,) bool; of equal outputs the lowest index wins, as when answers are scored."""
        values = self.values(output)
        hit = self.marked.gather(1, values.argmax(dim=1, keepdim=True))[:, 0]
        return (hit if self.targeted else ~hit) | ~output.isfinite().all(dim=1)

    def margin(self, output: Tensor, /) -> Tensor:
        """Return (B,) the best marked logit minus the best other one; turned around if `targeted`."""
        inside, outside = self.best(self.values(output))
        return outside - inside if self.targeted else inside - outside

    def best(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the highest of the marked and the highest of the other logits, (B,) each."""
        inside = values.masked_fill(~self.marked, -torch.inf).amax(dim=1)
        outside = values.masked_fill(self.marked, -torch.inf).amax(dim=1)
        return inside, outside

    def loss(self, output: Tensor, /) -> Tensor:
        """Return the (B,) cross-entropy of the marked outputs together; turned around if `targeted`."""
        values = self.values(output)
        entropy = values.logsumexp(dim=1) - values.masked_fill(~self.marked, -torch.inf).logsumexp(dim=1)
        return -entropy if self.targeted else entropy
