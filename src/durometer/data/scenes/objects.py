"""scenes-objects@1: scenes with several objects as targets of detection and segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from durometer.core import Facts, Objects, Sample, UsageError
from durometer.core.errors import unknown_name
from durometer.data.base import Data, Options
from durometer.data.scenes.dataset import Numbered
from durometer.data.scenes.draw import MOST
from durometer.data.scenes.paint import paint_all
from durometer.data.scenes.scene import Scene
from durometer.data.scenes.several import SPLITS, draw_several
from durometer.data.scenes.shapes import LABELS
from durometer.data.scenes.textures import Field

HALF = 0.5
"""A pixel belongs to the nearest object that covers at least so much of it."""
LEAST = 32
BACKGROUND = "background"


class SceneObjects(Data):
    """Generated pictures with 1 to 5 objects of eight classes; the target is `durometer.core.Objects`.

    A sample is (3, size, size) uint8. A pixel belongs to the nearest object whose outline covers at least
    half of it; an object's mask is its own pixels, so what another hides is not in it, and its box is the
    smallest one around them. Nearer objects come first. Facts: `background`, `lighting`, `objects`.

    Objects cover 0.012 to 0.12 of the picture, small ones more often, turned any way, wholly inside it, and
    hide at most a quarter of each other's boxes. The same (seed, split, index) gives the same pixels on every
    machine and the same scene at any size. Version 1: whatever would change a pixel will be version 2.

    Args:
        split: `train` or `test`.
        n: How many.
        size: Side in pixels, at least 32.
        seed: Another seed gives other scenes.
        most: At most so many objects a scene, 1 to 5.

    Raises:
        UsageError: if an argument is out of its range, UnknownNameError if there is no such split.
    """

    labels: tuple[str, ...] = LABELS

    def __init__(
        self, *, split: str = "test", n: int = 500, size: int = 96, seed: int = 0, most: int = MOST
    ) -> None:
        if split not in SPLITS:
            raise unknown_name(split, SPLITS, kind="split", where="scenes-objects")
        for name, value, low, high in (
            ("n", n, 1, 10**9),
            ("size", size, LEAST, 4096),
            ("most", most, 1, MOST),
        ):
            if not low <= value <= high:
                raise UsageError(f"{name} = {value} is not between {low} and {high}", where="scenes-objects")
        self.name, self.split, self.n, self.size = f"scenes-objects:{split}", split, n, size
        self.seed, self.most = seed, most

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int, /) -> Sample:
        at = range(self.n)[i]
        scene = self.scene(at)
        pixels, covered = paint_all(scene, size=self.size)
        return Sample(self.ids()[at], torch.from_numpy(pixels), objects(scene, covered), {}, _facts(scene))

    def ids(self) -> Sequence[str]:
        """Return `test/000000` and so on."""
        return Numbered(self.split, self.n)

    def has_mask(self, i: int) -> bool:
        """None has: there is no main object that edits of an object could mean."""
        return False

    def scene(self, i: int) -> Scene:
        """Return sample i as numbers, unpainted."""
        return draw_several(self.split, i, seed=self.seed, most=self.most)


class SceneMaps(SceneObjects):
    """The pictures of `SceneObjects`; the target is (size, size) int64: 0 background, 1 to 8 the classes."""

    labels = (BACKGROUND, *LABELS)

    def __getitem__(self, i: int, /) -> Sample:
        sample = super().__getitem__(i)
        return Sample(sample.id, sample.x, label_map(sample.y), sample.aux, sample.facts)


def objects(scene: Scene, covered: Field) -> Objects:
    """Return the objects of a scene from what share of each pixel (things, H, W) each outline covers."""
    solid = covered >= HALF
    free: npt.NDArray[np.bool_] = np.cumsum(solid, axis=0) - solid == 0  # nothing nearer
    masks = torch.from_numpy(solid & free)
    seen = masks.flatten(1).any(dim=1)
    labels = torch.tensor([thing.label for thing in scene.things])
    return Objects(boxes_of(masks[seen]), labels[seen], masks[seen])


def boxes_of(masks: Tensor) -> Tensor:
    """Return (N, 4) float32: the smallest box around each of (N, H, W) masks, none of them empty."""
    sides = [masks.any(dim=axis) for axis in (1, 2)]  # columns (N, W), rows (N, H)
    first = [side.int().argmax(dim=1) for side in sides]
    last = [side.shape[1] - side.flip(1).int().argmax(dim=1) for side in sides]
    return torch.stack([*first, *last], dim=1).float()


def label_map(of: Objects) -> Tensor:
    """Return (H, W) int64: 0 where there is no object, else its label + 1; masks must not overlap."""
    if of.masks is None:
        raise UsageError("objects without masks make no map of labels")
    values: Tensor = (of.masks * (of.labels + 1)[:, None, None]).sum(dim=0)
    return values


def _facts(scene: Scene) -> Facts:
    return {
        "background": scene.background,
        "lighting": round(scene.light, 6),
        "objects": len(scene.things),
    }


def read_objects(where: str, options: Options) -> Data:
    """Open `scenes-objects` or `scenes-objects:SPLIT`: detection and instance segmentation."""
    return SceneObjects(**_given(where, options))


def read_maps(where: str, options: Options) -> Data:
    """Open `scenes-maps` or `scenes-maps:SPLIT`: semantic segmentation."""
    return SceneMaps(**_given(where, options))


def _given(where: str, options: Options) -> dict[str, Any]:
    said = {"split": where or options.split, "n": options.n, "size": options.size, "seed": options.seed}
    return {key: value for key, value in said.items() if value is not None}
