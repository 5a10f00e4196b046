"""An ingredient: objects cut out and set on other backgrounds, at other sizes and places."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from durometer.core import Batch, UsageError
from durometer.harden.donors import Background, Donors
from durometer.harden.placing import SizeMode, bates, motion, share_interval, soften
from durometer.ops.composite import cutout, over
from durometer.ops.masks import TRACE, bounding_box
from durometer.ops.masks import share as share_of
from durometer.ops.warp import Box, Similarity, warp

SMALLEST_FADE = 0.1
"""The smallest sigma of the faded edge, as a share of the largest."""
FAINT = 1e-4
"""Below this alpha a color divided by it is noise."""
NOWHERE = Similarity((0.0, 0.0), (0.0, 0.0))
FIXED = 5
"""Numbers a sample takes beside those for its place: original or not, donor, size, fade, turn."""
SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: done,
    "revlinear": lambda done: 1.0 - done,
    "cosine": lambda done: 1.0 - math.cos(0.5 * math.pi * done),
}
"""How the share of originals goes over the training, as a factor of its largest."""


@dataclass(frozen=True)
class Recombination:
    """Recombine foregrounds and backgrounds, with the switches of ForAug (Nauen et al., 2025).

    Each object is cut out, scaled to a drawn share of the canvas, and laid over a background whose own object
    was removed. The switches are those of the published data set class; the schedules are as they were meant
    (there, `revlinear` never picks an original). What the frame cuts of an object too large for the canvas is
    gone, as there. Samples without a usable mask stay as they are.

    As an ingredient of `train` the donors are the other samples of the batch; `Recombined` draws them from
    the whole data set.

    Args:
        background: Whose background: `all` others, those of the `same` class, or its own (`original`).
        size: Which shares bound the new size: see `share_interval`. None leaves the size alone.
        jitter: How far the bounds are widened, in [0, 1).
        place: n of the Bates distribution of the place: 1 is uniform, 0 the middle, below 0 the edges. None
            leaves the object's middle where it is.
        turn: Largest drawn angle of the object, both ways, in degrees (ForAug's hook for a transform of the
            foreground is meant for this).
        fade: Largest sigma of the faded edge, as a share of the short side; each sample draws between a tenth
            of it and all of it. 0 keeps the edge. (ForAug's 4 pixels are 0.01 of 400.)
        prune: Backgrounds whose own object covered at least this share of the canvas are not used.
        originals: Largest share of samples left as they are.
        schedule: How that share goes over the training: `constant`; `linear` up from 0; `revlinear` down to
            0; `cosine`, 1 − cos of a quarter turn, up from 0.
        done: How much of the training is done, in [0, 1]; set by `at`.

    Raises:
        UsageError: if a number is out of its range.
    """

    background: Background = "all"
    size: SizeMode | None = "range"
    jitter: float = 0.3
    place: int | None = 1
    turn: float = 0.0
    fade: float = 0.01
    prune: float = 0.8
    originals: float = 0.0
    schedule: Literal["constant", "linear", "revlinear", "cosine"] = "constant"
    done: float = 0.0
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})

    def __post_init__(self) -> None:
        for name, low, high in (
            ("turn", 0, 180),
            ("fade", 0, 0.2),
            ("prune", 0, 1),
            ("originals", 0, 1),
            ("done", 0, 1),
        ):
            if not low <= getattr(self, name) <= high:
                value = getattr(self, name)
                raise UsageError(
                    f"{name} = {value} is not between {low:g} and {high:g}", where="recombination"
                )
        if not 0 <= self.jitter < 1:
            raise UsageError(f"jitter = {self.jitter} is not in [0, 1)", where="recombination")
        _known(self.background, ("all", "same", "original"), "background")
        _known(self.size, (None, "range", "min", "max", "mean"), "size")
        _known(self.schedule, tuple(SHAPES), "schedule")

    @property
    def share_of_originals(self) -> float:
        """The share of samples left as they are at this point of the training."""
        return self.originals * SHAPES[self.schedule](self.done)

    @property
    def numbers(self) -> int:
        """How many numbers in [0, 1) each sample takes."""
        return FIXED + 2 * abs(self.place or 0)

    def at(self, done: float) -> Recombination:
        """Return the ingredient at a point of the training."""
        return replace(self, done=done)

    def __call__(self, batch: Batch, generator: Generator, /) -> Batch:
        """Return the batch with new pixels, masks and backgrounds; targets stay."""
        chances = torch.rand(len(batch), self.numbers, generator=generator, dtype=torch.float64)
        shares = share_of(batch.aux["mask"]).tolist()
        donors = Donors(batch.y, shares, self.background, self.prune)
        chosen = [donors.draw(i, row[1]) for i, row in enumerate(chances.tolist())]
        return self.recombined(batch, batch.select(chosen), chances)

    def recombined(self, batch: Batch, donors: Batch, chances: Tensor) -> Batch:
        """Return each sample on its donor's background, by the numbers (B, `numbers`) in [0, 1)."""
        rows = chances.tolist()
        own, other = (share_of(b.aux["mask"]).tolist() for b in (batch, donors))
        boxes: list[Box] = [(a, b, c, d) for a, b, c, d in bounding_box(batch.aux["mask"], TRACE).tolist()]
        stays = [
            row[0] < self.share_of_originals or s == 1 or box[2] == 0  # all object, or no trace of one
            for row, s, box in zip(rows, own, boxes, strict=True)
        ]
        canvas = batch.x.shape[-2:]
        motions = [
            NOWHERE if stay else self._motion(row, s, o, box, canvas)
            for stay, row, s, o, box in zip(stays, rows, own, other, boxes, strict=True)
        ]
        moved = warp(cutout(batch.x, batch.aux["mask"]), motions, boxes=boxes)
        alpha = self._faded(moved[:, -1:], chances[:, 3])
        color = moved[:, :-1] / moved[:, -1:].clamp_min(FAINT)
        keep = torch.tensor(stays, device=batch.x.device)[:, None, None, None]
        made = {
            "mask": torch.where(keep, batch.aux["mask"], alpha),
            "filled": torch.where(keep, batch.aux["filled"], donors.aux["filled"]),
        }
        x = torch.where(keep, batch.x, over(donors.aux["filled"], color, alpha).clamp(0, 1))
        return batch.but(x=x, aux={**batch.aux, **made})

    def _motion(
        self, row: Sequence[float], own: float, other: float, box: Box, canvas: Sequence[int]
    ) -> Similarity:
        height, width = canvas
        low, high = (own, own) if self.size is None else share_interval(own, other, self.size, self.jitter)
        scale = math.sqrt((low + (high - low) * row[2]) / own)
        return motion(box, scale, self.turn * (2 * row[4] - 1), self._place(row), height, width)

    def _place(self, row: Sequence[float]) -> tuple[float, float] | None:
        if self.place is None:
            return None
        n = abs(self.place)
        across, down = row[FIXED : FIXED + n], row[FIXED + n : FIXED + 2 * n]
        return bates(across, self.place), bates(down, self.place)

    def _faded(self, alpha: Tensor, chances: Tensor) -> Tensor:
        if self.fade == 0:
            return alpha
        most = self.fade * min(alpha.shape[-2:])
        return soften(alpha, (most * (SMALLEST_FADE + (1 - SMALLEST_FADE) * chances)).to(alpha))


def _known(value: str | None, known: Sequence[str | None], name: str) -> None:
    if value not in known:
        names = ", ".join(map(repr, known))
        raise UsageError(f"{name} = {value!r} is not one of {names}", where="recombination")
