"""The oracle: a model as an attack may see it. Made by the shell, never by an attack."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from durometer.core.errors import ModelError
from durometer.core.goal import Goal, goal_of
from durometer.core.nouns import Output, Target
from durometer.core.protocols import Model, Task

Objective = Callable[[Tensor, slice], Tensor]


def in_fixed_batches(x: Tensor, size: int) -> Iterator[tuple[Tensor, int]]:
    """Yield (padded batch, how many rows are real): a model is always called at one batch shape.

    Floating point then answers the same for the same row whatever its neighbors are.
    """
    for start in range(0, len(x), size):
        part = x[start : start + size]
        real = len(part)
        if real < size:
            part = torch.cat([part, part[-1:].expand(size - real, *part.shape[1:])])
        yield part, real


def ask(model: Model, x: Tensor, *, batch_size: int) -> Tensor:
    """Return the model's outputs for any number of inputs, at one fixed batch shape."""
    with torch.no_grad():
        return torch.cat([model(part)[:real] for part, real in in_fixed_batches(x, batch_size)])


def first_rows(output: Output, n: int, *, where: str) -> Output:
    """Return the first n rows of what a model answered, without those of the padding.

    Raises:
        ModelError: if it is neither a tensor nor a mapping of tensors, or has fewer rows.
    """
    parts = output if isinstance(output, Mapping) else {"": output}
    for part in parts.values():
        if not isinstance(part, Tensor) or part.ndim < 2 or len(part) < n:
            got = f"shape {tuple(part.shape)}" if isinstance(part, Tensor) else type(part).__name__
            raise ModelError(f"answered with {got} for {n} inputs", where=where)
    rows = {name: part[:n] for name, part in parts.items()}
    return rows if isinstance(output, Mapping) else rows[""]


