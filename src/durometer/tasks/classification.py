"""Classification: which of a model's outputs wins, and whether it counts as right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import ModelError, Param, Target, Task, UsageError
from durometer.core.objects import kind_of
from durometer.tasks.goal import ClassGoal


@dataclass(frozen=True)
class Classification(Task):
    """One answer of K outputs; targets are frozensets of the data set's label indices, any of which is right.

    A row with an output among the competing ones that is not finite has the answer -1, no confidence (NaN)
    and the score 0. Ties go to the lowest index.

    Raises:
        UsageError: nothing is accepted at all, or nothing competes.
    """

    name: ClassVar[str] = "classification"

    accepted: Annotated[
        tuple[frozenset[int], ...], Param("per label of the data: the outputs that are right")
    ]
    among: Annotated[tuple[int, ...] | None, Param("the outputs that compete; all if not given")] = None
    probabilities: Annotated[bool, Param("outputs are probabilities, not logits")] = False
    top: Annotated[int, Param("how many answers are kept, the likeliest first", low=1)] = 5

    def __post_init__(self) -> None:
        if not any(self.accepted):
            raise UsageError(
                "no output of the model is accepted for any label", fix="Check how labels were matched"
            )
        if self.among is not None and not self.among:
            raise UsageError("no output competes", fix="Give at least one in among")

    def outputs_of(self, target: frozenset[int], /) -> tuple[int, ...]:
        """Return the model's outputs that are right for a target, ascending."""
        return tuple(sorted(frozenset[int]().union(*(self.accepted[label] for label in target))))

    def speaks(self, target: Target, /) -> bool:
        """Say whether some output is right for a target.

        Raises:
            UsageError: if it is no set of labels.
        """
        if not isinstance(target, frozenset):
            kind = kind_of(target)
            raise UsageError(
                f"a classifier's targets are labels, and the data's are {kind}",
                fix="Give a model for such data, or its card the right task",
            )
        return bool(self.outputs_of(target))

    def say(self, target: frozenset[int], /) -> str:
        """Return the outputs that are right, as `3,7`."""
        return ",".join(map(str, self.outputs_of(target)))

    def classes(self, target: frozenset[int], /) -> Sequence[int]:
        """Return the labels, ascending."""
        return sorted(target)

    def decode(self, output: Tensor, /) -> Mapping[str, Tensor]:
        """Return what (B, K) outputs say.

        Returns:
            `answer` (B,) int64, `confidence` (B,) float: the share of probability that the answer has among
            the competing outputs, `top` (B, k) int64 and `top_confidence` (B, k), the likeliest first, with
            k at most the number of competing outputs.
        """
        competing = self._competing(output)
        values = self._raw(output)[:, competing]
        finite = values.isfinite().all(dim=1, keepdim=True)
        ordered, place = self._shares(values).nan_to_num(0.0).sort(dim=1, descending=True, stable=True)
        top = torch.where(finite, competing[place[:, : self.top]], -1)
        confidence = torch.where(finite, ordered[:, : self.top], torch.nan)
        return {"answer": top[:, 0], "confidence": confidence[:, 0], "top": top, "top_confidence": confidence}

    def score(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) float32: 1 where the answer is one of the accepted outputs, else 0."""
        competing = self._competing(output)
        values = self._raw(output)[:, competing]
        finite = values.isfinite().all(dim=1)
        shares = self._shares(values).nan_to_num(0.0)
        best = shares == shares.amax(dim=1, keepdim=True)
        first = best & (
            best.cumsum(dim=1) == 1
        )  # of equals the first answers, as in `decode`, without sorting
        right = (first & self._right(output, target)[:, competing]).any(dim=1)
        return (right & finite).float()

    def loss(self, output: Tensor, target: Sequence[frozenset[int]], /) -> Tensor:
        """Return (B,) minus the log of the probability of all accepted outputs among the competing ones.

        With one accepted output this is the cross-entropy.
        """
        competing = self._competing(output)
        values, right = self._raw(output)[:, competing], self._right(output, target)[:, competing]
        if not bool(right.any(dim=1).all()):
            raise UsageError("a target accepts none of the outputs that compete", fix="Add them to among")
        if self.probabilities:
            tiny = torch.finfo(values.dtype).tiny
            share = (values * right).sum(dim=1) / values.sum(dim=1).clamp_min(tiny)
            return -share.clamp_min(tiny).log()
        return values.logsumexp(dim=1) - values.masked_fill(~right, -torch.inf).logsumexp(dim=1)

    def goal(self, output: Tensor, target: Sequence[frozenset[int]], /) -> ClassGoal:
        """Return what an attack on these samples is after: an answer that is none of the accepted ones."""
        competing, right = self._competing(output), self._right(output, target)
        columns = None if len(competing) == output.shape[1] else competing
        return ClassGoal(right[:, competing], columns, self.probabilities)

    def _raw(self, output: Tensor) -> Tensor:
        return output if output.dtype in (torch.float32, torch.float64) else output.float()

    def _shares(self, values: Tensor) -> Tensor:
        if not self.probabilities:
            return values.softmax(dim=1)
        if self.among is None:
            return values
        return values / values.sum(dim=1, keepdim=True).clamp_min(torch.finfo(values.dtype).tiny)

    def _competing(self, output: Tensor) -> Tensor:
        """Return the indices of the competing outputs, ascending; the model must have them."""
        wanted = sorted({*(self.among or ()), *frozenset[int]().union(*self.accepted)})
        if output.ndim != 2 or output.shape[1] <= wanted[-1] or wanted[0] < 0:
            raise ModelError(
                f"outputs of shape {tuple(output.shape)} have no class {wanted[-1]}, which a label wants",
                fix="Check the labels, or give a model with as many classes",
            )
        among = range(output.shape[1]) if self.among is None else sorted(set(self.among))
        return torch.tensor(list(among), device=output.device)

    def _right(self, output: Tensor, target: Sequence[frozenset[int]]) -> Tensor:
        """Return (B, K) bool: the accepted outputs of each target."""
        right = torch.zeros(output.shape, dtype=torch.bool, device=output.device)
        for row, one in enumerate(target):
            outputs = self.outputs_of(one)
            if not outputs:
                raise UsageError(
                    f"none of the model's outputs stands for the label {sorted(one)}",
                    fix="Leave such samples out",
                )
            right[row, list(outputs)] = True
        return right
