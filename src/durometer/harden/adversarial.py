"""An ingredient: the worst input that a short search finds near each sample."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor, nn

from durometer.core import Batch, Task
from durometer.threat import Directed, Linf


@dataclass(frozen=True)
class Adversarial:
    """Adversarial training (Madry et al., 2018): each step's batch is first moved to raise its loss.

    The inner search takes every step for every sample, also for those already wrong: training wants the
    highest loss, where an attack wants the first wrong answer. It runs in evaluation mode, so that its inputs
    leave no trace in batch statistics.

    Args:
        threat: Where to search.
        steps: Steps along the gradient.
        step: Length of a step, in units of epsilon.
    """

    threat: Directed = field(default_factory=lambda: Linf(epsilon=4 / 255))
    steps: int = 4
    step: float = 0.5

    def __call__(self, module: nn.Module, task: Task, batch: Batch, generator: Generator, /) -> Tensor:
        """Return (B, ...) inputs inside the threat."""
        x = batch.x
        low, high = self.threat.box(x)
        now = self.threat.project(x, low + (high - low) * torch.rand(x.shape, generator=generator).to(x))
        was_training = module.training
        module.eval()
        for _ in range(self.steps):
            now = now.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(task.loss(module(now), batch.y).sum(), now)
            ahead = self.threat.steepest(gradient)
            now = self.threat.project(x, now.detach() + self.step * self.threat.epsilon * ahead)
        module.train(was_training)
        return now.detach()
