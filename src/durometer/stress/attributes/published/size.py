"""ImageNet-E's size: loosely met, about the box's center; or the object's box stretched over the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cutout, over_premultiplied
from durometer.ops.geometry import of_similarities, still
from durometer.stress.attributes.editing import Subject, hand_back
from durometer.stress.attributes.published.loose import Corner, largest_box, loose_layer


@dataclass(frozen=True)
class PublishedSize(Stressor):
    """Resize the object as ImageNet-E's toolkit does; `size` and `full-size` are the isolated versions.

    A share is met within 1.5 points or to the next lower hundredth, counted in the box around the part of the
    mask with the largest box; parts elsewhere are scaled along and not counted. `full` crops to that box and
    stretches the crop over the canvas: the toolkit means to keep the canvas's aspect but widens the crop by
    (w·h/H) where W·h/H is needed, so that the object's own aspect is lost.

    Colors in the soft edge are cleaned as everywhere here; the toolkit lets the old background's rim travel.
    Read in its public code.
    """

    share: Annotated[
        float | Literal["full"],
        Param("share of the canvas that the object covers, loosely, or full", low=0.001, high=0.9),
    ] = 0.1

    name: ClassVar[str] = "published-size"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        if self.share == "full":
            return Dial("published full size")
        return Dial("published size", self.share, "share of pixels")

    @property
    def title(self) -> str:
        asked = "full" if self.share == "full" else f"{100 * self.share:g} %"
        return f"size, {asked}, as published"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        facts: dict[str, list[Scalar]] = {"touched_frame": [*subject.touches_frame()]}
        if self.share == "full":
            layer, motion = _stretched(batch, subject)
        else:
            layer, motions = loose_layer(batch, subject, self.share)
            facts["scale"] = [round(m.scale, 4) for m in motions]
            motion = of_similarities(motions)
        x = over_premultiplied(batch.aux["filled"], layer)
        return hand_back(batch, subject, x=x, mask=layer[:, -1:], facts=facts, motion=motion)


def _stretched(batch: Batch, subject: Subject) -> tuple[Tensor, Tensor]:
    """Return ((B, C + 1, H, W) the crop around each object, stretched over the canvas, their motions)."""
    layer = cutout(batch.x, subject.mask)
    out, motion = layer.clone(), still(len(batch))
    for i in subject.usable:
        left, top, right, bottom = crop_of(largest_box(subject.mask[i]), subject.width, subject.height)
        part = layer[i : i + 1, :, top:bottom, left:right]
        out[i] = F.interpolate(part, (subject.height, subject.width), mode="bilinear", align_corners=False)[0]
        across, down = subject.width / (right - left), subject.height / (bottom - top)
        motion[i] = torch.tensor(((across, 0, -across * left), (0, down, -down * top)))
    return out, motion


def crop_of(box: Corner, width: int, height: int) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the crop for "full": the box, widened along one axis at most."""
    x, y, w, h = box
    if height / h < width / w:
        left, right = _widened(x, w, w / height * h, width)
        return left, y, right, y + h
    top, bottom = _widened(y, h, h / width * w, height)
    return x, top, x + w, bottom


def _widened(start: int, length: int, wanted: float, whole: int) -> tuple[int, int]:
    middle = start + length // 2
    first = middle - wanted * middle / whole
    return min(start, int(first)), max(int(first + wanted), start + length)
