"""Gradient attack with a patch: the places with most to gain are tried, and the best ones optimized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.apgd import Climb
from durometer.attack.engine import Kept, Outcome, Prober, Room, search
from durometer.attack.facts import spent
from durometer.attack.losses import LossName, loss_named
from durometer.core import Attack, Batch, Dice, ExtensionError, Json, Oracle, Param, Threat, Trait
from durometer.threat.patch import Patch
from durometer.threat.region import Masked
from durometer.threat.window import Window


@dataclass(frozen=True)
class PatchAttack(Attack):
    """A patch whose place and content are searched with gradients, after LaVAN (Karmon et al., 2018).

    The gradient at the input says how much the loss would rise, were it linear, with each place painted as
    well as the range of inputs allows. The `places` best ones of a coarse grid, and the best of all, are
    painted so and asked about. At those `tried` of them where the margin falls most, Auto-PGD goes on.
    """

    name: ClassVar[str] = "patch"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "karmon2018"
    within: ClassVar[Mapping[str, Json]] = {"name": "patch"}

    steps: Annotated[int, Param("steps of Auto-PGD at a place", low=1)] = 50
    places: Annotated[int, Param("places painted once and asked about", low=1)] = 16
    tried: Annotated[int, Param("places where Auto-PGD goes on", low=1)] = 4
    loss_name: Annotated[LossName, Param("what it raises")] = "ce"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample."""
        if not isinstance(threat, Patch) or batch.x.ndim != 4:
            raise ExtensionError(
                "it knows pictures in the threat patch only", where="attack 'patch'", fix="Use patch"
            )
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        self.extend(prober, prober.room(threat, dice), kept)
        return Outcome(kept.x, spent(prober))

    def extend(self, prober: Prober, room: Room, kept: Kept) -> None:
        """Search on for what is not broken yet; ensembles call this."""
        room = room.select(kept.unbroken(room))
        if not len(room):
            return
        corners, margins = self._painted(prober, room, kept)
        order = margins.argsort(dim=1, stable=True)
        walk = Climb(loss_named(self.loss_name, room.goal), self.steps)
        for k in range(min(self.tried, corners.shape[1])):
            at = corners.gather(1, order[:, k, None, None].expand(-1, -1, 2))[:, 0]
            there = replace(room, threat=_there(room, at), dice=room.dice.named(f"patch {k}", self.version))
            search(walk, prober, there, kept)

    def _painted(self, prober: Prober, room: Room, kept: Kept) -> tuple[Tensor, Tensor]:
        """Return the corners (n, k, 2) that were painted and asked about, and the margins (n, k)."""
        slope = prober.look(room.x, room, loss_named(self.loss_name, room.goal)).gradient
        assert slope is not None
        low, high = room.threat.box(room.x)
        ideal = torch.where(slope > 0, high, torch.where(slope < 0, low, room.x))
        corners, margins = self._corners(room, slope * (ideal - room.x)), []
        for k in range(corners.shape[1]):
            x = torch.where(_window(room).mask(corners[:, k]), ideal, room.x)
            seen = prober.ask(x, room)
            kept.take(room, x, seen)
            margins.append(seen.margin)
        return corners, torch.stack(margins, dim=1)

    def _corners(self, room: Room, gain: Tensor) -> Tensor:
        """Return the corners (n, k, 2) of the place that gains most and of the best ones of a coarse grid."""
        window = _window(room)
        held = window.sums(gain)
        first = held.flatten(1).argmax(dim=1)
        down, right = (max(side // 2, 1) for side in (window.height, window.width))
        grid = torch.zeros_like(held[0], dtype=torch.bool)
        grid[::down, ::right] = True
        on_grid = held.flatten(1).masked_fill(~grid.flatten(), -torch.inf)
        on_grid = on_grid.scatter(1, first[:, None], torch.inf)
        k = min(self.places, int(grid.sum()))
        return window.corner(on_grid.argsort(dim=1, descending=True, stable=True)[:, :k])


@dataclass(frozen=True)
class _Here(Masked):
    """The patch threat with each point's patch at one place."""

    name: ClassVar[str] = "patch here"

    def chosen(self, mask: Tensor, /) -> Tensor:
        return mask > 0

    def describe(self) -> str:
        return f"{self.change()} in a patch"


def _window(room: Room) -> Window:
    assert isinstance(room.threat, Patch)
    return room.threat.window(room.x)


def _there(room: Room, corner: Tensor) -> _Here:
    threat = room.threat
    assert isinstance(threat, Patch)
    here = _Here(epsilon=threat.epsilon, low=threat.low, high=threat.high)
    return here.knowing(_window(room).mask(corner).to(room.x))
