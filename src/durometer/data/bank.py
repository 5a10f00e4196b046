"""The bank: backgrounds drawn once from the whole data set, filled once, held in memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from durometer.core import Bank, DataError, Dataset, Dice, Sample, Target, on_grid, order_key
from durometer.data.base import Data, content_of
from durometer.data.canvas import Canvas, Size, resize_pixels, to_canvas
from durometer.data.files import FileData
from durometer.data.images import is_image
from durometer.data.lean import Coded, Names
from durometer.data.walk import files_below

Kinship = Literal["any", "same class", "another class"]
"""Whose background a donor may be, by the classes of the samples."""
Fill = Callable[[Tensor, Tensor], Tensor]
LARGEST_SHARE = 0.75
"""Above this share of the picture covered by the object, most of a filled background would be invented."""
MASKS = "masks"
"""The folder of masks inside a folder of donors; its images are not donors."""
CACHED = 256
"""Resized donors kept at most, the least used dropped first."""


class MemoryBank(Bank):
    """Donors in memory as 8-bit pixels.

    Args:
        ids: Whose background each is.
        images: (3, H, W) uint8 each, of any sizes.
        contents: Content hash of the sample behind each.
        targets: Accepted classes of the sample behind each; empty where they are not known.

    Attributes:
        digest: sha256 of ids, sizes and pixels: what the plan freezes.
    """

    def __init__(
        self,
        ids: Sequence[str],
        images: Sequence[Tensor],
        contents: Sequence[str] = (),
        targets: Sequence[Target] = (),
    ) -> None:
        self.ids, self.contents = tuple(ids), tuple(contents) or ("",) * len(ids)
        self.targets: tuple[Target, ...] = tuple(targets) or (frozenset(),) * len(ids)
        self._images = tuple(images)
        self._cache: OrderedDict[tuple[int, Size], Tensor] = OrderedDict()
        self._lock = threading.Lock()
        total = hashlib.sha256(b"durometer bank 1\n")
        for name, image in zip(self.ids, self._images, strict=True):
            total.update(name.encode("utf-8", "surrogateescape"))
            total.update(f"\n{tuple(image.shape)}\n".encode() + image.contiguous().numpy().tobytes())
        self.digest = total.hexdigest()

    def __len__(self) -> int:
        return len(self.ids)

    def image(self, i: int, height: int, width: int, /) -> Tensor:
        """Return donor i as (3, height, width) float32 in [0, 1], as `fitted` brings it there."""
        key = (i, (height, width))
        with self._lock:  # a run's workers share the bank
            if key not in self._cache:
                self._cache[key] = self.fitted(self._images[i], height, width)
                if len(self._cache) > CACHED:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(key)
            found = self._cache[key]
        return found.float().div_(255)

    @staticmethod
    def fitted(image: Tensor, height: int, width: int) -> Tensor:
        """Return a donor scaled to cover (height, width), its center kept."""
        return cover(image, height, width)


def build_bank(dataset: Dataset, canvas: Canvas, *, seed: int, size: int = 64, fill: Fill) -> MemoryBank:
    """Draw donors from a data set, fill where their objects were, and hold them.

    They are drawn by their ids alone (the smallest order keys first). Samples that can't be read, have no
    mask, an empty one, or one that covers more than three quarters are passed over.

    Args:
        dataset: The whole data set, not the subset that is run.
        canvas: The plan's canvas.
        seed: The plan's seed.
        size: How many donors at most.
        fill: (1, 3, H, W) in [0, 1] and (1, 1, H, W) mask -> the background without the object.
    """
    ids, images, contents, targets = [], [], [], []
    for sample, content in candidates(dataset, canvas, seed):
        filled = fill(sample.x[None], sample.aux["mask"][None])
        ids.append(sample.id)
        images.append(on_grid(filled)[0].mul(255).round().to(torch.uint8))
        contents.append(content)
        targets.append(sample.y)
        if len(ids) == size:
            break
    return MemoryBank(ids, images, contents, targets)


def folder_bank(path: str | Path, canvas: Canvas, *, seed: int = 0, size: int = 64) -> MemoryBank:
    """Make a bank of the images in a folder of backgrounds, at any depth.

    Raises:
        DataError: if there is no such folder or no readable image in it.
    """
    root = Path(path)
    if not root.is_dir():
        raise DataError("there is no such folder of backgrounds", where=str(path))
    names = Names(name for name in files_below(root, is_image) if not name.startswith(f"{MASKS}/"))
    everything = Coded(frozenset({0}) for _ in names).frozen()
    data = FileData(root=root, ids=names, targets=everything, labels=("background",))
    drawn = [(i, to_canvas(s, canvas)) for i, s in _readable(data, _drawn(names, seed), size)]
    if not drawn:
        raise DataError("the folder holds no readable images", where=str(path))
    images = [sample.x.mul(255).round().to(torch.uint8) for _, sample in drawn]
    return MemoryBank([s.id for _, s in drawn], images, [data.content(i) for i, _ in drawn])


def pick(
    bank: Bank,
    ids: Sequence[str],
    dice: Dice,
    *,
    contents: Sequence[str] = (),
    targets: Sequence[Target] = (),
    of: Kinship = "any",
) -> list[int]:
    """Return a donor's position for each sample: never its own background, nor that of an identical file.

    Args:
        bank: The donors.
        ids: The samples' ids.
        dice: Their dice.
        contents: The samples' content hashes; identical files under other ids are avoided only with them.
        targets: The samples' classes, needed unless `of` is `any`.
        of: Whose backgrounds: `any`, `same class` or `another class`.

    Raises:
        DataError: if the bank is empty, or holds nothing but a sample's own background or none of the kind.
    """
    if not bank.ids:
        raise DataError("the bank of backgrounds is empty", fix=WAY_OUT)
    hashes = contents or ("",) * len(ids)
    chances = dice.uniform("donor").tolist()
    classes = targets or (None,) * len(ids)
    return [_one(bank, of, *given) for given in zip(ids, hashes, chances, classes, strict=True)]


def cover(image: Tensor, height: int, width: int) -> Tensor:
    """Return (C, H, W) uint8 pixels scaled to cover (height, width), aspect kept, the center cut out."""
    h, w = int(image.shape[-2]), int(image.shape[-1])
    zoom = max(height / h, width / w)
    scaled = (max(height, round(h * zoom)), max(width, round(w * zoom)))
    top, left = (scaled[0] - height) // 2, (scaled[1] - width) // 2
    return resize_pixels(image, scaled)[:, top : top + height, left : left + width].contiguous()


MORE_DONORS = "Hold more backgrounds with bank_size in the plan"
WAY_OUT = "Give a folder of backgrounds, or masks for more samples"


def others(bank: Bank, own: str, content: str = "") -> list[int]:
    """Return the positions of the backgrounds that are not a sample's own, nor an identical file's."""
    hashes: Sequence[str] = getattr(bank, "contents", bank.ids)
    return [
        i
        for i, donor in enumerate(bank.ids)
        if donor != own and not (content and i < len(hashes) and hashes[i] == content)
    ]


def _one(bank: Bank, of: Kinship, own: str, content: str, chance: float, target: Target) -> int:
    allowed = others(bank, own, content)
    if not allowed:
        raise DataError("the bank holds no background but its own", where=own, fix=WAY_OUT)
    if of != "any":
        known: Sequence[Target] = getattr(bank, "targets", (frozenset(),) * len(bank.ids))
        allowed = [i for i in allowed if known[i] and bool(known[i] & target) == (of == "same class")]
        if not allowed:
            the = "the " if of == "same class" else ""
            raise DataError(f"the bank holds no background of {the}{of}", where=own, fix=MORE_DONORS)
    return allowed[int(chance * len(allowed))]


def _drawn(ids: Iterable[str], seed: int) -> list[int]:
    keys = [order_key(seed, name, "bank") for name in ids]
    return sorted(range(len(keys)), key=keys.__getitem__)


def candidates(dataset: Dataset, canvas: Canvas, seed: int) -> Iterator[tuple[Sample, str]]:
    """Yield samples on the canvas that have a usable mask, with their content hash, in the order drawn."""
    order = _drawn(dataset.ids(), seed)
    if isinstance(dataset, Data):
        order = [i for i in order if dataset.has_mask(i)]
    for i, sample in _readable(dataset, order, None):
        if "mask" not in sample.aux:
            continue
        placed = to_canvas(sample, canvas)
        if 0 < float(placed.aux["mask"].mean()) <= LARGEST_SHARE:
            yield placed, content_of(dataset, i, sample)


def _readable(dataset: Dataset, order: Iterable[int], most: int | None) -> Iterator[tuple[int, Sample]]:
    found = 0
    for i in order:
        try:
            sample = dataset[i]
        except DataError:
            continue  # the run lists it when it comes to it
        yield i, sample
        found += 1
        if found == most:
            return
