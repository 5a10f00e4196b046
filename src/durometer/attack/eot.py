"""Expectation over transformation: attack what a model with random answers says on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch

from durometer.attack.apgd import APGD
from durometer.attack.engine import Kept, Outcome, Prober, Room, Seen, search
from durometer.attack.expected import Repeated
from durometer.attack.facts import spent
from durometer.attack.losses import LossName, loss_named
from durometer.attack.pgd import check_directed
from durometer.attack.raised import Raised
from durometer.core import Attack, Batch, Dice, Oracle, Param, Scalar, Threat, Trait
from durometer.stats import clopper_pearson


@dataclass(frozen=True)
class EOT(Attack):
    """PGD or APGD along the mean gradient of many draws (Athalye et al., 2018, section 4.2).

    Each input is asked `questions` times; losses, gradients and margins are averaged. A point is done only
    when it is broken in every one of these draws: one wrong answer of a random model is luck.
    For each point the facts have `share_right`, over `judged` new draws at what was found, with its exact
    interval `share_low` to `share_high`; their mean is the accuracy that is expected under the attack. The
    row itself is one more new draw, and so is unbiased as well.
    """

    name: ClassVar[str] = "eot"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "athalye2018"

    search: Annotated[Literal["pgd", "apgd"], Param("the search that is led by the mean gradient")] = "pgd"
    questions: Annotated[int, Param("questions at each input", low=1)] = 20
    steps: Annotated[int, Param("steps from one start", low=1)] = 20
    step: Annotated[float, Param("length of a step of pgd", "of epsilon", low=0)] = 0.125
    restarts: Annotated[int, Param("starts for what stays unbroken", low=1)] = 1
    loss_name: Annotated[LossName, Param("what it raises")] = "ce"
    judged: Annotated[int, Param("new draws by which what was found is judged", low=1)] = 50

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the input found for each sample that is right least on average."""
        check_directed(threat, self.name)
        prober = Always(Prober(oracle, batch), self.questions)
        room = prober.room(threat, dice)
        kept = prober.keep(room)
        if self.search == "apgd":
            APGD(self.loss_name, self.steps, self.restarts).extend(prober, room, kept)
        else:
            walk = Raised(self.steps, self.step, self.restarts, raised=loss_named(self.loss_name, room.goal))
            search(walk, prober, room, kept, restarts=self.restarts)
        return Outcome(kept.x, {**spent(prober), **self._judged(oracle, batch, kept)})

    def _judged(self, oracle: Oracle, batch: Batch, kept: Kept) -> Mapping[str, Sequence[Scalar]]:
        """Return the share of draws that are right at what was found; these passes are not the search's."""
        right = torch.stack([oracle.score(kept.x, batch.y) for _ in range(self.judged)]).sum(dim=0).tolist()
        shares = [clopper_pearson(k, self.judged) for k in right]
        return {
            "share_right": [round(s.value, 6) for s in shares],
            "share_low": [round(s.low, 6) for s in shares],
            "share_high": [round(s.high, 6) for s in shares],
            "draws": [self.judged] * len(shares),
        }


class Always(Repeated):
    """A prober that asks repeatedly and calls broken only what is broken in every draw; margins are
    averaged.
    """

    def keep(self, room: Room) -> Kept:
        """Return what is kept at the start, after asking the untouched inputs in the same way."""
        seen = self.ask(room.x, room)
        self.clean = seen.output
        kept = Kept(self)
        kept.broken, kept.margin = seen.broken, seen.margin
        return kept

    def _mean(self, seen: list[Seen], room: Room) -> Seen:
        output = torch.stack([s.output for s in seen]).mean(dim=0)
        broken = torch.stack([s.broken for s in seen]).all(dim=0)
        return Seen(output, broken, torch.stack([s.margin for s in seen]).mean(dim=0))
