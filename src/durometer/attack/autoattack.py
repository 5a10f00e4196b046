"""AutoAttack: an ensemble in which each attack goes on with what those before left unbroken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room
from durometer.attack.ensembles import ENSEMBLES, Name, Rules, Stage
from durometer.attack.facts import spent
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Scalar, Threat, Trait
from durometer.core.goal import every
from durometer.stats import clopper_pearson_bounds

LEVEL = 0.95
"""Of the bound on what the stages that are left out would break, whichever stage it stops after."""


@dataclass(frozen=True)
class AutoAttack(Attack):
    """AutoAttack, the ensembles of Croce and Hein (2020, section 5), in L-infinity, L2 and L1.

    `standard`: APGD on cross-entropy, APGD and FAB led to nine classes each, Square with 5,000 queries; in L1
    (Croce and Hein, 2021) with wider balls first, five starts and five classes. `plus`: more starts, APGD on
    the ratio of logits and FAB to the nearest plane besides. `rand`: for models with random answers.

    `rules` says whether two slips of the authors' code are kept (`published`) or mended: Square never
    touches the last row and column, and the first step of Auto-PGD is compared with 0.

    With a `tolerance` above 0 it may stop early. `pilot` samples, drawn at random among those attacked
    together, go through all stages. The others stop after the first stage for which the stages after it broke
    so few of the pilot that, at 95 %, at most a share `tolerance` of all samples would be broken by them
    (Clopper and Pearson's one-sided bound, shared out over the stages it might stop after). Which stages were
    left out, and the bound, are among the facts. What is left out then depends on who is attacked together.
    """

    name: ClassVar[str] = "autoattack"
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "croce2020"

    ensemble: Annotated[Name, Param("which attacks, with which budgets")] = "standard"
    rules: Annotated[Rules, Param("whether slips of the published code are kept")] = "corrected"
    tolerance: Annotated[
        float, Param("share of samples that stages left out may break; 0: none is left out", low=0, high=1)
    ] = 0.0
    pilot: Annotated[int, Param("with a tolerance: samples that go through all stages", low=1)] = 500

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample, which stage broke it and what each stage cost."""
        prober = Prober(oracle, batch)
        room = prober.room(threat, dice)
        run = _Run(prober, room, Kept(prober), self._stages(threat, prober))
        first, rest = self._parted(room)
        run.go(first, run.names)
        going, bound = self._going(run, first)
        run.go(rest, going)
        return Outcome(run.kept.x, {**run.facts(), **self._left_out(run, rest, going, bound)})

    def _stages(self, threat: Threat, prober: Prober) -> Mapping[str, Stage]:
        if threat.name not in ("linf", "l2", "l1"):
            raise ExtensionError(
                f"it knows the threats linf, l2 and l1, not {threat.name!r}", where=f"attack {self.name!r}"
            )
        return ENSEMBLES[self.ensemble](threat.name, self.rules, prober.clean.shape[1])

    def _parted(self, room: Room) -> tuple[Tensor, Tensor]:
        """Return the places of the pilot and of the others."""
        if not self.tolerance:
            whole = every(len(room), room.x.device)
            return whole, whole[:0]
        order = room.dice.uniform("pilot").argsort(stable=True).to(room.at)
        return order[: self.pilot], order[self.pilot :]

    def _going(self, run: _Run, pilot: Tensor) -> tuple[Sequence[str], float]:
        """Return the stages that the others go through, and the bound on what those left out would break."""
        broke = [run.stage[i] for i in pilot.tolist()]
        level = 1 - 2 * (1 - LEVEL) / max(len(run.names) - 1, 1)  # one-sided, shared out
        for last in range(1, len(run.names)):
            later = sum(broke.count(name) for name in run.names[last:])
            bound = float(clopper_pearson_bounds(later, max(len(pilot), 1), level)[1])
            if bound <= self.tolerance:
                return run.names[:last], bound
        return run.names, 0.0

    def _left_out(
        self, run: _Run, rest: Tensor, going: Sequence[str], bound: float
    ) -> Mapping[str, Sequence[Scalar]]:
        if not self.tolerance:
            return {}
        short = set(rest.tolist())
        out = " ".join(run.names[len(going) :])
        return {
            "left_out": [out if i in short else "" for i in range(len(run.stage))],
            "left_out_bound": [round(bound, 6) if out and i in short else 0.0 for i in range(len(run.stage))],
        }


@dataclass
class _Run:
    """An ensemble on its way.

    Attributes:
        stage: What broke each sample; None so far.
        cost: Passes of each stage, (B, 2): forward and backward.
    """

    prober: Prober
    room: Room
    kept: Kept
    stages: Mapping[str, Stage]
    stage: list[Scalar] = field(init=False)
    cost: dict[str, Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.stage = ["untouched" if done else None for done in self.kept.broken.tolist()]
        self.cost = {name: torch.zeros_like(self._passes()) for name in self.stages}

    @property
    def names(self) -> Sequence[str]:
        """The stages in order."""
        return list(self.stages)

    def go(self, places: Tensor, names: Sequence[str]) -> None:
        """Take these samples through these stages."""
        room = self.room if len(places) == len(self.room) else self.room.select(places)
        for name in names if len(places) else ():
            before = self._passes()
            dice = room.dice.named(f"{room.dice.stream} {name}", room.dice.version)
            self.stages[name].extend(
                self.prober, Room(room.x, room.at, room.goal, room.threat, dice), self.kept
            )
            self.cost[name] += self._passes() - before
            for i, done in enumerate(self.kept.broken.tolist()):
                if done and self.stage[i] is None:
                    self.stage[i] = name

    def facts(self) -> Mapping[str, Sequence[Scalar]]:
        """Return what broke each sample and what it cost, stage by stage."""
        by_stage: dict[str, Sequence[Scalar]] = {}
        for name, cost in self.cost.items():
            by_stage[f"forwards {name}"], by_stage[f"backwards {name}"] = cost.T.tolist()
        return {"stage": self.stage, **spent(self.prober), **by_stage}

    def _passes(self) -> Tensor:
        return torch.stack([self.prober.forwards, self.prober.backwards], dim=1)
