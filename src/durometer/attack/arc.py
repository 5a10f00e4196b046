"""ARC: attack a randomized ensemble member by member; a step stands if expected accuracy does not rise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.apgd import APGD
from durometer.attack.engine import Kept, Outcome, Prober, Room, Seen
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.tasks.goal import ClassGoal
from durometer.tasks.mixture import MixtureGoal
from durometer.threat import L2, Linf

BEYOND = 0.05
"""Of epsilon: how far past a boundary a step aims."""
TINY = 1e-10


@dataclass(frozen=True)
class ARC(Attack):
    """Attacking Randomized ensembles of Classifiers (Dbouk and Shanbhag, 2022, algorithms 1 and 2).

    Each turn visits the members by falling weight. For a member, the nearest of the boundaries between its
    answer and its next `boundaries - 1` classes is found as if it were flat; the step so far is bent toward
    it, just far enough to cross it where it is within reach, and brought back to the length `step`. It stands
    if the exact expected accuracy does not rise. Following one mean gradient instead stops where the members'
    gradients cancel, or where one member's loss is saturated.

    With `climb`, it begins where APGD on the mean probability has come, and so is never the weaker of the
    two.

    It is for `Mixture` models, in L-infinity and L2 balls; a single classifier is a mixture of one. A turn
    costs `boundaries - 1` backward and two forward passes for each member, each of them through all members.
    Formulas and constants are those of the authors' code.
    """

    name: ClassVar[str] = "arc"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "dbouk2022"

    steps: Annotated[int, Param("turns over all members", low=1)] = 20
    step: Annotated[float, Param("length of a step", "of epsilon", low=0)] = 1.0
    boundaries: Annotated[int, Param("best classes between which boundaries are looked at", low=2)] = 4
    random_start: Annotated[bool, Param("begin at a random point of the set, not at the input")] = True
    climb: Annotated[int, Param("steps of APGD on the mean probability before it begins", low=0)] = 0

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the input found for each sample at which the fewest members, by weight, are right."""
        if not isinstance(threat, Linf | L2):
            raise ExtensionError(
                f"it knows the threats linf and l2, not {threat.name!r}", where="attack 'arc'"
            )
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        room = prober.room(threat, dice)
        now = threat.sample(batch.x, dice) if self.random_start else batch.x
        if self.climb:
            APGD("task", self.climb).extend(prober, room, kept)
            now = kept.x.clone()
        for _ in range(self.steps):
            left = kept.unbroken(room)
            if not len(left):
                break
            room, now = room.select(left), now[left]
            now = self._turn(prober, room, kept, now)
        return Outcome(kept.x, spent(prober))

    def _turn(self, prober: Prober, room: Room, kept: Kept, now: Tensor) -> Tensor:
        """Visit every member once; return where each point stands then."""
        start, along = now, torch.zeros_like(now)
        weights, height = weights_of(room.goal), None
        for place, member in enumerate(weights.argsort(descending=True, stable=True).tolist()):
            stood, near, slope = self._nearest(prober, room, now, member)
            if height is None:
                kept.take(room, now, stood)
                height = accuracy(room.goal, stood.output)
            ahead = self._bent(room.threat, along, near, slope, alone=place == 0)
            x = room.threat.project(room.x, start + ahead)
            seen = prober.ask(x, room)
            kept.take(room, x, seen)
            risen = accuracy(room.goal, seen.output)
            stands = per_point(risen <= height, x)
            along, now = torch.where(stands, ahead, along), torch.where(stands, x, now)
            height = torch.minimum(height, risen)
        return now

    def _nearest(self, prober: Prober, room: Room, x: Tensor, member: int) -> tuple[Seen, Tensor, Tensor]:
        """Return what is seen, how far (n,) a member's nearest boundary seems, and its slope (n, ...)."""

        def gaps(output: Tensor, goal: Goal, places: Tensor) -> Tensor:
            values = one_of(goal).values(members_of(goal, output)[:, member])
            top = values.topk(min(self.boundaries, values.shape[1]), dim=1).values
            return top[:, :1] - top[:, 1:]

        found = prober.slopes(x, room, gaps)
        dual = 1 if isinstance(room.threat, Linf) else 2
        size = torch.linalg.vector_norm(found.gradients.flatten(2).double(), ord=dual, dim=2)
        near = found.values / (size + TINY)
        which = near.argmin(dim=1)
        rows = torch.arange(len(x), device=x.device)
        return found.seen, near[rows, which].to(x), found.gradients[rows, which]

    def _bent(self, threat: Threat, along: Tensor, near: Tensor, slope: Tensor, *, alone: bool) -> Tensor:
        """Return the step so far bent toward a boundary, with the length of a step."""
        assert isinstance(threat, Linf | L2)
        length = self.step * threat.epsilon
        share = torch.full_like(near, length)
        if not alone:
            dual = 1 if isinstance(threat, Linf) else 2
            size = torch.linalg.vector_norm(slope.flatten(1).double(), ord=dual, dim=1)
            gone = -(slope.flatten(1).double() * along.flatten(1)).sum(dim=1) / (size + TINY)
            enough = length / (length - near + TINY) * (near - gone).abs() + BEYOND * threat.epsilon
            share = torch.where(near < length, enough.to(near), share)
        ahead = along - per_point(share, along) * threat.steepest(slope)
        zero = torch.zeros_like(ahead)
        return length * ahead / (per_point(threat.size(zero, ahead), ahead) + TINY)


def weights_of(goal: Goal) -> Tensor:
    """Return the members' probabilities; one of 1 for a single classifier."""
    return goal.weights if isinstance(goal, MixtureGoal) else torch.ones(1)


def one_of(goal: Goal) -> ClassGoal:
    """Return what counts as right for one member.

    Raises:
        ExtensionError: the goal is not about classes.
    """
    one = goal.one if isinstance(goal, MixtureGoal) else goal
    if not isinstance(one, ClassGoal):
        raise ExtensionError("it attacks classifiers only", where="attack 'arc'")
    return one


def members_of(goal: Goal, output: Tensor) -> Tensor:
    """Return the outputs as (B, M, K)."""
    return output if isinstance(goal, MixtureGoal) else output[:, None]


def accuracy(goal: Goal, output: Tensor) -> Tensor:
    """Return (B,) the expected accuracy."""
    return goal.accuracy(output) if isinstance(goal, MixtureGoal) else (~goal.broken(output)).to(output.dtype)
