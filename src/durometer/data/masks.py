"""Object masks: a second folder of PNG or .npy files, or the image's own alpha channel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from torch import Tensor

from durometer.core import DataError
from durometer.data.class_masks import GUESS, hold_class_ids, read_object
from durometer.data.images import Picture, is_image
from durometer.data.lean import Names
from durometer.data.maskfile import Threshold, check_threshold, fit, read_mask, read_values, to_mask
from durometer.data.pairing import pair, some, stem
from durometer.data.provenance import how_made
from durometer.data.walk import files_below

__all__ = ["AlphaMasks", "MaskFiles", "Masks", "find_masks", "read_mask"]


class Masks(Protocol):
    """Where the masks of a data set come from.

    Attributes:
        count: How many there are.
        said: What a report should say of them: that they were made, how, and with what confidence; how they
            are read, where that is a guess.
    """

    count: int
    said: tuple[str, ...]

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        ...

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the mask of sample i as (1, H, W) float32 in [0, 1], upright as its picture.

        Raises:
            DataError: if it can't be read or is of another size than its image.
        """
        ...


class MaskFiles:
    """Masks in files: `names[i]` below `root`, empty where there is none.

    Args:
        root: Folder of the masks.
        names: Path of each sample's mask below it.
        threshold: None: any value but zero is object. A number in [0, 1): above this share of white.
            `soft`: the share of white itself.
        class_ids: They are ImageNet-S's; see `durometer.data.class_masks`.
    """

    def __init__(
        self, root: Path, names: Names, threshold: Threshold = None, *, class_ids: bool = False
    ) -> None:
        check_threshold(threshold)
        self.root, self.names, self.threshold = root, names, threshold
        self.count = sum(1 for name in names if name)
        self.said = (*how_made(root, names), *((GUESS,) if class_ids else ()))
        self._read = read_object if class_ids else read_values

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        return bool(self.names[i])

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the mask of sample i, or None."""
        name = self.names[i]
        if not name:
            return None
        values = self._read(self.root / name, where=f"mask {name!r}")
        return fit(to_mask(values, self.threshold), picture, where=where)


class AlphaMasks:
    """Each image's own alpha channel, as it is: soft."""

    def __init__(self, alpha: Sequence[bool] | bytearray) -> None:
        self._alpha = bytearray(alpha)
        self.count = sum(self._alpha)
        self.said: tuple[str, ...] = ()

    def has(self, i: int, /) -> bool:
        """Say whether sample i has a mask."""
        return bool(self._alpha[i])

    def read(self, i: int, picture: Picture, /, *, where: str) -> Tensor | None:
        """Return the alpha channel that was set aside when decoding."""
        return picture.alpha


def find_masks(folder: str | Path, ids: Sequence[str], *, threshold: Threshold = None) -> MaskFiles:
    """Pair the image and .npy files below a folder with the ids of the same stem.

    Without a threshold, ImageNet-S's masks are told by their colors and read as class ids.

    Raises:
        DataError: no folder, no mask in it, two masks of one stem, or none that fits an image.
    """
    root, known = Path(folder), dict[str, str]()
    if not root.is_dir():
        raise DataError("there is no such folder of masks", where=str(folder))
    for name in files_below(root, lambda n: is_image(n) or n.endswith(".npy")):
        # an image of the same stem beside its mask (davis: a.jpg and a.png) is not a second mask
        if known.setdefault(stem(name), name) != name:
            known[stem(name)] = _of_two(known[stem(name)], name, where=str(folder))
    if not known:
        raise DataError("the folder holds no masks (image files or .npy)", where=str(folder))
    names = pair(ids, known, where=str(folder))
    if not any(names):
        raise DataError(
            f"none of its {len(known)} masks fits an image by its stem; one is {some([*known.values()], 1)}",
            where=str(folder),
            fix="Name each mask as its image: dog.png for dog.jpg",
        )
    class_ids = threshold is None and hold_class_ids(root / name for name in names if name.endswith(".png"))
    return MaskFiles(root, names, threshold, class_ids=class_ids)


def _of_two(first: str, second: str, *, where: str) -> str:
    """Return the one of two files of one stem that must be the mask: never a .jpg beside a .png."""
    lossy = [n for n in (first, second) if n.lower().endswith((".jpg", ".jpeg"))]
    if len(lossy) == 1:
        return second if lossy[0] == first else first
    raise DataError(
        f"both {first!r} and {second!r} could be the mask of one image", where=where, fix="Keep one of them"
    )
