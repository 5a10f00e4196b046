"""Transfer: inputs made against other models of the plan; the target is never asked on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.attack.engine import Outcome, Prober, Room
from durometer.attack.pgd import check_directed
from durometer.core import Attack, Batch, Dice, ExtensionError, Oracle, Param, Scalar, Threat
from durometer.core.goal import Goal
from durometer.ops.filters import gaussian_blur
from durometer.threat import Directed
from durometer.threat.parametric import centers, sampled


@dataclass(frozen=True)
class Transfer(Attack):
    """Gradient steps on surrogate models, judged on the target: MI, DI and TI together.

    The direction is a running sum of gradients of L1 length 1 (MI-FGSM, Dong et al., 2018), each the mean
    over the surrogates. With `diversity` a gradient is taken, that often, at the picture shrunk at random to
    as little as `smallest` of its side and laid at a random place on black (after DI, Xie et al., 2019); with
    `smoothing` it is blurred (after TI, Dong et al., 2019). As published, steps are epsilon / steps and begin
    at the input, and the last point is what is judged: no answer of the target is used. Experimental: the
    formulas are recalled, not read again.
    """

    name: ClassVar[str] = "transfer"
    version: ClassVar[int] = 1
    source: ClassVar[str] = "dong2018"

    surrogates: Annotated[tuple[str, ...], Param("models of the plan, by name; none named: all others")] = ()
    steps: Annotated[int, Param("steps along the gradient", low=1)] = 10
    momentum: Annotated[float, Param("share of the last direction that is kept", low=0)] = 1.0
    diversity: Annotated[float, Param("how often pictures are shrunk before", low=0, high=1)] = 0.0
    smallest: Annotated[float, Param("smallest side of a shrunk picture", low=0.1, high=1)] = 0.9
    smoothing: Annotated[float, Param("Gaussian blur of the gradient", "pixels", low=0)] = 0.0

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the last input made for each sample."""
        check_directed(threat, self.name)
        if (self.diversity or self.smoothing) and batch.x.ndim != 4:
            raise ExtensionError(
                "diversity and smoothing are for threats of pictures", where="attack 'transfer'",
                fix="Set both to 0",
            )  # fmt: skip
        probers = [Prober(one, batch) for one in oracle.others(self.surrogates)]
        rooms = [one.room(threat, dice) for one in probers]
        x = self._walked(probers, rooms)
        nothing: list[Scalar] = [0] * len(batch)
        passes = sum(one.forwards + one.backwards for one in probers)
        assert isinstance(passes, Tensor)
        return Outcome(x, {"forwards": nothing, "backwards": nothing, "surrogate_passes": passes.tolist()})

    def _walked(self, probers: Sequence[Prober], rooms: Sequence[Room]) -> Tensor:
        room = rooms[0]
        threat, x = room.threat, room.x
        assert isinstance(threat, Directed)
        direction = torch.zeros_like(x)
        for turn in range(self.steps):
            slope = self._slope(probers, rooms, x, turn)
            size = slope.flatten(1).double().abs().sum(dim=1).clamp_min(1e-30)
            direction = self.momentum * direction + slope / size.to(slope).reshape(-1, *[1] * (x.ndim - 1))
            ahead = x + threat.epsilon / self.steps * threat.steepest(direction)
            x = threat.project(room.x, ahead)
        return x

    def _slope(self, probers: Sequence[Prober], rooms: Sequence[Room], x: Tensor, turn: int) -> Tensor:
        """Return the mean gradient of the surrogates' losses."""
        leaf = x.detach().requires_grad_(True)
        with torch.enable_grad():
            shown = self._shown(leaf, rooms[0], turn) if self.diversity else leaf
        total = torch.zeros_like(x)
        for prober, room in zip(probers, rooms, strict=True):
            gradient = prober.look(shown.detach(), room, _loss).gradient
            assert gradient is not None
            total = total + gradient / len(probers)
        if shown is not leaf:
            (total,) = torch.autograd.grad(shown, leaf, total)
        return gaussian_blur(total, self.smoothing) if self.smoothing else total

    def _shown(self, x: Tensor, room: Room, turn: int) -> Tensor:
        """Return the pictures, some of them shrunk and laid at random places; each point's own draw."""
        drawn = room.dice.uniform(f"diversity {turn}", (4,)).to(x)
        shrunk = drawn[:, 0] < self.diversity
        side = torch.where(shrunk, self.smallest + (1 - self.smallest) * drawn[:, 1], 1.0)
        across, along = (
            (at - size / 2 * (1 + (2 * place - 1) * (1 - side))[:, None, None]) / side[:, None, None]
            + size / 2
            for at, size, place in zip(centers(x), (x.shape[3], x.shape[2]), drawn[:, 2:].T, strict=True)
        )
        moved = sampled(x, across, along, "zeros")
        return torch.where(shrunk.reshape(-1, 1, 1, 1), moved, x)


def _loss(output: Tensor, goal: Goal) -> Tensor:
    return goal.loss(output)
