"""References: other pictures with their objects and masks, for edits that carry something over from one."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import DataError, Dataset
from durometer.data.bank import MASKS, MemoryBank, candidates
from durometer.data.base import Options
from durometer.data.canvas import Canvas, resize_pixels
from durometer.data.files import FileData, masks_for
from durometer.data.images import is_image
from durometer.data.lean import Coded, Names
from durometer.data.walk import files_below


class ReferenceBank(MemoryBank):
    """Pictures and masks in memory, as 8-bit pixels of one channel more: the mask is the last.

    `image` returns (4, height, width), scaled to fit, so that the object stays whole; what lies beside the
    picture is 0, and so is its mask.
    """

    @staticmethod
    def fitted(image: Tensor, height: int, width: int) -> Tensor:
        """Return the picture scaled to fit into (height, width), aspect kept, in the middle."""
        return contain(image, height, width)


def build_references(dataset: Dataset, canvas: Canvas, *, seed: int, size: int = 64) -> ReferenceBank:
    """Draw references from a data set, by their ids alone, as `build_bank` draws backgrounds.

    Args:
        dataset: The whole data set, not the subset that is run.
        canvas: The plan's canvas.
        seed: The plan's seed.
        size: How many at most.
    """
    ids, images, contents, targets = [], [], [], []
    for sample, content in candidates(dataset, canvas, seed):
        ids.append(sample.id)
        both = torch.cat((_three(sample.x), sample.aux["mask"]))
        images.append(both.mul(255).round().to(torch.uint8))
        contents.append(content)
        targets.append(sample.y)
        if len(ids) == size:
            break
    return ReferenceBank(ids, images, contents, targets)


def folder_references(path: str | Path, canvas: Canvas, *, seed: int = 0, size: int = 64) -> ReferenceBank:
    """Make a bank of the images in a folder that have a mask of the same stem in its folder `masks`.

    Raises:
        DataError: if there is no folder of masks in it, or no image with one.
    """
    root = Path(path)
    if not (root / MASKS).is_dir():
        raise DataError("references need masks, and there is no folder 'masks' in it", where=str(path))
    names = Names(name for name in files_below(root, is_image) if not name.startswith(f"{MASKS}/"))
    everything = Coded(frozenset({0}) for _ in names).frozen()
    masks = masks_for(root, names, Options(masks=str(root / MASKS)))
    data = FileData(root=root, ids=names, targets=everything, labels=("reference",), masks=masks)
    bank = build_references(data, canvas, seed=seed, size=size)
    if not bank.ids:
        raise DataError("the folder holds no images with a mask", where=str(path))
    return bank


def contain(image: Tensor, height: int, width: int) -> Tensor:
    """Return (C, H, W) uint8 pixels scaled to fit into (height, width), aspect kept, 0 beside them."""
    h, w = int(image.shape[-2]), int(image.shape[-1])
    zoom = min(height / h, width / w)
    scaled = (min(height, max(1, round(h * zoom))), min(width, max(1, round(w * zoom))))
    top, left = (height - scaled[0]) // 2, (width - scaled[1]) // 2
    inner = resize_pixels(image, scaled)
    return F.pad(inner, (left, width - scaled[1] - left, top, height - scaled[0] - top))


def _three(x: Tensor) -> Tensor:
    return x if len(x) == 3 else x[:1].expand(3, -1, -1)
