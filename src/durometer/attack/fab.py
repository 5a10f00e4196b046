"""FAB: steps to the linearized boundary, pulled toward the untouched input; the nearest broken point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.attack.losses import loss_named
from durometer.attack.pgd import restarted
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.ops.hyperplane import toward
from durometer.tasks.goal import ClassGoal
from durometer.threat import Directed

NORMS = frozenset({"linf", "l2", "l1"})
TINY = 1e-8


@dataclass(frozen=True)
class FAB(Attack):
    """Fast adaptive boundary attack, led to one class at a time (Croce and Hein, 2019, section 3).

    Each step goes to the plane on which the logit of a class t equals that of the right one, as seen from
    here and from the untouched input; the two answers are mixed, and a point that breaks is pulled back. The
    classes are the `targets` best others of the untouched input. A point is left alone once an input within
    epsilon breaks it.
    """

    name: ClassVar[str] = "fab"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "croce2019"

    steps: Annotated[int, Param("steps for each class", low=1)] = 100
    targets: Annotated[int, Param("classes that are led to, the likeliest first", low=1)] = 9
    restarts: Annotated[int, Param("starts for each class", low=1)] = 1
    overshoot: Annotated[float, Param("length of a step, of the way to the plane", low=1)] = 1.05
    pull: Annotated[float, Param("most that the untouched input weighs in a step", low=0, high=1)] = 0.1
    back: Annotated[float, Param("share of the way out that is kept after breaking", low=0, high=1)] = 0.9

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the nearest broken input found for each sample, where it is within epsilon."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        if room.threat.name not in NORMS:
            known = ", ".join(sorted(NORMS))
            raise ExtensionError(f"it knows the threats {known} only", where="attack 'fab'")
        loss_named("margin-targeted", room.goal)
        nearest = Nearest(prober)
        for place in self._rooms(prober, room):
            for restart in range(self.restarts):
                left = place.select(kept.unbroken(place))
                if not len(left):
                    return
                self._run(prober, left, nearest, kept, restart)

    def _rooms(self, prober: Prober, room: Room) -> Iterator[Room]:
        goal = room.goal
        assert isinstance(goal, ClassGoal)
        order = goal.others(goal.values(prober.clean[room.at]))
        marked = int(goal.marked.sum(dim=1).amax()) if len(room) else 0
        for k in range(min(self.targets, goal.marked.shape[1] - marked)):
            dice = room.dice.named(f"{self.name} target {k}", self.version)
            yield replace(room, goal=goal.aimed(order[:, k]), dice=dice)

    def _run(self, prober: Prober, room: Room, nearest: Nearest, kept: Kept, restart: int) -> None:
        loss = loss_named("margin-targeted", room.goal)
        x = self._begin(room, restart)
        for _ in range(self.steps):
            seen = prober.look(x, room, loss)
            assert seen.loss is not None
            assert seen.gradient is not None
            x = self._moved(room, x, seen.loss, seen.gradient)
            now = prober.ask(x, room)
            nearest.take(room, x, now)
            _within(room, nearest, kept)
            x = torch.where(per_point(now.broken, x), room.x + (x - room.x) * self.back, x)
            if x.device.type == "cpu":
                keep = kept.unbroken(room)
                if len(keep) < len(room):
                    room, x = room.select(keep), x[keep]
                if not len(room):
                    return

    def _begin(self, room: Room, restart: int) -> Tensor:
        """Start at the untouched input; later halfway to a random point of the set."""
        if restart == 0:
            return room.x.clone()
        return room.x + (room.threat.sample(room.x, restarted(room.dice, restart)) - room.x) / 2

    def _moved(self, room: Room, x: Tensor, loss: Tensor, gradient: Tensor) -> Tensor:
        """Return the next point: from here and from the untouched input to the plane, and mixed.

        The loss is z_t - z_y; on the plane it is 0, and it must rise by -loss from here.
        """
        slope, here, home = gradient.flatten(1), x.flatten(1), room.x.flatten(1)
        from_home = loss + (slope * (home - here)).sum(dim=1)
        threat = room.threat
        assert isinstance(threat, Directed)
        low, high = float(getattr(threat, "low", 0.0)), float(getattr(threat, "high", 1.0))
        steps = [
            toward(start, slope, offset, norm=threat.name, low=low, high=high)
            for start, offset in ((here, loss), (home, from_home))
        ]
        one, two = (_length(step, threat.name).clamp_min(TINY) for step in steps)
        weight = (one / (one + two)).clamp(0, self.pull)[:, None]
        mixed = (here + self.overshoot * steps[0]) * (1 - weight) + (
            home + self.overshoot * steps[1]
        ) * weight
        return mixed.clamp(low, high).reshape(x.shape)


def _within(room: Room, nearest: Nearest, kept: Kept) -> None:
    """Hand over what is within epsilon."""
    threat = room.threat
    assert isinstance(threat, Directed)
    found = (nearest.distance[room.at] <= threat.epsilon) & ~kept.broken[room.at]
    kept.x[room.at] = torch.where(per_point(found, kept.x), nearest.x[room.at], kept.x[room.at])
    kept.broken[room.at] |= found


def _length(step: Tensor, norm: str) -> Tensor:
    order = {"linf": torch.inf, "l2": 2, "l1": 1}[norm]
    length: Tensor = torch.linalg.vector_norm(step, ord=order, dim=1)
    return length
