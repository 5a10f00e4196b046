"""The measure: along random directions, the smallest freedom at which PGD breaks a point, by bisection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from durometer.attack.engine import Kept, Prober, Room, search
from durometer.attack.engine.room import per_point
from durometer.attack.pgd import PGD
from durometer.attack.sparsity.angle import Angle
from durometer.attack.sparsity.pixels import Pixels
from durometer.core import Batch, Dice, Estimate, Oracle, UsageError
from durometer.stats import generator
from durometer.threat import L2, Linf

BREAKING = PGD(steps=40, step=0.1, restarts=2)
"""Decides which points can be broken at all."""
RESAMPLES = 2000


@dataclass(frozen=True)
class Sparsity:
    """What was measured.

    Attributes:
        each: (B, directions): the smallest number of free values that breaks a point (L-infinity), or the
            smallest angle in radians (L2); `most` where nothing in the whole ball does, 0 where the point is
            wrong untouched or the direction breaks it by itself.
        most: The number of values of an input, or pi.
        breakable: (B,) bool: PGD breaks the point in the whole ball, and it is right untouched.
        wrong: (B,) bool: wrong untouched.
        forwards: (B,) passes.
        backwards: (B,) passes.
    """

    each: Tensor
    most: float
    breakable: Tensor
    wrong: Tensor
    forwards: Tensor
    backwards: Tensor

    @property
    def value(self) -> Tensor:
        """(B,) the mean over directions."""
        return self.each.mean(dim=1)

    def mean(self, *, level: float = 0.95) -> Estimate:
        """Return the mean over the points that can be broken, with its bootstrap interval over points."""
        return _mean(self.value[self.breakable], self.most, level)

    def mean_of_right(self, *, level: float = 0.95) -> Estimate:
        """Return the mean over all points that are right untouched; those that resist count in full."""
        return _mean(self.value[~self.wrong], self.most, level)


def sparsity(
    oracle: Oracle, batch: Batch, threat: Linf | L2, dice: Dice, *, directions: int = 32, halvings: int = 10,
    steps: int = 20, step: float = 0.15,
) -> Sparsity:  # fmt: skip
    """Measure adversarial sparsity (Olivier and Raj, 2023) of points that can be broken.

    In an L-infinity ball a direction is a random corner and a random order of the values: with k values free
    and the others stuck at the corner, PGD from the corner breaks the point or not, and the smallest k is
    found by bisection. In an L2 ball it is a random direction, and the smallest angle to it that the change
    must have. Small figures: most of the ball's surface breaks the point. Large ones: little of it does.

    A point costs at most directions * (1 + halvings * (steps + 1)) forward and directions * halvings * steps
    backward passes beside those that tell whether it can be broken; success ends a search early.

    Args:
        oracle: The model.
        batch: The points.
        threat: The ball.
        dice: Randomness by point; direction j is the same whatever their number.
        directions: Drawn for each point.
        halvings: Of the interval; 10 settle 1024 values exactly.
        steps: Of PGD for each size that is tried.
        step: Length of a step, as a share of epsilon.

    Raises:
        UsageError: the threat is neither of the two.
    """
    if not isinstance(threat, Linf | L2):
        raise UsageError(f"sparsity is measured in linf and l2, not {threat.name!r}", fix="Use one of these")
    prober = Prober(oracle, batch)
    room, kept = prober.room(threat, dice), Kept(prober)
    wrong = kept.broken.clone()
    search(BREAKING, prober, room, kept, restarts=BREAKING.restarts)
    breakable = kept.broken & ~wrong
    most = Pixels.most(batch.x) if isinstance(threat, Linf) else Angle.most(batch.x)
    each = torch.where(wrong, 0.0, most)[:, None].repeat(1, directions).to(batch.x)
    left = room.select(breakable.nonzero()[:, 0])
    for j in range(directions if len(left) else 0):
        drawn = left.dice.named(f"{left.dice.stream} direction {j}", left.dice.version)
        tried: Pixels | Angle
        if isinstance(threat, Linf):
            tried = Pixels.draw(threat, left.x, drawn)
        else:
            tried = Angle.draw(threat, left.x, drawn)
        each[left.at, j] = _smallest(prober, left, tried, most, halvings, PGD(steps, step))
    return Sparsity(each, most, breakable, wrong, prober.forwards, prober.backwards)


def _smallest(
    prober: Prober, room: Room, tried: Pixels | Angle, most: float, halvings: int, walk: PGD
) -> Tensor:
    """Return (n,) the smallest size that breaks each point, to within the last interval, from above."""
    alone = prober.ask(tried.start(room.x), room).broken
    low = room.x.new_zeros(len(room))
    high = torch.where(alone, 0.0, most).to(low)
    for _ in range(halvings):
        middle = tried.middle(low, high)
        at = ((middle > low) & (middle < high)).nonzero()[:, 0]
        if not len(at):
            break
        broken = _breaks(prober, room.select(at), tried.select(at), middle[at], walk)
        low[at], high[at] = (
            torch.where(broken, low[at], middle[at]),
            torch.where(broken, middle[at], high[at]),
        )
    return high


def _breaks(prober: Prober, room: Room, tried: Pixels | Angle, size: Tensor, walk: PGD) -> Tensor:
    """Return (n,) bool: does PGD from the direction itself break the point with so much freedom?"""
    found = torch.zeros(len(room), dtype=torch.bool, device=room.x.device)
    at = torch.arange(len(room), device=room.x.device)
    x = tried.start(room.x)
    for turn in range(walk.steps + 1):
        last = turn == walk.steps
        seen = prober.ask(x, room) if last else prober.look(x, room, walk.loss)
        found[at] |= seen.broken
        keep = (~seen.broken).nonzero()[:, 0]
        if last or not len(keep):
            break
        assert seen.gradient is not None
        along = tried.threat.steepest(seen.gradient)[keep]
        room, tried, size, at, x = room.select(keep), tried.select(keep), size[keep], at[keep], x[keep]
        far = per_point(torch.full_like(size, walk.step * tried.threat.epsilon), x)
        x = tried.project(room.x, x + far * along, size)
    return found


def _mean(values: Tensor, most: float, level: float) -> Estimate:
    """Return the mean with the percentile interval of the bootstrap over points."""
    n, plain = len(values), values.double().cpu().numpy()
    if not n:
        return Estimate(0.0, 0.0, most, 0, level)
    drawn = generator("sparsity").multinomial(n, np.full(n, 1 / n), RESAMPLES) @ plain / n
    mean = float(plain.mean())
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    return Estimate(mean, min(float(low), mean), max(float(high), mean), n, level)
