"""Questions that are answered by yes or no, within a budget: all that decision-based attacks may use."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.attack.engine import Nearest, Prober, Room
from durometer.attack.engine.room import per_point
from durometer.attack.minimal import between

COARSE = (1, 2, 4, 8)
"""Side lengths in pixels of the squares of random color that are tried as starts, by turns."""


class Labels:
    """Asks whether inputs are broken, and nothing else of them; a point whose budget is spent is not asked.

    Args:
        prober: Asks and counts.
        nearest: Keeps what breaks a point.
        queries: Questions a point, beside the one about the untouched input.
    """

    def __init__(self, prober: Prober, nearest: Nearest, queries: int) -> None:
        self._prober, self._nearest = prober, nearest
        self._left = torch.full_like(prober.forwards, queries)
        self._surely = queries

    def left(self, room: Room) -> Tensor:
        """Return (n,) how many questions each point has left."""
        return self._left[room.at]

    def some(self, room: Room) -> Tensor:
        """Return the places in a room of the points that may still ask; waits for the host."""
        return (self.left(room) > 0).nonzero()[:, 0]

    def ask(self, x: Tensor, room: Room) -> Tensor:
        """Return (n,) bool: is this input (n, ...) of each point broken? No, where no question is left."""
        return self.ask_many(x[:, None], room)[0][:, 0]

    def ask_many(self, x: Tensor, room: Room) -> tuple[Tensor, Tensor]:
        """Return (n, m) bool: which of the inputs (n, m, ...) are broken, and which of them were asked about.

        What breaks a point is kept only where one input a point is asked about.
        """
        n, m = x.shape[:2]
        asked = torch.arange(m, device=x.device) < self.left(room)[:, None]
        answers = torch.zeros_like(asked)
        sure = self._surely >= m  # nobody can run out, and the host need not wait
        place = torch.arange(n * m, device=x.device) if sure else asked.flatten().nonzero()[:, 0]
        self._surely -= m
        if len(place):
            part = room.rows(place // m)
            seen = self._prober.ask(x.flatten(0, 1)[place], part)
            answers.view(-1)[place] = seen.broken
            self._left[room.at] -= asked.sum(dim=1)
            if m == 1:
                self._nearest.take(part, x[:, 0][place], seen)
        return answers, asked


def start(labels: Labels, room: Room, box: tuple[float, float], tries: int) -> tuple[Room, Tensor]:
    """Return the points that a random input breaks, and that input.

    Tried are pictures of squares of random values, their sides by turns of 1, 2, 4 and 8 pixels: fine noise
    looks alike to most networks, and what it looks like may be the right answer.
    """
    x, found = room.x.clone(), torch.zeros_like(room.at, dtype=torch.bool)
    for turn in range(tries):
        open_ = (~found & (labels.left(room) > 0)).nonzero()[:, 0]
        if not len(open_):
            break
        part = room.select(open_)
        drawn = _mosaic(part, turn, box)
        broken = labels.ask(drawn, part)
        x[open_] = torch.where(per_point(broken, drawn), drawn, x[open_])
        found[open_] = broken
    index = found.nonzero()[:, 0]
    return room.select(index), x[index]


def _mosaic(room: Room, turn: int, box: tuple[float, float]) -> Tensor:
    """Return (n, ...) squares of random values; every value for itself without rows and columns."""
    low, high = box
    drawn = room.dice.uniform(f"start {turn}", tuple(room.x.shape[1:])).to(room.x)
    if drawn.ndim >= 3:
        side = COARSE[turn % len(COARSE)]
        rows, columns = (torch.arange(k, device=drawn.device) // side for k in drawn.shape[-2:])
        drawn = drawn[..., rows, :][..., columns]
    return low + (high - low) * drawn


def to_boundary(labels: Labels, room: Room, broken: Tensor, halvings: int) -> Tensor:
    """Return broken inputs (n, ...) drawn toward the untouched ones until the boundary is near.

    In linf all values are cut at one distance from the untouched input, which is halved; else the way.
    """
    inside, outside = broken.new_zeros(len(broken)), broken.new_ones(len(broken))
    for _ in range(halvings):
        middle = (inside + outside) / 2
        answer = labels.ask(toward(room, broken, middle), room)
        outside = torch.where(answer, middle, outside)
        inside = torch.where(answer, inside, middle)
    return toward(room, broken, outside)


def toward(room: Room, far: Tensor, share: Tensor) -> Tensor:
    """Return the points at this share (n,) of the distance of others."""
    if room.threat.name != "linf":
        return between(room.x, far, share)
    change = far - room.x
    reach = per_point(change.flatten(1).abs().amax(dim=1) * share, far)
    return room.x + torch.maximum(torch.minimum(change, reach), -reach)
