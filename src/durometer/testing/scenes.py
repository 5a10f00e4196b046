"""Toy pictures that a person can check: a colored square before a plain color; batches for checks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.core import Batch, Dataset, Sample, Scalar

LABELS = ("red", "green", "dark")
COLORS = ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))
"""Red and green of each class. Blue tells object (1) from background (0)."""


def toy_sample(i: int, *, background: int, size: int = 32) -> Sample:
    """Return picture i: a square of class i % 3 before a background in the color of another class.

    The square has a side of size // 2 and its top left corner at ((5 i) % (size // 2), (3 i) % (size // 2)),
    so it covers exactly a quarter of an even-sized picture. Its pixels are (red, green, 1), the background's
    (red, green, 0), in the colors of `COLORS`.

    Args:
        i: Which; the same i gives the same picture.
        background: Whose color the background has, 0 to 2.
        size: Side in pixels.
    """
    label, side = i % 3, size // 2
    left, top = (5 * i) % side, (3 * i) % side
    mask = torch.zeros(1, size, size)
    mask[:, top : top + side, left : left + side] = 1
    front = torch.tensor([*COLORS[label], 1.0])[:, None, None]
    back = torch.tensor([*COLORS[background], 0.0])[:, None, None]
    x = mask * front + (1 - mask) * back
    facts: dict[str, Scalar] = {"background": LABELS[background], "left": left, "top": top}
    return Sample(f"toy/{i:04d}", x, frozenset({label}), {"mask": mask}, facts)


@dataclass(frozen=True)
class ToyData(Dataset):
    """Toy pictures 0 … n-1; see `toy_sample`.

    Args:
        n: How many.
        shift: The background has the color of class (label + shift) % 3: 0 agrees with the object, 1 lies.
        size: Side in pixels.
    """

    n: int = 12
    shift: int = 0
    size: int = 32
    name: str = "toy"
    labels: tuple[str, ...] = LABELS

    @property
    def mask_count(self) -> int:
        """How many have a mask: all."""
        return self.n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int, /) -> Sample:
        if not 0 <= i < self.n:
            raise IndexError(i)
        return toy_sample(i, background=(i + self.shift) % 3, size=self.size)

    def ids(self) -> tuple[str, ...]:
        """Return the ids, `toy/0000` onwards."""
        return tuple(f"toy/{i:04d}" for i in range(self.n))


def toy_batch(n: int = 5, height: int = 48, width: int = 64) -> Batch:
    """Return a batch with all that a stressor may need: smooth pictures, soft disks as masks, fills, donors.

    Nothing is drawn at random. Picture i is a sum of waves of its own; its object is a disk of radius
    (0.16 + 0.02 (i % 3)) of the short side with an edge one pixel soft, near the center; `filled` is the
    picture without the disk (the waves go on), `donor` and `premade` other pictures' waves; `reference` is
    the picture before, mirrored, with its mask.
    """
    waves = torch.stack([_waves(i, height, width) for i in range(n)])
    mask = torch.stack([_disk(i, height, width) for i in range(n)])
    tint = torch.tensor([0.9, 0.4, 0.1])[:, None, None]
    x = ((mask * tint + (1 - mask) * waves) * 255).round() / 255
    donor = torch.stack([_waves(i + 100, height, width) for i in range(n)])
    premade = torch.stack([_waves(i + 200, height, width) for i in range(n)])
    aux = {"mask": mask, "filled": waves, "donor": donor, "premade": premade}
    aux |= {"reference": x.roll(1, 0).flip(-1), "reference_mask": mask.roll(1, 0).flip(-1)}
    return Batch(tuple(f"toy/{i:04d}" for i in range(n)), x, tuple(frozenset({i % 3}) for i in range(n)), aux)


def _waves(i: int, height: int, width: int) -> Tensor:
    y = torch.linspace(0, 1, height)[:, None]
    x = torch.linspace(0, 1, width)
    parts = [torch.sin(3 * (1 + c) * x + (2 + i % 4) * y * (3 - c) + i) for c in range(3)]
    return ((0.5 + 0.35 * torch.stack(parts)) * 255).round() / 255


def _disk(i: int, height: int, width: int) -> Tensor:
    short = min(height, width)
    y = torch.arange(height)[:, None] + 0.5 - height / 2 - (i % 2) * 2
    x = torch.arange(width) + 0.5 - width / 2 + (i % 3) * 2
    radius = (0.16 + 0.02 * (i % 3)) * short
    return (radius + 0.5 - torch.sqrt(x**2 + y**2)).clamp(0, 1)[None]
