"""FAB: steps to the linearized boundary, pulled toward the untouched input; the nearest broken point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.attack.classes import class_goal, each, others
from durometer.attack.engine import Kept, Nearest, Outcome, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.attack.losses import loss_named
from durometer.attack.losses.margin import margin_targeted
from durometer.attack.pgd import restarted
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.ops.hyperplane import toward
from durometer.threat import Directed

ORDER = {"linf": torch.inf, "l2": 2, "l1": 1}
DUAL = {"linf": "l1", "l2": "l2", "l1": "linf"}
TINY = 1e-8


@dataclass(frozen=True)
class FAB(Attack):
    """Fast adaptive boundary attack (Croce and Hein, 2019, section 3).

    Each step goes to the plane on which the logit of a class t equals that of the right one, as seen from
    here and from the untouched input; the two answers are mixed, and a point that breaks is pulled back. A
    point is left alone once an input within epsilon breaks it.

    `led` says to which class: to `each` of the `targets` best others of the untouched input in turn, or, as
    the attack was first published, at every step to the one whose plane is `nearest`, which costs a pass for
    each other class.
    """

    name: ClassVar[str] = "fab"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "croce2019"

    steps: Annotated[int, Param("steps for each class", low=1)] = 100
    led: Annotated[Literal["each", "nearest"], Param("the classes it is led to")] = "each"
    targets: Annotated[int, Param("if led to each: how many classes, the likeliest first", low=1)] = 9
    restarts: Annotated[int, Param("starts, for each class if led to each", low=1)] = 1
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
        if room.threat.name not in ORDER:
            known = ", ".join(ORDER)
            raise ExtensionError(f"it knows the threats {known} only", where="attack 'fab'")
        loss_named("margin-targeted", room.goal)
        nearest = Nearest(prober)
        for place in each(prober, room, self.targets) if self.led == "each" else (room,):
            for restart in range(self.restarts):
                left = place.select(kept.unbroken(place))
                if len(left):
                    self._run(prober, left, nearest, kept, restart)

    def _run(self, prober: Prober, room: Room, nearest: Nearest, kept: Kept, restart: int) -> None:
        x = self._begin(room, restart)
        look = _look if self.led == "each" else _look_around
        for _ in range(self.steps):
            x = self._moved(room, x, *look(prober, room, x))
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


def _look(prober: Prober, room: Room, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return z_t - z_y (n,) for the class that is led to, and its gradient."""
    seen = prober.look(x, room, margin_targeted)
    assert seen.loss is not None
    assert seen.gradient is not None
    return seen.loss, seen.gradient


def _look_around(prober: Prober, room: Room, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the same for the class whose plane is nearest from here."""
    if class_goal(room).targeted:
        return _look(prober, room, x)
    order, count = others(prober, room)
    order = order[:, :-1]  # one is right at least
    times = order.shape[1]
    many = room.repeated(times)
    aimed = replace(many, goal=class_goal(many).aimed(order.flatten()))
    loss, gradient = _look(prober, aimed, x.repeat_interleave(times, dim=0))
    slope = _length(gradient.flatten(1), DUAL[room.threat.name])
    far = (loss.abs() / slope.clamp_min(1e-12)).reshape(-1, times)
    none = torch.arange(times, device=x.device) >= count[:, None]
    at = far.masked_fill(none, torch.inf).argmin(dim=1) + times * torch.arange(len(x), device=x.device)
    return loss[at], gradient[at]


def _within(room: Room, nearest: Nearest, kept: Kept) -> None:
    """Hand over what is within epsilon."""
    threat = room.threat
    assert isinstance(threat, Directed)
    found = (nearest.distance[room.at] <= threat.epsilon) & ~kept.broken[room.at]
    kept.x[room.at] = torch.where(per_point(found, kept.x), nearest.x[room.at], kept.x[room.at])
    kept.broken[room.at] |= found


def _length(step: Tensor, norm: str) -> Tensor:
    order = ORDER[norm]
    length: Tensor = torch.linalg.vector_norm(step, ord=order, dim=1)
    return length
