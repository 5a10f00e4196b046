"""The canvas: the size at which edits happen, and how an image gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from durometer.core import Objects, Param, Sample, Target
from durometer.ops.follow import kept_on

Size = tuple[int, int]


@dataclass(frozen=True)
class Canvas:
    """How decoded images become the canvas that edits act on.

    `keep` scales the short side down to `short_side`, keeps the aspect and never enlarges. The two others
    give one fixed size, enlarging where they must: `squash` scales both sides to `size` at once;
    `center-crop` scales the short side to `short_side`, then keeps the middle `size`. Where `size` is not
    given, it is the square of `short_side`. The long side is rounded down, as torchvision's Resize does.

    Raises:
        ValueError: if `size` is given with `keep`, or does not fit into `short_side` when cropping.
    """

    short_side: Annotated[int, Param("short side after scaling", unit="pixels", low=1)] = 256
    fit: Annotated[Literal["keep", "squash", "center-crop"], Param("what happens to the aspect")] = "keep"
    size: Annotated[tuple[int, ...] | None, Param("fixed height and width", unit="pixels", low=1)] = None
    interpolation: Annotated[Literal["bilinear", "bicubic"], Param("PIL's antialiased filter")] = "bilinear"

    def __post_init__(self) -> None:
        if self.size is None:
            return
        if len(self.size) != 2:
            raise ValueError(f"size = {self.size} must be a height and a width")
        if self.fit == "keep":
            raise ValueError(
                "size needs fit = 'squash' or 'center-crop': keeping the aspect gives no fixed size"
            )
        if self.fit == "center-crop" and max(self.size) > self.short_side:
            raise ValueError(f"a crop of {self.size} does not fit into a short side of {self.short_side}")

    @property
    def fixed(self) -> Size | None:
        """The one (height, width) of every canvas; None if it follows the image."""
        if self.fit == "keep":
            return None
        return (self.size[0], self.size[1]) if self.size else (self.short_side, self.short_side)

    def scaled(self, height: int, width: int) -> Size:
        """Return the (height, width) after scaling and before cropping."""
        if self.fit == "squash":
            return self.fixed or (height, width)
        short = min(height, width)
        if self.fit == "keep" and short <= self.short_side:
            return height, width
        other = max(1, max(height, width) * self.short_side // short)
        return (self.short_side, other) if height <= width else (other, self.short_side)

    def shape(self, height: int, width: int) -> Size:
        """Return the (height, width) of the canvas of an image."""
        return self.fixed or self.scaled(height, width)


def to_canvas(sample: Sample, canvas: Canvas) -> Sample:
    """Return a sample on the canvas.

    `x` goes from (C, H, W) uint8 (or float32 in [0, 1]) to (C, h, w) float32 in [0, 1] on the 8-bit grid.
    `aux["mask"]` follows with an antialiased bilinear filter and stays in [0, 1]; `aux["boxes"]`, (N, 4) as
    left, top, right, bottom in pixels, follows, cut at the edge. Other entries of `aux` are handed on as they
    are. So do targets that lie on the picture: of `Objects` those of which nothing is left are dropped; a
    label map takes the nearest pixel's.
    """
    height, width = int(sample.x.shape[-2]), int(sample.x.shape[-1])
    scaled, final = canvas.scaled(height, width), canvas.shape(height, width)
    pixels = sample.x if sample.x.dtype == torch.uint8 else sample.x.mul(255).round().to(torch.uint8)
    x = _crop(resize_pixels(pixels, scaled, canvas.interpolation), final)
    aux = {k: _follow(k, v, (height, width), scaled, final) for k, v in sample.aux.items()}
    y = _target(sample.y, (height, width), scaled, final)
    return replace(sample, x=x.contiguous().float().div_(255), y=y, aux=aux)


def resize_pixels(x: Tensor, size: Size, interpolation: str = "bilinear") -> Tensor:
    """Return (C, H, W) uint8 resized to `size` with PIL's antialiased filter, C of 1 or 3."""
    if tuple(x.shape[-2:]) == size:
        return x
    gray = x.shape[0] == 1
    image = Image.fromarray((x[0] if gray else x.permute(1, 2, 0)).contiguous().numpy())
    small = np.array(image.resize((size[1], size[0]), FILTERS[interpolation]))
    return torch.from_numpy(small)[None] if gray else torch.from_numpy(small).permute(2, 0, 1).contiguous()


def resize_mask(mask: Tensor, size: Size) -> Tensor:
    """Return a (1, H, W) mask in [0, 1] resized to `size`; bilinear and antialiased, so it stays there."""
    if tuple(mask.shape[-2:]) == size:
        return mask.float()
    image = Image.fromarray(mask[0].float().contiguous().numpy())
    small = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(small))[None].clamp_(0, 1)


FILTERS: Mapping[str, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def _follow(name: str, value: Tensor, native: Size, scaled: Size, final: Size) -> Tensor:
    if name == "mask":
        return _crop(resize_mask(value, scaled), final)
    if name == "boxes":
        moved = _boxes(value, native, scaled, final)
        inside = moved.clamp(min=0).minimum(torch.tensor([final[1], final[0]] * 2))
        return inside * (value != 0).any(dim=-1, keepdim=True)  # rows of zeros stand for no box
    return value


def _boxes(boxes: Tensor, native: Size, scaled: Size, final: Size) -> Tensor:
    top, left = _corner(scaled, final)
    zoom = torch.tensor([scaled[1] / native[1], scaled[0] / native[0]] * 2)
    return boxes * zoom - torch.tensor([left, top, left, top])


def _target(y: Target, native: Size, scaled: Size, final: Size) -> Target:
    if isinstance(y, Objects):
        return _objects(y, native, scaled, final)
    if isinstance(y, Tensor) and y.ndim == 2 and not y.is_floating_point() and tuple(y.shape) == native:
        rows, columns = (
            ((torch.arange(n) + 0.5) * (m / n)).long() for n, m in zip(scaled, native, strict=True)
        )
        return _crop(y[rows][:, columns], final).contiguous()
    return y


def _objects(y: Objects, native: Size, scaled: Size, final: Size) -> Objects:
    if native == scaled == final:
        return y
    masks = y.masks
    if masks is not None:
        shapes = [_crop(resize_mask(mask[None], scaled), final)[0] >= 0.5 for mask in masks]
        masks = torch.stack(shapes) if shapes else masks.new_zeros(0, *final)
    boxes, masks, kept = kept_on(_boxes(y.boxes, native, scaled, final), masks, *final)
    return Objects(boxes, y.labels, masks, y.crowd).select(kept)


def _crop(x: Tensor, final: Size) -> Tensor:
    top, left = _corner((int(x.shape[-2]), int(x.shape[-1])), final)
    return x[..., top : top + final[0], left : left + final[1]]


def _corner(scaled: Size, final: Size) -> Size:
    """Top left of the center crop, rounded as torchvision's CenterCrop: half to even."""
    return round((scaled[0] - final[0]) / 2), round((scaled[1] - final[1]) / 2)
