"""What the checks look at: a few attacks on the same points, each run once however many checks ask for it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Prober, Room, search
from durometer.attack.engine.prober import Loss
from durometer.attack.engine.room import per_point
from durometer.attack.losses import task_loss
from durometer.attack.losses.margin import margin
from durometer.attack.raised import Raised
from durometer.attack.square import Square
from durometer.core import Batch, Dice, Oracle, Threat
from durometer.core.goal import Goal
from durometer.tasks.goal import ClassGoal
from durometer.threat import L2, Linf

STEPS = 20
QUERIES = 300
TINY = 1e-12
BALLS = (Linf, L2)
"""The sets in which honest networks were seen to pass; in sets of another shape, PGD itself may be the one
that fails."""
SPREAD = 10.0
"""Between the best and the mean logit: about what networks have after training with the cross-entropy."""
NO_GRADIENT = "there is no gradient to follow, or the set is no ball in L-infinity or L2"
ASKED = 3
"""How often the untouched inputs are asked again."""


class Evidence:
    """Attacks on one batch, made when they are first asked for.

    Args:
        oracle: The model.
        batch: The points, (B, ...) in the model's input space.
        threat: The set that the attacks under diagnosis search.
        seed: Of all randomness but the model's own.
        queries: Questions a point that the black box may ask.

    Attributes:
        prober: Holds the outputs of the untouched inputs and counts all passes.
    """

    def __init__(
        self, oracle: Oracle, batch: Batch, threat: Threat, *, seed: int = 0, queries: int = QUERIES
    ) -> None:
        self.oracle, self.batch, self.seed, self.queries = oracle, batch, seed, queries
        self.prober = Prober(oracle, batch)
        self.room = self.prober.room(threat, self._dice("start"))
        self.threat = self.room.threat

    @property
    def ball(self) -> Linf | L2:
        """The set, where gradients can be examined in it."""
        assert isinstance(self.threat, Linf | L2)
        return self.threat

    @property
    def directed(self) -> bool:
        """Whether gradients can be examined: the model gives them, and the set is a ball in L-infinity or
        L2.
        """
        return "grad" in self.oracle.traits and type(self.threat) in BALLS

    @property
    def classes(self) -> bool:
        """Whether classes compete, so that logits can be spoken of."""
        return isinstance(self.prober.goal, ClassGoal)

    @cached_property
    def right(self) -> Tensor:
        """(B,) bool: points that are not broken untouched."""
        return ~self.prober.goal.broken(self.prober.clean)

    @cached_property
    def drift(self) -> float:
        """The largest change of an output when the untouched inputs are asked again, as a share of its
        spread.
        """
        again = [self.prober.ask(self.room.x, self.room).output for _ in range(ASKED)]
        return max(apart(other, self.prober.clean) for other in again)

    @cached_property
    def gradients(self) -> Tensor:
        """The gradient of the task's loss at the points that are right, (n, ...)."""
        return self._look(task_loss)

    @cached_property
    def margin_gradients(self) -> Tensor:
        """The gradient of the difference of logits at the points that are right, (n, ...)."""
        return self._look(margin)

    @cached_property
    def base(self) -> Kept:
        """What PGD on the task's loss found."""
        return self.pgd()

    @cached_property
    def by_margin(self) -> Tensor:
        """What PGD on the difference of logits broke."""
        return self.pgd(raised=margin).broken

    @cached_property
    def by_rescaled(self) -> Tensor:
        """What PGD broke on the cross-entropy of logits that are brought to one scale first."""
        return self.pgd(raised=rescaled).broken

    @cached_property
    def by_gradients(self) -> Tensor:
        """What any of the two losses broke."""
        return self.base.broken | (self.by_margin if self.classes else self.base.broken)

    @cached_property
    def by_queries(self) -> Tensor | None:
        """What Square broke without a gradient; None where it can't search."""
        if type(self.threat) is not Linf or self.batch.x.ndim != 4:
            return None
        kept = Kept(self.prober)
        Square(queries=self.queries, rescaled=True).extend(self.prober, self.of("square"), kept)
        return kept.broken

    @cached_property
    def by_chance(self) -> Tensor:
        """What random points of the set broke, with as many passes as PGD has."""
        kept = Kept(self.prober)
        for draw in range(2 * STEPS + 1):
            room = self.of(f"chance {draw}")
            room = room.select(kept.unbroken(room))
            if not len(room):
                break
            x = room.threat.sample(room.x, room.dice)
            kept.take(room, x, self.prober.ask(x, room))
        return kept.broken

    def pgd(
        self,
        *,
        steps: int = STEPS,
        step: float = 0.125,
        restarts: int = 1,
        random_start: bool = True,
        raised: Loss = task_loss,
        epsilon: float | None = None,
    ) -> Kept:
        """Run PGD once and return what it found; with another epsilon, in a set of that size."""
        attack = Raised(steps, step, restarts, random_start=random_start, raised=raised)
        room = self.of("pgd")
        if epsilon is not None:
            room = replace(room, threat=replace(self.ball, epsilon=epsilon))
        kept = Kept(self.prober)
        search(attack, self.prober, room, kept, restarts=restarts)
        return kept

    def of(self, purpose: str) -> Room:
        """Return all points, with dice for a purpose."""
        return replace(self.room, dice=self._dice(purpose))

    def _dice(self, purpose: str) -> Dice:
        return Dice(self.seed, f"diagnosis {purpose}", 1, self.batch.ids, device=self.batch.x.device)

    def _look(self, raised: Loss) -> Tensor:
        room = self.room.select(self.right.nonzero()[:, 0])
        gradient = self.prober.look(room.x, room, raised).gradient
        assert gradient is not None
        return gradient


def rescaled(output: Tensor, goal: Goal) -> Tensor:
    """Return the cross-entropy after bringing each point's logits to one spread, `SPREAD`, held fixed.

    The spread is the best minus the mean logit. It is a number to the gradient, so the direction is that of
    the cross-entropy at a temperature at which it does not saturate.
    """
    assert isinstance(goal, ClassGoal)
    values = goal.values(output)
    spread = (values.amax(dim=1) - values.mean(dim=1)).detach() + TINY
    scaled = SPREAD * values / per_point(spread, values)
    loss = scaled.logsumexp(dim=1) - scaled.masked_fill(~goal.marked, -torch.inf).logsumexp(dim=1)
    return -loss if goal.targeted else loss


def apart(output: Tensor, clean: Tensor) -> float:
    """Return the largest difference of outputs, as a share of the spread of that point's outputs."""
    flat = clean.flatten(1)
    spread = (flat.amax(dim=1) - flat.amin(dim=1)).clamp_min(torch.finfo(flat.dtype).tiny)
    return float(((output - clean).abs().flatten(1).amax(dim=1) / spread).nan_to_num(0.0).max())
