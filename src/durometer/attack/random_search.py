"""Random search: points drawn from the threat, the worst kept; what an attack must beat to be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from durometer.attack.engine import Kept, Outcome, Prober, Room
from durometer.attack.facts import spent
from durometer.core import Attack, Batch, Dice, Oracle, Param, Threat, Trait


@dataclass(frozen=True)
class RandomSearch(Attack):
    """Ask about points drawn from the threat itself and keep the one with the lowest margin.

    A baseline, in any threat and for any model: with as many `queries` as another attack spends passes, it
    says what luck alone finds there. One query is random noise of that size. Draw k is the same whatever the
    number of queries, so that more queries never find less.
    """

    name: ClassVar[str] = "random-search"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    baseline: ClassVar[bool] = True

    queries: Annotated[int, Param("points drawn, each one question to the model", low=1)] = 100

    @property
    def title(self) -> str:
        """What a person reads in a table, before the threat."""
        if self.queries == 1:
            return "random noise"
        return f"random search, {self.queries:,} queries"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input drawn for each sample."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        host = room.x.device.type == "cpu"
        room = room.select(kept.unbroken(room))
        for query in range(self.queries):
            if not len(room):
                return
            drawn = room.threat.sample(room.x, _dice_of(room, query))
            seen = prober.ask(drawn, room)
            kept.take(room, drawn, seen)
            if host and bool(seen.broken.any()):
                room = room.select((~seen.broken).nonzero()[:, 0])


def _dice_of(room: Room, query: int) -> Dice:
    return room.dice.named(f"{room.dice.stream} query {query}", room.dice.version)
