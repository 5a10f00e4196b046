"""Auto-PGD: gradient steps with momentum whose length halves itself when progress stalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.attack.classes import each
from durometer.attack.engine import Kept, Outcome, Prober, Room, Seen, State, Walk, search
from durometer.attack.engine.prober import Loss
from durometer.attack.engine.room import per_point
from durometer.attack.expected import Repeated
from durometer.attack.facts import spent
from durometer.attack.losses import LossName, loss_named, task_loss
from durometer.attack.pgd import check_directed, restarted
from durometer.attack.sparse_climb import Inside, SparseClimb
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.core.goal import Goal
from durometer.threat import L1, Directed

FIRST_CHECK, SHORTER, LEAST = 0.22, 0.03, 0.06
"""Shares of the steps: until the first check, by how much the wait shrinks, and the shortest wait."""
KEEP = 0.75
"""Weight of the new step against momentum; also the share of rises below which a step is too long."""


@dataclass(frozen=True)
class APGD(Attack):
    """Auto-PGD (Croce and Hein, 2020, section 3) in any threat with a steepest direction.

    Steps begin at twice epsilon; at fixed checkpoints a point whose loss rose in at most 3 of 4 steps, or
    whose best loss has not moved, goes back to its best input with half the step. A targeted loss leads to
    each of the `targets` best other classes of the untouched input in turn.

    In L1 the steps change few values, as many as the best input so far suggests (Croce and Hein, 2021); with
    `wider` the search begins in balls of three times and twice epsilon.

    A model whose answers are random is asked `questions` times at each point, and follows the mean gradient.

    `first_check` says what the first step of all is compared with: `corrected`, the loss at the start;
    `published`, 0, as the authors' code does by reading a row that was not written yet.
    """

    name: ClassVar[str] = "apgd"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "croce2020"

    loss_name: Annotated[LossName, Param("what it raises")] = "ce"
    steps: Annotated[int, Param("steps from one start", low=1)] = 100
    restarts: Annotated[int, Param("starts for what stays unbroken", low=1)] = 1
    targets: Annotated[int, Param("classes that a targeted loss leads to", low=1)] = 9
    wider: Annotated[bool, Param("in L1: begin in balls of three times and twice epsilon")] = False
    questions: Annotated[int, Param("questions at each point, for models with random answers", low=1)] = 1
    first_check: Annotated[
        Literal["corrected", "published"], Param("with what the first step is compared")
    ] = "corrected"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        check_directed(threat, self.name)
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on from what is kept; ensembles call this."""
        walk, held = self.walk(room), Inside(kept) if self.wider else kept
        asked = prober if self.questions == 1 else Repeated(prober, self.questions)
        for led in each(prober, room, self.targets) if self.loss_name.endswith("-targeted") else (room,):
            search(walk, asked, led, held, restarts=self.restarts)

    def walk(self, room: Room) -> Walk:
        """Return how it moves in this threat.

        Raises:
            ExtensionError: `wider` is for L1 only.
        """
        raised = loss_named(self.loss_name, room.goal)
        if isinstance(room.threat, L1):
            return SparseClimb(raised, self.steps, self.wider)
        if self.wider:
            raise ExtensionError(
                f"wider balls first are for the threat l1, not {room.threat.name!r}",
                where=f"attack {self.name!r}", fix="Set wider = false",
            )  # fmt: skip
        return Climb(raised, self.steps, self.first_check == "published")


@dataclass(frozen=True)
class Climb:
    """The walk of Auto-PGD: see `APGD`.

    Attributes:
        raised: The loss.
        turns: Steps.
        from_zero: Whether the first step is compared with 0, as published.
    """

    raised: Loss = task_loss
    turns: int = 100
    from_zero: bool = False

    @property
    def checks(self) -> Mapping[int, int]:
        """Turn -> steps since the last check."""
        wait, least = max(int(FIRST_CHECK * self.turns), 1), max(int(LEAST * self.turns), 1)
        at, found = wait, {}
        while at <= self.turns:
            found[at] = wait
            wait = max(wait - max(int(SHORTER * self.turns), 1), least)
            at += wait
        return found

    def begin(self, room: Room, restart: int, /) -> State:
        """Start at a random point of the set."""
        x = room.threat.sample(room.x, restarted(room.dice, restart))
        flat = x.new_zeros(len(x))
        threat = room.threat
        assert isinstance(threat, Directed)
        return {
            "x": x, "before": x, "best": x, "slope": torch.zeros_like(x), "height": flat - torch.inf,
            "step": flat + 2 * threat.epsilon, "risen": flat, "last": flat, "check": flat - torch.inf,
            "halved": torch.ones_like(flat, dtype=torch.bool),
        }  # fmt: skip

    def loss(self, output: Tensor, goal: Goal, /) -> Tensor:
        """Return the loss that is raised."""
        return self.raised(output, goal)

    def move(self, room: Room, state: State, seen: Seen, turn: int, /) -> State:
        """Note what was seen, check the step's length when it is time, and step."""
        assert seen.loss is not None
        assert seen.gradient is not None
        state = self._noted(state, seen.loss, seen.gradient, turn)
        x, slope = state["x"], seen.gradient
        if wait := self.checks.get(turn):
            state = _checked(state, wait)
            back = per_point(state["halved"], x)
            x, slope = torch.where(back, state["best"], x), torch.where(back, state["slope"], slope)
        return {**state, "x": self._stepped(room, state, x, slope, turn), "before": x}

    def _noted(self, state: State, loss: Tensor, gradient: Tensor, turn: int) -> State:
        loss = loss.nan_to_num(-torch.inf)
        higher = loss > state["height"]
        wide = per_point(higher, gradient)
        height = torch.where(higher, loss, state["height"])
        against = torch.zeros_like(loss) if self.from_zero and turn == 1 else state["last"]
        return {
            **state,
            "best": torch.where(wide, state["x"], state["best"]),
            "slope": torch.where(wide, gradient, state["slope"]),
            "height": height, "last": loss, "check": height if turn == 0 else state["check"],
            "risen": state["risen"] + (loss > against if turn else torch.zeros_like(higher)),
        }  # fmt: skip

    def _stepped(self, room: Room, state: State, x: Tensor, slope: Tensor, turn: int) -> Tensor:
        threat = room.threat
        assert isinstance(threat, Directed)
        ahead = threat.project(room.x, x + per_point(state["step"], x) * threat.steepest(slope))
        if turn == 0:
            return ahead
        return threat.project(room.x, x + KEEP * (ahead - x) + (1 - KEEP) * (x - state["before"]))


def _checked(state: State, wait: int) -> State:
    """Halve the steps of points that oscillate, or that have gained nothing since the last check."""
    stalled = ~state["halved"] & (state["check"] >= state["height"])
    halved = (state["risen"] <= KEEP * wait) | stalled
    step = torch.where(halved, state["step"] / 2, state["step"])
    return {
        **state,
        "halved": halved,
        "step": step,
        "check": state["height"],
        "risen": torch.zeros_like(step),
    }
