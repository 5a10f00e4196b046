"""Projected gradient descent: step along the gradient, project, repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.attack.worst import Worst
from durometer.core import AsksModel, Attack, Batch, Dice, ExtensionError, Param, Threat, Trait
from durometer.threat import Directed
from durometer.threat.local import among


@dataclass(frozen=True)
class PGD(Attack):
    """Projected gradient descent (Madry et al., 2018, section 2.1) in any threat with a steepest direction.

    The step is `step * epsilon * threat.steepest(gradient of the loss)`: signs in L-infinity, the scaled
    gradient in L2. A sample is left alone from the moment when its score is 0; for the others the point of
    lowest score, then highest loss, is kept.
    """

    name: ClassVar[str] = "pgd"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "madry2018"

    steps: Annotated[int, Param("steps along the gradient", low=0)] = 20
    step: Annotated[float, Param("length of a step", "of epsilon", low=0)] = 0.25
    random_start: Annotated[bool, Param("begin at a random point of the set, not at the input")] = True

    def __call__(self, oracle: AsksModel, batch: Batch, threat: Threat, dice: Dice, /) -> Tensor:
        """Return (B, ...) the worst input found for each sample."""
        if not isinstance(threat, Directed):
            raise ExtensionError(
                f"the threat {threat.name!r} has no steepest direction", where="attack 'pgd'",
                fix="Use linf or l2, or give the threat a method steepest(gradient) and an epsilon",
            )  # fmt: skip
        best = Worst(batch.x, oracle.score(batch.x, batch.y))
        start = threat.sample(batch.x, dice) if self.random_start else batch.x
        now = start.clone()
        for turn in range(self.steps + 1):
            alive = best.alive()
            if not alive:
                break
            x, targets = batch.x[alive], [batch.y[i] for i in alive]
            score = oracle.score(now[alive], targets)
            loss, gradient = oracle.gradient(now[alive], targets)
            best.offer(alive, now[alive], score, loss)
            if turn < self.steps:
                here = among(threat, alive)
                assert isinstance(here, Directed)
                ahead = here.steepest(gradient.nan_to_num(0.0, 0.0, 0.0))
                now[alive] = here.project(x, now[alive] + self.step * threat.epsilon * ahead)
        return best.x
