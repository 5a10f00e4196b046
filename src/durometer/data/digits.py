"""Embedded: 1,797 real handwritten digits from scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from durometer.core import DataError, Sample
from durometer.data.base import Data, Options
from durometer.data.images import Array

TRAIN = 1297
"""How many come before the test split. The file's own order is kept, not shuffled: neighbors in it can be
of one writer, and a shuffle would put one hand into both splits."""
WHITE = 16


class Digits(Data):
    """Handwritten digits, 8×8 in 17 gray levels (Alpaydin and Kaynak, 1998; scikit-learn's copy).

    `x` is (3, size, size) uint8, three equal channels, ink bright on black: level v becomes round(v·255/16),
    each pixel a square of size/8. The mask is the ink itself, v/16: soft.

    Args:
        split: `train` (the first 1,297), `test` (the last 500) or `all`.
        size: Side in pixels, a multiple of 8.

    Raises:
        DataError: on another split or size.
    """

    labels = tuple("0123456789")

    def __init__(self, split: Literal["train", "test", "all"] = "test", *, size: int = 32) -> None:
        spans = {"train": (0, TRAIN), "test": (TRAIN, None), "all": (0, None)}
        if split not in spans:
            raise DataError(f"digits have no split {split!r}", fix=f"There are: {', '.join(spans)}")
        if size < 8 or size % 8:
            raise DataError(f"a side of {size} pixels is not a multiple of 8", where="digits")
        self.name, self.size = f"digits, {split}", size
        self._first = spans[split][0]
        span = slice(*spans[split])
        images, targets = _load()
        self._images, self._targets = images[span], targets[span]
        self.mask_count = len(self)

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, i: int, /) -> Sample:
        level = self._images[i].repeat(self.size // 8, axis=0).repeat(self.size // 8, axis=1)
        gray = torch.from_numpy(np.rint(level * (255.0 / WHITE)).astype(np.uint8))
        mask = torch.from_numpy((level / WHITE).astype(np.float32))[None]
        at = range(len(self))[i]
        return Sample(
            self._id(at), gray.expand(3, -1, -1).clone(), frozenset({int(self._targets[i])}), {"mask": mask}
        )

    def ids(self) -> Sequence[str]:
        """Return `digits/0000` and so on, by place in the whole file."""
        return [self._id(i) for i in range(len(self))]

    def has_mask(self, i: int) -> bool:
        """All digits have one."""
        return True

    def _id(self, i: int) -> str:
        return f"digits/{self._first + i:04d}"


def read_digits(where: str, options: Options) -> Digits:
    """Open `digits`, `digits:train` or `digits:all`."""
    split = where or options.split or "test"
    return Digits(split, size=options.size or 32)  # type: ignore[arg-type]  # Digits says what is wrong


def _load() -> tuple[Array, Array]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images.astype(np.uint8), found.target
