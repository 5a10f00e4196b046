"""Training a reconstruction network: plainly, or on the worst of moved pictures and disturbed inputs."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor, nn

from durometer.core import Batch, Dataset, Dice, Stressor, UsageError
from durometer.core import stress as apply
from durometer.harden.pool import pool
from durometer.harden.train import WEIGHT_DECAY, Progress, in_order, schedule
from durometer.models.measured import Measurement
from durometer.ops.color import luma
from durometer.stress.shifts.cutout import Cutout
from durometer.stress.shifts.rotate import Rotate
from durometer.threat import Directed, Linf

STREAM, VERSION = "train-reconstruction", 1


@dataclass(frozen=True)
class Robustness:
    """What robustness-aware training adds: `weight` times the worst error found for each picture.

    Minimized is ‖f(A t) − t‖² + weight · max ‖f(A T(t) + δ) − T(t)‖² over turns and squares cut out T and
    over δ in a threat. Experimental: the objective was recalled from a work on the robustness of
    reconstruction in magnetic resonance imaging, not read; neither weight nor sizes are that work's. The
    maximum over T is the worse of one turn and one square, drawn anew each step; then δ goes up the gradient.

    Args:
        weight: Of the worst error.
        threat: Where δ lies, around what the network is given.
        steps: Steps along the gradient; 0 leaves δ random.
        step: Length of a step, in units of epsilon.
        degrees: Turns are drawn between 0 and this, to either side.
        share: Squares cover between a hundredth and this share of the picture.
    """

    weight: float = 1.0
    threat: Directed = field(default_factory=lambda: Linf(epsilon=4 / 255))
    steps: int = 1
    step: float = 1.25
    degrees: float = 45.0
    share: float = 0.15

    def drawn(self, dice: Dice) -> tuple[Stressor, ...]:
        """Return the changes T of one step."""
        degrees, share = dice.uniform("sizes", (2,))[0].tolist()
        return Rotate(degrees=self.degrees * degrees), Cutout(share=0.01 + (self.share - 0.01) * share)


def train_reconstruction(
    module: nn.Module,
    dataset: Dataset,
    *,
    epochs: int,
    batch_size: int = 32,
    learning_rate: float = 2e-3,
    seed: int = 0,
    measurement: Measurement | None = None,
    robustness: Robustness | None = None,
    progress: Progress | None = None,
) -> nn.Module:
    """Return a trained copy of a reconstruction network, in evaluation mode; the given one is left as it is.

    As `durometer.harden.train`, with mean squared errors of measured pictures: the same arguments give the
    same parameters on one thread of one machine, and the global generator is not touched.

    Args:
        module: Takes zero-filled pictures (B, 1, H, W) in [0, 1], returns pictures (B, 1, H, W).
        dataset: Pictures of one shape; their targets are not looked at.
        epochs: How often each is seen.
        batch_size: Pictures a step.
        learning_rate: At its highest.
        seed: Draws the order and what `robustness` does.
        measurement: How pictures are measured.
        robustness: What is added to the plain error, if anything.
        progress: Called after each epoch.

    Raises:
        UsageError: if there are fewer pictures than one batch, or no epochs.
        DataError: if the pictures are not of one shape.
    """
    held, measure = pool(dataset, needs=frozenset()), measurement or Measurement()
    if epochs < 1 or len(held) < batch_size:
        raise UsageError(
            f"{epochs} epochs of {len(held)} pictures in batches of {batch_size} are no training",
            fix="Give at least one epoch and one full batch",
        )
    own = copy.deepcopy(module).train().requires_grad_(True)
    optimizer = torch.optim.AdamW(own.parameters(), lr=learning_rate, weight_decay=WEIGHT_DECAY)
    per_epoch = len(held) // batch_size
    losses: list[float] = []
    for step, index in enumerate(in_order(len(held), batch_size, epochs, Generator().manual_seed(seed))):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * schedule(step, epochs * per_epoch)
        batch = held.batch(index)
        truth = luma(batch.x)
        loss = error(own(measure(truth)), truth).mean()
        if robustness:
            dice = Dice(seed, STREAM, VERSION, batch.ids, step)
            loss = loss + robustness.weight * _worst(own, batch, measure, robustness, dice).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
        if progress and not (step + 1) % per_epoch:
            progress((step + 1) // per_epoch, epochs, math.fsum(losses[-per_epoch:]) / per_epoch)
    return own.eval()


def error(output: Tensor, truth: Tensor) -> Tensor:
    """Return (B,) the mean squared error of each picture."""
    return (output - truth).square().mean(dim=(1, 2, 3))


def _worst(own: nn.Module, batch: Batch, measure: Measurement, how: Robustness, dice: Dice) -> Tensor:
    """Return (B,) the error on the worse of the changes, with the δ that was found."""
    truth, given = _worse(own, [apply(one, batch, dice) for one in how.drawn(dice)], measure)
    now = how.threat.sample(given, dice)
    for _ in range(how.steps):
        now = now.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(error(own(now), truth).sum(), now)
        ahead = how.threat.steepest(gradient)
        now = how.threat.project(given, now.detach() + how.step * how.threat.epsilon * ahead)
    return error(own(now.detach()), truth)


def _worse(own: nn.Module, changed: Sequence[Batch], measure: Measurement) -> tuple[Tensor, Tensor]:
    """Return the changed pictures of largest error, in gray, and their measurements."""
    truths = [luma(one.x) for one in changed]
    given = [measure(truth) for truth in truths]
    with torch.no_grad():
        errors = torch.stack([error(own(x), truth) for x, truth in zip(given, truths, strict=True)])
    worst = errors.argmax(dim=0)
    rows = torch.arange(len(worst))
    return torch.stack(truths)[worst, rows], torch.stack(given)[worst, rows]
