"""Training: one recipe, to which ingredients can be added."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Generator, Tensor, nn

from durometer.core import Batch, Dataset, Task, UsageError
from durometer.harden.pool import pool
from durometer.tasks import Classification

Progress = Callable[[int, int, float], None]
"""Told after each epoch: (epochs done, epochs in all, mean loss)."""
WARM = 0.05
"""The share of the steps over which the learning rate rises to its full size."""
WEIGHT_DECAY = 0.02


class Augment(Protocol):
    """An ingredient that changes a batch before the network sees it; pure but for the generator it is given.

    Attributes:
        needs: Entries of `batch.aux` it reads: `mask`, `filled`.
    """

    needs: frozenset[str]

    def __call__(self, batch: Batch, generator: Generator, /) -> Batch: ...


@runtime_checkable
class Scheduled(Protocol):
    """An ingredient that changes as the training goes on."""

    def at(self, done: float) -> Augment:
        """Return the ingredient when this share of the steps, in [0, 1), is done."""
        ...


class Adversary(Protocol):
    """An ingredient that looks for worse inputs near those of a batch."""

    def __call__(self, module: nn.Module, task: Task, batch: Batch, generator: Generator, /) -> Tensor: ...


def train(
    module: nn.Module,
    dataset: Dataset,
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    augment: Augment | None = None,
    attack: Adversary | None = None,
    task: Task | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> nn.Module:
    """Return a trained copy of a classifier, in evaluation mode; the given one is left as it is.

    AdamW (Loshchilov and Hutter, 2019), the learning rate rising over the first twentieth of the steps and
    falling to zero along half a cosine. The same arguments give the same parameters, bit by bit, on one
    thread of one machine; the global generator is not touched.

    Args:
        module: Takes (B, C, H, W) in [0, 1], returns logits (B, K).
        dataset: Samples of one shape; held in memory at one byte a value.
        epochs: How often each sample is seen; the last, incomplete batch of each epoch is left out.
        batch_size: Samples a step.
        learning_rate: At its highest.
        seed: Draws the order and what the ingredients do.
        augment: Changes each batch first; see `Recombine` and `Recombination`.
        attack: Then replaces each input by a worse one; see `Adversarial`.
        task: What the outputs mean; its loss is lowered. Classification with one output a label if not given.
        device: Where to train.
        progress: Called after each epoch.

    Raises:
        UsageError: if there are fewer samples than one batch, or no epochs.
        DataError: if the samples are not of one shape or lack what an ingredient needs.
    """
    held = pool(dataset, needs=augment.needs if augment else frozenset())
    if epochs < 1 or len(held) < batch_size:
        raise UsageError(
            f"{epochs} epochs of {len(held)} samples in batches of {batch_size} are no training",
            fix="Give at least one epoch and one full batch",
        )
    task = task or classification(dataset.labels)
    own = copy.deepcopy(module).to(device).train().requires_grad_(True)
    optimizer = torch.optim.AdamW(own.parameters(), lr=learning_rate, weight_decay=WEIGHT_DECAY)
    steps = epochs * (len(held) // batch_size)
    generator = Generator().manual_seed(seed)
    losses: list[float] = []
    for step, index in enumerate(in_order(len(held), batch_size, epochs, generator)):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * schedule(step, steps)
        batch = held.batch(index, device=device)
        now = augment.at(step / steps) if isinstance(augment, Scheduled) else augment
        batch = now(batch, generator) if now else batch
        batch = batch.but(x=attack(own, task, batch, generator)) if attack else batch
        losses.append(_step(own, task, optimizer, batch))
        done, rest = divmod(step + 1, steps // epochs)
        if progress and not rest:
            progress(done, epochs, math.fsum(losses) / len(losses))
            losses = []
    return own.eval()


def schedule(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step: a short rise, then half a cosine down to zero."""
    warm = max(1, round(WARM * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def classification(labels: tuple[str, ...]) -> Classification:
    """Return the task of a network with one output for each label, in their order."""
    return Classification(accepted=tuple(frozenset({i}) for i in range(len(labels))))


def in_order(n: int, size: int, epochs: int, generator: Generator) -> Iterator[Tensor]:
    """Yield the positions of each batch, in a new order each epoch; an incomplete batch is left out."""
    for _ in range(epochs):
        order = torch.randperm(n, generator=generator)
        yield from (order[i : i + size] for i in range(0, n - n % size, size))


def _step(module: nn.Module, task: Task, optimizer: torch.optim.Optimizer, batch: Batch) -> float:
    loss = task.loss(module(batch.x), batch.y).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())
