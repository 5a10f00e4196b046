"""Projected gradient descent: step along the gradient, project, repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room, Seen, State, search
from durometer.attack.facts import spent
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.threat import Directed


@dataclass(frozen=True)
class PGD(Attack):
    """Projected gradient descent (Madry et al., 2018, section 2.1) in any threat with a steepest direction.

    The step is `step * epsilon * threat.steepest(direction)`: signs in L-infinity, the scaled gradient in L2.
    The direction is the gradient of the task's loss, with `momentum` a running sum of gradients of length 1.
    """

    name: ClassVar[str] = "pgd"
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "madry2018"

    steps: Annotated[int, Param("steps along the gradient", low=0)] = 20
    step: Annotated[float, Param("length of a step", "of epsilon", low=0)] = 0.25
    restarts: Annotated[int, Param("starts for what stays unbroken", low=1)] = 1
    momentum: Annotated[float, Param("share of the last direction that is kept", low=0)] = 0.0
    random_start: Annotated[bool, Param("begin at a random point of the set, not at the input")] = True

    @property
    def turns(self) -> int:
        """How often it moves."""
        return self.steps

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        check_directed(threat, self.name)
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        search(self, prober, prober.room(threat, dice), kept, restarts=self.restarts)
        return Outcome(kept.x, spent(prober))

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at a random point of the set; without random starts, the first time at the input."""
        start = room.x.clone()
        if self.random_start or restart:
            start = room.threat.sample(room.x, restarted(room.dice, restart))
        return {"x": start} | ({"direction": start.new_zeros(start.shape)} if self.momentum else {})

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the task's loss."""
        return goal.loss(output)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Step and project."""
        threat = room.threat
        assert isinstance(threat, Directed)
        assert seen.gradient is not None
        direction = seen.gradient
        if self.momentum:
            direction = self.momentum * state["direction"] + threat.steepest(direction)
        ahead = state["x"] + self.step * threat.epsilon * threat.steepest(direction)
        moved = {"x": threat.project(room.x, ahead)}
        return moved | ({"direction": direction} if self.momentum else {})


def restarted(dice: Dice, restart: int) -> Dice:
    """Return the dice of one restart; the first are the sample's own."""
    return dice if restart == 0 else dice.named(f"{dice.stream} restart {restart}", dice.version)


def check_directed(threat: Threat, attack: str) -> None:
    """Refuse a threat without a steepest direction.

    Raises:
        ExtensionError: in words.
    """
    if not isinstance(threat, Directed):
        raise ExtensionError(
            f"the threat {threat.name!r} has no steepest direction", where=f"attack {attack!r}",
            fix="Use linf or l2, or give the threat a method steepest(gradient) and an epsilon",
        )  # fmt: skip
