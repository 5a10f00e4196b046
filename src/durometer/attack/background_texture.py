"""Random search over generated textures for the background that the model fails on most; no gradients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from torch import Tensor

from durometer.attack.worst import Worst
from durometer.core import AsksModel, Attack, Batch, Dice, Json, Param, Threat, Trait
from durometer.ops.texture import texture
from durometer.threat.local import among

LEAST, MOST = 0.15, 0.85
"""Between these lies the share of the fresh texture in a blend."""


@dataclass(frozen=True)
class BackgroundTexture(Attack):
    """Ask about textures laid behind the object, then mix fresh ones into the worst: a random search.

    Each query draws clouds, stripes, checks or spots with their colors, sizes and directions (see
    `durometer.ops.texture`). Every other one stands as drawn; those between are blended into the worst
    background so far, by a share drawn from 15 % to 85 %. What raises the loss most is kept, so that a larger
    budget never finds less. A sample is left alone from the moment when its score is 0. Only scores and
    losses are asked for, which any model gives.
    """

    name: ClassVar[str] = "background-texture"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    within: ClassVar[Mapping[str, Json]] = {"name": "background", "epsilon": 1.0}

    queries: Annotated[int, Param("textures asked about, each one question to the model", low=0)] = 50

    @property
    def title(self) -> str:
        """What a person reads in a table."""
        return f"background against the model, {self.queries} textures"

    def __call__(self, oracle: AsksModel, batch: Batch, threat: Threat, dice: Dice, /) -> Tensor:
        """Return (B, ...) the worst input found for each sample."""
        worst = Worst(batch.x, *oracle.judge(batch.x, batch.y))
        for query in range(self.queries):
            alive = worst.alive()
            if not alive:
                break
            fresh = self._drawn(batch.x[alive], worst.x[alive], query, dice.select(alive))
            tried = among(threat, alive).project(batch.x[alive], fresh)
            score, loss = oracle.judge(tried, [batch.y[i] for i in alive])
            worst.offer(alive, tried, score, loss)
        return worst.x

    def _drawn(self, x: Tensor, best: Tensor, query: int, dice: Dice) -> Tensor:
        own = dice.named(f"{dice.stream} query {query}", dice.version)
        made, _ = texture(own, *x.shape[1:])
        made = made.to(x)
        if query % 2 == 0:
            return made
        share = own.uniform("share", (1, 1, 1), LEAST, MOST).to(x)
        return share * made + (1 - share) * best