class Oracle:
    """Answers, gradients and counts of one model on its input space.

    Args:
        model: The model, already in evaluation mode with frozen parameters.
        task: What its answers mean.
        batch_size: The one batch size that the model is called at.
        others: Oracles of other models with the same input space, by name.

    Attributes:
        forwards, backwards: Points passed forward and backward so far; padding is not counted.
        judges_apart: Whether outputs that come with a gradient may differ by rounding from those without,
            which alone decide.
    """

    def __init__(
        self, model: Model, task: Task, *, batch_size: int, others: Mapping[str, Oracle] | None = None
    ) -> None:
        self._model, self._task, self._batch_size = model, task, batch_size
        self._others = dict(others or {})
        self.low, self.high = model.card.low, model.card.high
        self.traits = model.card.traits
        self.judges_apart = bool(getattr(model, "judges_apart", False))
        self.forwards = self.backwards = 0

    def logits(self, x: Tensor, /) -> Tensor:
        """Return (B, K) outputs, without a gradient."""
        self.forwards += len(x)
        return ask(self._model, x, batch_size=self._batch_size)

    def score(self, x: Tensor, target: Sequence[Target], /) -> Tensor:
        """Return (B,) scores in [0, 1], 1 = right."""
        return self._task.score(self.logits(x), target)

    def judge(self, x: Tensor, target: Sequence[Target], /) -> tuple[Tensor, Tensor]:
        """Return scores (B,) and the task's losses (B,) of one question an input, without a gradient."""
        output = self.logits(x)
        return self._task.score(output, target), self._task.loss(output, target)

    def goal(self, output: Tensor, target: Sequence[Target], /) -> Goal:
        """Return what an attack on samples with these outputs and targets is after."""
        return goal_of(self._task, output, target)

    def differentiate(self, x: Tensor, objective: Objective, /) -> tuple[Tensor, Tensor, Tensor]:
        """Return the outputs (B, ...), an objective (B,) of them, and its gradient (B, ...) at each input.

        One forward and one backward pass a point; an objective sees the rows of a part of the batch. Values
        are summed, never averaged, before going back: a point's gradient does not depend on its neighbors.

        Args:
            x: (B, ...) inputs.
            objective: (outputs of some rows, which rows they are) -> one value a row.

        Raises:
            ModelError: if the model's card does not offer gradients.
        """
        parts = []
        for leaf, rows in self._leaves(x):
            real = rows.stop - rows.start
            with torch.enable_grad():
                output = self._model(leaf)[:real]
                value = objective(output, rows)
                gradient = _slope(value, leaf)
            parts.append((output.detach(), value.detach(), gradient[:real]))
        self.forwards += len(x)
        self.backwards += len(x)
        output, value, gradient = (torch.cat(column) for column in zip(*parts, strict=True))
        return output, value, gradient

    def jacobian(self, x: Tensor, objectives: Objective, /) -> tuple[Tensor, Tensor, Tensor]:
        """Return the outputs (B, ...), k objectives (B, k) of them, and the gradient of each (B, k, ...).

        One forward pass a point, and k backward passes; otherwise as `differentiate`.

        Args:
            x: (B, ...) inputs.
            objectives: (outputs of some rows, which rows they are) -> k values a row.

        Raises:
            ModelError: if the model's card does not offer gradients.
        """
        parts = []
        for leaf, rows in self._leaves(x):
            real = rows.stop - rows.start
            with torch.enable_grad():
                output = self._model(leaf)[:real]
                values = objectives(output, rows)
                columns = [_slope(v, leaf, keep=True)[:real] for v in values.unbind(1)]
            parts.append((output.detach(), values.detach(), torch.stack(columns, dim=1)))
        output, values, gradients = (torch.cat(column) for column in zip(*parts, strict=True))
        self.forwards += len(x)
        self.backwards += values.numel()
        return output, values, gradients

    def gradient(self, x: Tensor, target: Sequence[Target], /) -> tuple[Tensor, Tensor]:
        """Return the task's loss (B,) and its gradient with respect to each input (B, …).

        Raises:
            ModelError: if the model's card does not offer gradients.
        """
        _, loss, gradient = self.differentiate(x, lambda out, rows: self._task.loss(out, target[rows]))
        return loss, gradient

    def through(self, change: Callable[[Tensor], Tensor], /) -> Oracle:
        """Return the oracle of the same model behind a change of its inputs, with counts of its own.

        Args:
            change: (n, ...) any inputs -> (n, ...) the model's, differentiable, row by row.
        """
        others = {name: one.through(change) for name, one in self._others.items()}
        return Oracle(_Behind(self._model, change), self._task, batch_size=self._batch_size, others=others)

    def others(self, names: Sequence[str], /) -> tuple[Oracle, ...]:
        """Return the oracles of other models, of all of them if none is named.

        Raises:
            ModelError: there is no such model, or none at all.
        """
        missing = [name for name in names if name not in self._others]
        if missing or not self._others:
            what = f"there is no other model {missing[0]!r}" if missing else "there is no other model"
            known = (
                f"Others are: {', '.join(self._others)}" if self._others else "Name two models in the plan"
            )
            raise ModelError(what, where=self._model.card.name, fix=known)
        return tuple(self._others[name] for name in names or self._others)

    def _leaves(self, x: Tensor) -> Iterator[tuple[Tensor, slice]]:
        """Yield padded batches whose gradients can be taken, with the rows of x that they hold."""
        if "grad" not in self.traits:
            raise ModelError("this model gives no gradients", where=self._model.card.name)
        start = 0
        for part, real in in_fixed_batches(x, self._batch_size):
            yield part.detach().requires_grad_(True), slice(start, start + real)
            start += real


def _slope(value: Tensor, leaf: Tensor, *, keep: bool = False) -> Tensor:
    """Return the gradient of a sum; zero where steps without any, such as comparing, cut it off."""
    if not value.requires_grad:
        return torch.zeros_like(leaf)
    (gradient,) = torch.autograd.grad(value.sum(), leaf, retain_graph=keep, materialize_grads=True)
    return gradient


class _Behind(Model):
    """A model that sees changed inputs; the inputs themselves have no range."""

    def __init__(self, model: Model, change: Callable[[Tensor], Tensor]) -> None:
        self.card = replace(model.card, low=-math.inf, high=math.inf)
        self._model, self._change = model, change

    def view(self, canvas: Tensor, /) -> Tensor:
        return canvas

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        return self._model.visible(height, width)

    def __call__(self, x: Tensor, /) -> Output:
        return self._model(self._change(x))
