"""Sparse-RS for patches: squares of a patch, and its place, changed at random; no gradient."""

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
from durometer.threat.patch import Patch

SCHEDULE = (
    (10, 1.0), (50, 1 / 2), (200, 1 / 4), (500, 1 / 8), (1000, 1 / 16),
    (4000, 1 / 32), (8000, 1 / 64), (10_000, 1 / 128),
)  # fmt: skip
"""Until which query of 10,000 which part of `share` holds, as in the authors' code."""
FURTHEST = 0.75
"""How far a patch may move at first, as a share of the picture's height."""


@dataclass(frozen=True)
class PatchRS(Attack):
    """Sparse-RS for patches of each picture's own place and content (Croce et al., 2022), score-based.

    A patch begins at a random place with vertical stripes of the lowest and highest values. Most queries
    paint a square inside it, each channel all low or all high; every fifth, later every tenth and so on,
    moves the patch instead. What lowers the margin is kept. Squares and moves shrink by the published
    schedule. Unlike in the authors' code, patches also start in the last row and column, and every point has
    its own squares.
    """

    name: ClassVar[str] = "patch-rs"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = "croce2022"
    within: ClassVar[Mapping[str, Json]] = {"name": "patch"}

    queries: Annotated[int, Param("questions a sample, the first included", low=1)] = 5000
    share: Annotated[float, Param("share of the patch in the first squares", low=0, high=1)] = 0.4

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        _patch(room)
        improve(self, prober, room, kept)

    def begin(self, room: Room, /) -> State:
        """Lay stripes at a random place."""
        threat = _patch(room)
        window = threat.window(room.x)
        places = torch.tensor(window.places, device=room.x.device)
        corner = (room.dice.uniform("place", (2,)).to(room.x) * places).floor().long()
        stripes = room.dice.uniform("stripes", (room.x.shape[1], 1, window.width)).to(room.x)
        content = _ends(threat, stripes).expand(-1, -1, window.height, -1).contiguous()
        return {"x": _laid(room, content, corner), "content": content, "corner": corner}

    def draw(self, room: Room, block: range, /) -> Tensor:
        """Return for each turn a place or a move (2), and colors."""
        return room.dice.uniform(f"turns {block.start}", (len(block), 2 + room.x.shape[1])).to(room.x)

    def propose(self, room: Room, state: State, drawn: Tensor, turn: int, /) -> State:
        """Move the patch, or paint a square of it."""
        reach = self.reach(room, turn)
        if turn % (5 * (1 + turn // 1000)) == 0 and reach:
            step = (drawn[:, :2] * (2 * reach + 1)).floor().long() - reach
            last = torch.tensor(_patch(room).window(room.x).places, device=step.device) - 1
            corner = (state["corner"] + step).clamp_min(0).minimum(last)
            content = state["content"]
        else:
            corner, content = state["corner"], self._painted(room, state["content"], drawn, turn)
        return {"x": _laid(room, content, corner), "content": content, "corner": corner}

    def reach(self, room: Room, turn: int) -> int:
        """Return how many pixels a patch may move."""
        return int(FURTHEST * (1 - turn / self.queries) * room.x.shape[-2])

    def _painted(self, room: Room, content: Tensor, drawn: Tensor, turn: int) -> Tensor:
        height, width = content.shape[-2:]
        share = self.share * share_at(turn, self.queries, SCHEDULE)
        tall, broad = (max(int(math.sqrt(share) * side), 1) for side in (height, width))
        spare = torch.tensor([height - tall + 1, width - broad + 1], device=content.device)
        at = (drawn[:, :2] * spare).floor().long()
        down = torch.arange(height, device=at.device)[None, :, None] - at[:, 0, None, None]
        right = torch.arange(width, device=at.device)[None, None] - at[:, 1, None, None]
        square = ((down >= 0) & (down < tall) & (right >= 0) & (right < broad))[:, None]
        return torch.where(square, _ends(_patch(room), drawn[:, 2:, None, None]), content)


def _patch(room: Room) -> Patch:
    if not isinstance(room.threat, Patch) or room.x.ndim != 4:
        raise ExtensionError(
            "it knows pictures in the threat patch only", where="attack 'patch-rs'", fix="Use patch"
        )
    return room.threat


def _laid(room: Room, content: Tensor, corner: Tensor) -> Tensor:
    """Return the pictures with their patches at these corners, within reach of the threat."""
    channels, height, width = room.x.shape[1:]
    rows = corner[:, :1] + torch.arange(content.shape[2], device=corner.device)
    columns = corner[:, 1:] + torch.arange(content.shape[3], device=corner.device)
    flat = (rows[:, :, None] * width + columns[:, None]).flatten(1)
    planes = torch.arange(channels, device=corner.device) * (height * width)
    at = (planes[None, :, None] + flat[:, None]).flatten(1)
    laid = room.x.flatten(1).scatter(1, at, content.flatten(1)).reshape(room.x.shape)
    low, high = room.threat.box(room.x)
    return torch.minimum(torch.maximum(laid, low), high)


def _ends(threat: Patch, drawn: Tensor) -> Tensor:
    return torch.where(drawn < 0.5, threat.low, threat.high).to(drawn)
