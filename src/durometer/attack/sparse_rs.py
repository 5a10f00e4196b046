"""Sparse-RS: a few pixels at black or white, exchanged at random where the margin falls; no gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room, State
from durometer.attack.facts import spent
from durometer.attack.proposals import improve, share_at
from durometer.core import Attack, Batch, Dice, ExtensionError, Json, Oracle, Param, Threat, Trait
from durometer.threat.l0 import L0

SCHEDULE = (
    (0, 1.0), (50, 1 / 2), (200, 1 / 4), (500, 1 / 5), (1000, 1 / 6), (2000, 1 / 8),
    (4000, 1 / 10), (6000, 1 / 12), (8000, 1 / 15), (10_000, 1 / 20),
)  # fmt: skip
"""Until which query of 10,000 which part of `share` holds, as in the authors' code."""


@dataclass(frozen=True)
class SparseRS(Attack):
    """Sparse-RS in the L0 ball (Croce et al., 2022, section 3), score-based.

    It begins with all pixels that may change at random places, each channel at the lowest or highest value.
    Each query gives some of them back and takes as many others, at random values; it is kept where the margin
    falls. How many are exchanged falls by the published schedule. Unlike the authors' code, which draws the
    exchange once a batch, every point has its own.
    """

    name: ClassVar[str] = "sparse-rs"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "croce2022"
    within: ClassVar[Mapping[str, Json]] = {"name": "l0", "pixels": 10}

    queries: Annotated[int, Param("questions a sample, the first included", low=1)] = 5000
    share: Annotated[float, Param("share of the pixels exchanged at first", low=0, high=1)] = 0.3

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        if not isinstance(room.threat, L0):
            raise ExtensionError("it knows the threat l0 only", where="attack 'sparse-rs'", fix="Use l0")
        if room.threat.pixels:
            improve(self, prober, room, kept)

    def begin(self, room: Room, /) -> State:
        """Take so many places at random, with random values."""
        threat = room.threat
        assert isinstance(threat, L0)
        flat = _spread(room.x)
        order = room.dice.permutation("places", flat.shape[2]).to(flat.device)
        chosen, rest = order[:, : threat.pixels], order[:, threat.pixels :]
        signs = room.dice.uniform("values", (flat.shape[1], chosen.shape[1])).to(flat)
        x = flat.scatter(2, _wide(chosen, flat), _ends(threat, signs))
        return {"x": x.reshape(room.x.shape), "chosen": chosen, "rest": rest}

    def draw(self, room: Room, block: range, /) -> Tensor:
        """Return for each turn: which to give back, which to take, and their values."""
        most = max(self.exchanged(room, turn) for turn in block)
        channels = _spread(room.x).shape[1]
        return room.dice.uniform(f"exchange {block.start}", (len(block), 2 + channels, most)).to(room.x)

    def propose(self, room: Room, state: State, drawn: Tensor, turn: int, /) -> State:
        """Give some pixels back and take as many others."""
        threat = room.threat
        assert isinstance(threat, L0)
        n = self.exchanged(room, turn)
        back, chosen = _picked(state["chosen"], drawn[:, 0, :n])
        taken, rest = _picked(state["rest"], drawn[:, 1, :n])
        flat, now = _spread(room.x), _spread(state["x"])
        back_at, taken_at = _wide(back, flat), _wide(taken, flat)
        x = now.scatter(2, back_at, flat.gather(2, back_at))
        x = x.scatter(2, taken_at, _ends(threat, drawn[:, 2:, :n]))
        chosen, rest = torch.cat((taken, chosen[:, n:]), dim=1), torch.cat((back, rest[:, n:]), dim=1)
        return {"x": x.reshape(room.x.shape), "chosen": chosen, "rest": rest}

    def exchanged(self, room: Room, turn: int) -> int:
        """Return how many pixels a query exchanges."""
        threat = room.threat
        assert isinstance(threat, L0)
        places = _spread(room.x).shape[2]
        share = self.share * share_at(turn, self.queries, SCHEDULE)
        return min(max(int(share * threat.pixels), 1), max(places - threat.pixels, 0))


def _picked(of: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """Return so many entries of each row, drawn without replacement, and the rows with those in front."""
    of, n = of.clone(), of.shape[1]
    for k in range(drawn.shape[1]):  # the first steps of the shuffle of Fisher and Yates
        at = k + (drawn[:, k] * (n - k)).floor().long().clamp_max(n - k - 1)
        first, other = of[:, k].clone(), of.gather(1, at[:, None])
        of.scatter_(1, at[:, None], first[:, None])
        of[:, k] = other[:, 0]
    return of[:, : drawn.shape[1]], of


def _spread(x: Tensor) -> Tensor:
    """Return (B, C, places); inputs (B, D) have no channels."""
    return x[:, None] if x.ndim == 2 else x.reshape(len(x), x.shape[1], math.prod(x.shape[2:]))


def _wide(places: Tensor, like: Tensor) -> Tensor:
    return places[:, None].expand(-1, like.shape[1], -1)


def _ends(threat: L0, drawn: Tensor) -> Tensor:
    return torch.where(drawn < 0.5, threat.low, threat.high)
