"""ImageNet-C as published: `corruption/severity/class/image`, beside a folder of the clean images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from durometer.core import DataError, Sample
from durometer.data.base import LeftOut, Options, one_class
from durometer.data.files import FileData
from durometer.data.images import decode, is_image, read_bytes
from durometer.data.lean import Coded, Names
from durometer.data.pairing import stem
from durometer.data.published_corruptions import (
    BENCHMARKS,
    CLEAN,
    SEVERITIES,
    PublishedCorruption,
    listed,
    name_of,
)
from durometer.data.walk import files_below, folders_in

GROUPS = ("blur", "digital", "extra", "noise", "weather")
"""Folders that the downloads may be unpacked into."""
TINY = 64
RESIZED, CROPPED = 256, 224


class ImageNetC(FileData):
    """Clean images with a corrupted version for each corruption and severity.

    Clean images that are not of the corrupted ones' size are resized and cropped as those were before they
    were corrupted: short side to 256, the center of 224 × 224 (and in that proportion for other sizes).

    Args:
        shown: For each sample, where its corrupted version lies below a severity's folder.
        edits: Folder of corruption and severity -> key of the published corruption.
        size: (H, W) of the corrupted images.
        known: What `FileData` takes.
    """

    def __init__(self, *, shown: Names, edits: Mapping[str, str], size: tuple[int, int], **known: object):
        super().__init__(**known)  # type: ignore[arg-type]
        self._shown, self._size = shown, size
        self.edits, self.variants = dict(edits), tuple(edits)
        benchmark = next(iter(edits.values())).partition(":")[0]
        self.name, self.suite = BENCHMARKS[benchmark], "imagenet-c"

    def __getitem__(self, i: int, /) -> Sample:
        sample = super().__getitem__(i)
        return Sample(sample.id, center(sample.x, self._size), sample.y, {}, sample.facts)

    def variant(self, i: int, name: str) -> Tensor:
        """Return the pixels (3, H, W) uint8 of sample i under a corruption at a severity."""
        where = f"{name}/{self._shown[i]}"
        if name not in self.edits or not (self.root / where).is_file():
            raise DataError("there is no such corrupted image", where=where)
        return decode(read_bytes(self.root / where, where=where), where=where).x


def holds_imagenet_c(root: Path) -> bool:
    """Say whether a folder is laid out so: a corruption's folder with a severity's folder of classes."""
    return next(_severities(root), None) is not None


def read_imagenet_c(where: str, options: Options) -> ImageNetC:
    """Read the clean images, and where their corrupted versions are. Classes are the corrupted ones' folders.

    The clean folder may hold class folders, or all images together.

    Raises:
        DataError: no corruptions, no folder of clean images, or no clean image with a corrupted version.
    """
    root = Path(where)
    held = list(_severities(root))
    if not held:
        raise DataError("there is no folder `corruption/severity/class` of ImageNet-C", where=where)
    if options.masks is not None:
        raise DataError("masks are not read with ImageNet-C", where=where, fix="Leave them out")
    clean = _clean(root)
    shown, classes, ids, found = Names(), Coded[str](), Names(), _corrupted(root / held[0][0])
    lost = 0
    for path in files_below(root / clean, is_image):
        there = found.get(stem(path)) or found.get(stem(path).rpartition("/")[2])
        if there is None:
            lost += 1
            continue
        ids.append(f"{clean}/{path}")
        shown.append(there)
        classes.append(there.partition("/")[0])
    if not len(ids):
        raise DataError(f"no image in {clean!r} has a corrupted version in {held[0][0]!r}", where=where)
    size = _size(root / held[0][0] / shown[0])
    benchmark = "tiny-imagenet-c" if size[0] == TINY else "imagenet-c"
    labels = tuple(sorted(classes.distinct))
    return ImageNetC(
        root=root, ids=ids, labels=labels, shown=shown, size=size,
        targets=classes.frozen().map(lambda name: frozenset({labels.index(name)})),
        edits={f: PublishedCorruption(benchmark, name, s).key for f, name, s in held},
        guesses=(*_guesses(benchmark, clean, held, size), *one_class(labels)), left_out=_left_out(lost),
    )  # fmt: skip


def center(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (3, H, W) uint8 as ImageNet-C prepared its images: resized, then the center cut out.

    Pictures that are of the size already stay what they are.
    """
    if tuple(x.shape[-2:]) == size:
        return x
    picture = Image.fromarray(x.permute(1, 2, 0).numpy())
    short = round(min(size) * RESIZED / CROPPED)
    scale = short / min(picture.size)
    width, height = (short if side == min(picture.size) else int(side * scale) for side in picture.size)
    left, top = round((width - size[1]) / 2), round((height - size[0]) / 2)
    box = (left, top, left + size[1], top + size[0])
    cut = picture.resize((width, height), Image.Resampling.BILINEAR).crop(box)
    return torch.from_numpy(np.array(cut)).permute(2, 0, 1).contiguous()


def _severities(root: Path) -> Iterator[tuple[str, str, int]]:
    """Yield (folder, corruption, severity) for each severity's folder that holds a class folder."""
    for folder in _corruptions(root):
        for severity in SEVERITIES:
            place = root / folder / str(severity)
            if place.is_dir() and folders_in(place):
                yield f"{folder}/{severity}", name_of(Path(folder).name), severity


def _corruptions(root: Path) -> Iterator[str]:
    taken = set()
    folders = folders_in(root)
    inside = [f"{g}/{f}" for g in folders if g.lower() in GROUPS for f in folders_in(root / g)]
    for folder in (*folders, *inside):
        name = name_of(Path(folder).name)
        if name and name not in taken:
            taken.add(name)
            yield folder


def _clean(root: Path) -> str:
    folders = folders_in(root)
    found = next((f for name in CLEAN for f in folders if f.lower() == name), None)
    if found is None:
        fix = f"Put the clean validation images beside the corruptions, in a folder {CLEAN[0]!r}"
        raise DataError("there is no folder of the clean images of ImageNet-C", where=str(root), fix=fix)
    return found


def _corrupted(place: Path) -> dict[str, str]:
    """Return `class/stem`, and the stem alone where no two classes have it -> `class/image`."""
    whole = {stem(path): path for path in files_below(place, is_image)}
    alone: dict[str, str] = {}
    twice = set()
    for key, path in whole.items():
        last = key.rpartition("/")[2]
        if alone.setdefault(last, path) != path:
            twice.add(last)
    return {**{k: v for k, v in alone.items() if k not in twice}, **whole}


def _size(path: Path) -> tuple[int, int]:
    height, width = decode(read_bytes(path, where=str(path)), where=str(path)).x.shape[-2:]
    return int(height), int(width)


def _guesses(
    benchmark: str, clean: str, held: list[tuple[str, str, int]], size: tuple[int, int]
) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for _, name, _ in held))
    return (
        f"By its layout this is {BENCHMARKS[benchmark]}, with {listed(names)}.",
        f"The clean images are those in {clean!r}; where they are not {size[1]} × {size[0]} pixels, they "
        "are resized and cut to the center as the corrupted ones were.",
    )


def _left_out(lost: int) -> tuple[LeftOut, ...]:
    return (("images", lost, "they have no corrupted version"),) if lost else ()
