"""SimBA: one pixel or one frequency at a time, kept where the margin falls; scores only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.attack.engine import Kept, Outcome, Prober, Room, State
from durometer.attack.engine.room import per_point
from durometer.attack.facts import spent
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Threat, Trait
from durometer.ops.cosines import cosines

Basis = Literal["pixels", "cosines"]


@dataclass(frozen=True)
class SimBA(Attack):
    """Simple black-box attack (Guo et al., 2019) within any threat.

    Each turn takes the next of a random order of directions, single values or cosines over rows and columns,
    and goes `step` along it, down or else up, where that lowers the margin; what leaves the threat is
    projected before it is asked about. Published is the probability of the right class instead of the margin.
    """

    name: ClassVar[str] = "simba"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "guo2019"

    queries: Annotated[int, Param("questions a sample, beside the untouched input", low=1)] = 1000
    step: Annotated[float, Param("length along a direction", "of the input range", low=0)] = 0.2
    basis: Annotated[Basis, Param("directions: single pixels or cosines")] = "pixels"
    frequencies: Annotated[int, Param("lowest frequencies of rows and of columns that are used", low=1)] = 28

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample.

        Raises:
            ExtensionError: cosines of inputs without rows and columns.
        """
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        if self.basis == "cosines" and room.x.ndim < 4:
            raise ExtensionError(
                "cosines need rows and columns", where="attack 'simba'", fix="Use basis = 'pixels'"
            )
        room = room.select(kept.unbroken(room))
        state = {
            "x": room.x.clone(),
            "margin": room.goal.margin(prober.clean[room.at]),
            "left": torch.full_like(room.at, self.queries),
        }
        turn = 0
        while len(room):
            order = self._order(room, turn // self._many(room.x))
            for k in range(order.shape[1]):
                state = self._turn(prober, room, kept, state, order[:, k])
                turn += 1
                if room.x.device.type == "cpu" or k % 64 == 63 or k == order.shape[1] - 1:
                    keep = (~kept.broken[room.at] & (state["left"] > 0)).nonzero()[:, 0]
                    if len(keep) < len(room):
                        room, order = room.select(keep), order[keep]
                        state = {name: value[keep] for name, value in state.items()}
                    if not len(room):
                        return

    def _turn(self, prober: Prober, room: Room, kept: Kept, state: State, which: Tensor) -> State:
        """Try down and, where that did not help, up."""
        way = self.step * self._direction(room.x, which)
        x, margin, left = state["x"], state["margin"], state["left"]
        done = torch.zeros_like(left, dtype=torch.bool)
        for sign in (-1.0, 1.0):
            place = (~done & (left > 0) & ~kept.broken[room.at]).nonzero()[:, 0]
            if not len(place):
                break
            part = room.select(place)
            ahead = part.threat.project(part.x, x[place] + sign * way[place])
            seen = prober.ask(ahead, part)
            kept.take(part, ahead, seen)
            better = seen.margin < margin[place]
            x = x.index_copy(0, place, torch.where(per_point(better, ahead), ahead, x[place]))
            margin = margin.index_copy(0, place, torch.where(better, seen.margin, margin[place]))
            done = done.index_copy(0, place, better)
            left = left.index_add(0, place, torch.full_like(place, -1))
        return {"x": x, "margin": margin, "left": left}

    def _many(self, x: Tensor) -> int:
        """Return how many directions there are."""
        if self.basis == "pixels":
            return x[:1].numel()
        rows, columns = (min(self.frequencies, k) for k in x.shape[-2:])
        return x[0, ..., 0, 0].numel() * rows * columns

    def _order(self, room: Room, times: int) -> Tensor:
        """Return (n, directions) a random order, another each time all were taken."""
        return room.dice.permutation(f"order {times}", self._many(room.x)).to(room.x.device)

    def _direction(self, x: Tensor, which: Tensor) -> Tensor:
        """Return (n, ...) the directions of these numbers, of length 1."""
        if self.basis == "pixels":
            flat = torch.zeros_like(x).flatten(1)
            return flat.scatter_(1, which[:, None], 1.0).reshape(x.shape)
        rows, columns = (cosines(k, device=x.device)[: self.frequencies].to(x) for k in x.shape[-2:])
        channel, rest = which // (len(rows) * len(columns)), which % (len(rows) * len(columns))
        wave = rows[rest // len(columns)][:, :, None] * columns[rest % len(columns)][:, None]
        flat = torch.zeros_like(x).flatten(1, -3)
        flat[torch.arange(len(x), device=x.device), channel] = wave
        return flat.reshape(x.shape)
