"""phantoms@1: sections through bodies that were never there, for reconstruction from measurements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from durometer.core import Dice, Sample, UsageError
from durometer.core.errors import unknown_name
from durometer.data.base import Data, Options
from durometer.data.scenes.dataset import Numbered

SPLITS = ("train", "test")
STREAM, VERSION = "phantoms", 1
MOST = 12
"""Ellipses inside the outer one, at most; at least half as many."""
FINE = 3
"""Each pixel is the mean of FINE × FINE points."""

Numbers = npt.NDArray[np.float64]


class Phantoms(Data):
    """Gray ellipses inside a bright rim on black, in the manner of Shepp and Logan's head phantom.

    `x` is (3, size, size) uint8 with equal channels; the target is the picture itself, (1, size, size)
    float32 in [0, 1]. The outer ellipse has a rim of level 0.9 and 0.35 inside; each of 6 to 12 ellipses
    within it, of half-axes 0.04 to 0.25 of the picture, adds between −0.3 and 0.45. The same (seed, split,
    index) gives the same ellipses at any size. Version 1: what would change a pixel will be version 2.

    Raises:
        UsageError: if an argument is out of its range, UnknownNameError if there is no such split.
    """

    labels = ("phantom",)

    def __init__(self, *, split: str = "test", n: int = 200, size: int = 64, seed: int = 0) -> None:
        if split not in SPLITS:
            raise unknown_name(split, SPLITS, kind="split", where="phantoms")
        for name, value, low in (("n", n, 1), ("size", size, 16)):
            if value < low:
                raise UsageError(f"{name} = {value} is less than {low}", where="phantoms")
        self.name, self.split, self.n, self.size, self.seed = f"phantoms:{split}", split, n, size, seed

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int, /) -> Sample:
        at = self.ids()[i]
        levels = np.rint(_painted(_drawn(at, self.seed), self.size) * 255).astype(np.uint8)
        x = torch.from_numpy(levels)[None]
        return Sample(at, x.expand(3, -1, -1).clone(), x.float() / 255)

    def ids(self) -> Sequence[str]:
        """Return `test/000000` and so on."""
        return Numbered(self.split, self.n)

    def has_mask(self, i: int) -> bool:
        """None has."""
        return False


def _drawn(name: str, seed: int) -> Numbers:
    """Return (E, 6): x, y, half-axes, angle and what each ellipse adds; the picture is 0 to 1."""
    u = Dice(seed, STREAM, VERSION, (name,)).uniform("ellipses", (MOST + 1, 6))[0].double().numpy()
    a, b = 0.33 + 0.1 * u[0, 0], 0.33 + 0.12 * u[0, 1]
    turn = np.pi * (u[0, 2] - 0.5) / 3
    outer = np.array([[0.5, 0.5, a, b, turn, 0.9], [0.5, 0.5, a - 0.025, b - 0.025, turn, -0.55]])
    many = MOST // 2 + int(u[0, 3] * (MOST // 2 + 1))
    inner, way, away = u[1 : 1 + many], 2 * np.pi * u[1 : 1 + many, 0], 0.28 * np.sqrt(u[1 : 1 + many, 1])
    x, y = 0.5 + away * np.cos(way), 0.5 + away * np.sin(way)
    half = 0.04 * (0.25 / 0.04) ** inner[:, 2:4]
    return np.concatenate(
        (outer, np.stack((x, y, half[:, 0], half[:, 1], np.pi * inner[:, 4], inner[:, 5] * 0.75 - 0.3), 1))
    )


def _painted(ellipses: Numbers, size: int) -> Numbers:
    """Return (size, size) in [0, 1]: the sum of the ellipses, inside the outer one."""
    at = (np.arange(size * FINE) + 0.5) / (size * FINE)
    total, body = np.zeros((size * FINE,) * 2), np.zeros((size * FINE,) * 2, bool)
    for k, (x, y, a, b, turn, level) in enumerate(ellipses):
        dx, dy = at[None, :] - x, at[:, None] - y
        along, beside = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        inside = (along / a) ** 2 + (beside / b) ** 2 <= 1
        body = body if k > 1 else inside
        total += level * (inside & body if k > 1 else inside)
    cells = total.clip(0, 1).reshape(size, FINE, size, FINE)
    means: Numbers = cells.mean(axis=(1, 3))
    return means


def read_phantoms(where: str, options: Options) -> Data:
    """Open `phantoms` or `phantoms:SPLIT`."""
    said = {"split": where or options.split, "n": options.n, "size": options.size, "seed": options.seed}
    return Phantoms(**{key: value for key, value in said.items() if value is not None})  # type: ignore[arg-type]
