"""Several questions in the place of one, for models whose answers differ from time to time."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from durometer.attack.engine import Loss, Prober, Room, Seen


class Repeated(Prober):
    """A prober that asks so many times and tells the mean: of the outputs, of the losses, of the gradients.

    What counts as broken is judged on the mean output, not on a lucky draw. Every question is counted.

    Args:
        prober: Whose questions these are; it goes on counting.
        times: Questions in the place of one.
    """

    def __init__(self, prober: Prober, times: int) -> None:
        vars(self).update(vars(prober))
        self.times = times

    def ask(self, x: Tensor, room: Room) -> Seen:
        """Return what the model says on average; `times` forward passes each."""
        return self._mean([super(Repeated, self).ask(x, room) for _ in range(self.times)], room)

    def look(self, x: Tensor, room: Room, loss: Loss) -> Seen:
        """Return what `ask` does, with the mean loss and the mean gradient."""
        seen = [super(Repeated, self).look(x, room, loss) for _ in range(self.times)]
        gradient = torch.stack([s.gradient for s in seen if s.gradient is not None]).mean(dim=0)
        value = torch.stack([s.loss for s in seen if s.loss is not None]).mean(dim=0)
        return replace(self._mean(seen, room), loss=value, gradient=gradient)

    def _mean(self, seen: list[Seen], room: Room) -> Seen:
        output = torch.stack([s.output for s in seen]).mean(dim=0)
        return Seen(output, room.goal.broken(output), room.goal.margin(output))
