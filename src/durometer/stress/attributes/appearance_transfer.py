"""The same object in another's colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.color import luma
from durometer.ops.color_moments import Moments
from durometer.ops.composite import cut
from durometer.ops.lab import from_lab, to_lab
from durometer.ops.masks import SOLID, dilate
from durometer.ops.transport import sliced_transport
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.attributes.reference import Kin, reference_mask

FEWEST = 16
"""Pixels that colors must be measured on."""


@dataclass(frozen=True)
class AppearanceTransfer(Stressor):
    """Give the object the colors of another sample's object, or of its own background; its structure stays.

    In CIELAB, over the object's pixels: `moments` matches mean and covariance by the linear map that moves
    colors least (Pitié and Kokaram, 2007), `transport` the whole distribution by sliced optimal transport.
    `like` the background takes the object's own appearance away: it is camouflaged. At `strength` s every
    color goes the share s of its way, which takes the distance of the moments to 1 − s of what it was; the
    fact `color_moved` is the share by which it fell indeed, `color_distance` what is left of it (CIELAB), and
    `clipped` the share of the object's pixels that sRGB has no color for. Where the mask is 0 nothing moves.
    """

    strength: Annotated[float, Param("share of the way to the other colors", low=0, high=1)] = 1.0
    by: Annotated[Literal["moments", "transport"], Param("what is matched")] = "moments"
    like: Annotated[Literal["reference", "background"], Param("whose colors the object takes")] = "reference"
    of: Annotated[Kin, Param("whose object the reference may be, by the classes of the samples")] = "any"

    name: ClassVar[str] = "appearance-transfer"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "reference"})
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "pitié2007"

    def __post_init__(self) -> None:
        if self.like == "background":
            object.__setattr__(self, "needs", frozenset({"mask"}))

    @property
    def dial(self) -> Dial:
        return Dial("appearance", self.strength, "share of the way")

    @property
    def title(self) -> str:
        whose = "a reference" if self.like == "reference" else "its background"
        how = " (transport)" if self.by == "transport" else ""
        return f"appearance of {whose}{how}, {100 * self.strength:g} %"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        own, _ = cut(batch.x, subject.mask)
        picture, there = self._others(batch, subject)
        lab, other = to_lab(own), to_lab(picture)
        x = batch.x.clone()
        facts: dict[str, list[Scalar]] = {name: [None] * len(batch) for name in FACTS}
        for i in subject.usable:
            inside = subject.mask[i, 0] >= SOLID
            colors, wanted = lab[i][:, inside].T, other[i][:, there[i, 0]].T
            if min(len(colors), len(wanted)) < FEWEST:
                subject.refused[i] = "there are too few pixels to measure colors on; use a larger canvas"
                continue
            new = from_lab(self._moved(lab[i : i + 1], inside, wanted, dice.select([i])))
            x[i] = _worn(batch.x[i : i + 1], own[i : i + 1], new, subject.mask[i : i + 1])[0]
            now = to_lab(x[i : i + 1])[0][:, inside].T
            clipped = ((new < -BEYOND) | (new > 1 + BEYOND)).any(dim=1)[0][inside]
            for name, fact in zip(FACTS, _told(colors, now, wanted, clipped), strict=True):
                facts[name][i] = fact
        return hand_back(batch, subject, x=x, facts=facts)

    def _others(self, batch: Batch, subject: Subject) -> tuple[Tensor, Tensor]:
        """Return the pictures whose colors are taken, and where in them (B, 1, H, W) bool."""
        if self.like == "background":
            return batch.x, dilate(subject.mask, 1) <= 0
        return batch.aux["reference"], reference_mask(batch, subject) >= SOLID

    def _moved(self, lab: Tensor, inside: Tensor, wanted: Tensor, dice: Dice) -> Tensor:
        """Return the picture (1, 3, H, W) with the object's colors on their way to the wanted ones (M, 3)."""
        colors = lab[0].flatten(1).T
        if self.by == "moments":
            a, b = Moments.of(colors[inside.flatten()]).onto(Moments.of(wanted))
            new = (colors.double() @ a.T + b).to(colors)
        else:
            new = colors.clone()
            new[inside.flatten()] = sliced_transport(colors[inside.flatten()], wanted, dice)
        return ((1 - self.strength) * colors + self.strength * new).T.reshape(lab.shape)


FACTS = ("color_distance", "color_moved", "clipped")
BEYOND = 0.5 / 255


def _worn(x: Tensor, own: Tensor, new: Tensor, mask: Tensor) -> Tensor:
    """Return the picture in which the object's color `own` is `new`; where the mask is 0 it is as it was."""
    shown = (new if x.shape[1] == 3 else luma(new)).clamp(0, 1)
    return torch.where(mask > 0, (x + mask * (shown - own)).clamp(0, 1), x)


def _told(was: Tensor, now: Tensor, wanted: Tensor, clipped: Tensor) -> tuple[Scalar, ...]:
    """Return how far the colors are now, how much of the way they went, and the share that was clipped."""
    goal = Moments.of(wanted)
    before, after = (Moments.of(colors).distance(goal) for colors in (was, now))
    moved = round(1 - after / before, 4) if before else None
    return round(after, 3), moved, round(int(clipped.sum()) / len(clipped), 4)
