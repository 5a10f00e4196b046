"""NES: gradient steps with a gradient estimated from pairs of opposite random directions; scores only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room
from durometer.attack.facts import spent
from durometer.attack.losses import LossName, loss_named
from durometer.attack.pgd import check_directed
from durometer.core import Attack, Batch, Dice, Oracle, Param, Threat, Trait
from durometer.threat import Directed

BLOCK = 2**18
"""Values of each point that are drawn at a time."""


@dataclass(frozen=True)
class NES(Attack):
    """Projected gradient steps on an estimated gradient (Ilyas et al., 2018).

    The gradient is the sum over `pairs` of normal numbers u of u (loss(x + spread u) - loss(x - spread u)),
    with `momentum` mixed with those before. Each point that is reached is asked about too.
    """

    name: ClassVar[str] = "nes"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "ilyas2018"

    queries: Annotated[int, Param("questions a sample, beside the untouched input", low=1)] = 1000
    pairs: Annotated[int, Param("pairs of directions for one step", low=1)] = 25
    spread: Annotated[float, Param("how far a direction reaches, per value", low=1e-9)] = 1e-3
    step: Annotated[float, Param("length of a step", "of epsilon", low=0)] = 0.25
    momentum: Annotated[float, Param("share of the last direction that is kept", low=0, high=1)] = 0.0
    raised: Annotated[LossName, Param("what it raises: published is ce")] = "task"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample.

        Raises:
            ExtensionError: the threat has no steepest direction.
        """
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        check_directed(room.threat, self.name)
        room = room.select(kept.unbroken(room))
        x, way, left, turn = room.x, torch.zeros_like(room.x), self.queries, 0
        while len(room) and left > 0:
            pairs = min(self.pairs, (left - 1) // 2)
            if pairs:  # the last question or two of the budget have no estimate of their own
                slope = self._estimate(prober, room, x, turn, pairs)
                way = self.momentum * way + (1 - self.momentum) * slope
            threat = room.threat
            assert isinstance(threat, Directed)
            x = threat.project(room.x, x + self.step * threat.epsilon * threat.steepest(way))
            kept.take(room, x, prober.ask(x, room))
            left, turn = left - 2 * pairs - 1, turn + 1
            keep = kept.unbroken(room)
            room, x, way = room.select(keep), x[keep], way[keep]

    def _estimate(self, prober: Prober, room: Room, x: Tensor, turn: int, pairs: int) -> Tensor:
        """Return (n, ...) the estimated gradient of the loss, but for a factor."""
        found = torch.zeros_like(x, dtype=torch.double)
        block = max(1, BLOCK // x[:1].numel())
        for begin in range(0, pairs, block):
            m = min(block, pairs - begin)
            drawn = room.dice.normal(f"directions {turn} {begin}", (m, *x.shape[1:])).to(x)
            up, down = (self._loss(prober, room, x[:, None] + s * self.spread * drawn) for s in (1, -1))
            rise = (up - down).double()
            found = found + (rise.reshape(*rise.shape, *[1] * (x.ndim - 1)) * drawn).sum(dim=1)
        return found.to(x)

    def _loss(self, prober: Prober, room: Room, x: Tensor) -> Tensor:
        """Return (n, m) losses at inputs (n, m, ...)."""
        many = room.repeated(x.shape[1])
        seen = prober.ask(x.flatten(0, 1), many)
        return loss_named(self.raised, many.goal)(seen.output, many.goal).reshape(x.shape[:2])
