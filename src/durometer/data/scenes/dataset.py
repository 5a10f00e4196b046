"""scenes@1: the data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import torch
from torch import Tensor

from durometer.core import Facts, Sample, UsageError
from durometer.data.base import Data
from durometer.data.scenes.draw import BACKGROUNDS, MOST, draw
from durometer.data.scenes.paint import paint, paint_background
from durometer.data.scenes.scene import Scene
from durometer.data.scenes.shapes import LABELS
from durometer.data.scenes.splits import split_named

SMALLEST = 16
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")


class Scenes(Data):
    """Generated pictures: an object, its shape the class, on a textured background; all is known exactly.

    A sample is (3, size, size) uint8 with `aux["mask"]` (1, size, size) float32, the share of each pixel that
    the main object covers, and facts: `background`, `correlated` (is it the class's own?), `size` (share of
    the image), `center_x`, `center_y` and `cell` (its centroid), `direction` (degrees counterclockwise from
    upright), `color`, `finish` (the object's texture), `lighting` (1 is full), `objects` and a `caption`.
    With `objects` above 1, `aux["boxes"]` is (objects, 4): left, top, right, bottom in pixels, the main
    object first, rows of zeros where there are fewer.

    The same (seed, split, index) gives the same pixels on every machine, and the same scene at any size.
    Version 1: whatever would change a pixel will be version 2.

    Args:
        split: `train` and `same` draw background, size (0.15 to 0.35), position (center third), direction
            (within 10 degrees of upright), color and lighting as usual; `uniform-ATTRIBUTE` is `same` with
            one of them uniform; `uniform` has all of them uniform.
        n: How many.
        size: Side in pixels, at least 16.
        seed: Another seed gives other scenes.
        objects: At most so many a scene, 1 to 5: beside the main one, small ones of other classes in the
            corners that it leaves free.
        correlation: The share of scenes on their class's own background where it is not uniform.

    Raises:
        UsageError: if an argument is out of its range, UnknownNameError if there is no such split.
    """

    labels = LABELS

    def __init__(
        self,
        *,
        split: str = "same",
        n: int = 500,
        size: int = 64,
        seed: int = 0,
        objects: int = 1,
        correlation: float = 0.95,
    ) -> None:
        self.split = split_named(split)
        _check("n", n, 1, 10**9)
        _check("size", size, SMALLEST, 4096)
        _check("objects", objects, 1, MOST)
        _check("correlation", correlation, 0.0, 1.0)
        self.name, self.size, self.seed = f"scenes:{split}", size, seed
        self.objects, self.correlation, self.mask_count = objects, correlation, n

    def __len__(self) -> int:
        return self.mask_count

    def __getitem__(self, i: int, /) -> Sample:
        at = range(len(self))[i]
        scene = self.scene(at)
        pixels, mask = paint(scene, size=self.size)
        aux = {"mask": torch.from_numpy(mask)}
        if self.objects > 1:
            aux["boxes"] = self._boxes(scene)
        target = scene.things[0].label
        return Sample(self.ids()[at], torch.from_numpy(pixels), frozenset({target}), aux, facts(scene))

    def ids(self) -> Sequence[str]:
        """Return `same/000000` and so on, each made when it is asked for."""
        return Numbered(self.split.name, len(self))

    def has_mask(self, i: int) -> bool:
        """All scenes have one."""
        return True

    def scene(self, i: int) -> Scene:
        """Return sample i as numbers, unpainted."""
        return draw(self.split, i, seed=self.seed, correlation=self.correlation, objects=self.objects)

    def background(self, i: int) -> Tensor:
        """Return sample i without its objects, (3, size, size) uint8: what truly lies behind them."""
        return torch.from_numpy(paint_background(self.scene(i), size=self.size))

    def _boxes(self, scene: Scene) -> Tensor:
        boxes = torch.zeros(self.objects, 4)
        for k, thing in enumerate(scene.things):
            boxes[k] = torch.tensor(thing.box()) * self.size
        return boxes


class Numbered(Sequence[str]):
    """`prefix/000000` and so on: a million ids that take no memory."""

    def __init__(self, prefix: str, n: int) -> None:
        self._prefix, self._range = prefix, range(n)

    def __len__(self) -> int:
        return len(self._range)

    @overload
    def __getitem__(self, i: int) -> str: ...
    @overload
    def __getitem__(self, i: slice) -> list[str]: ...
    def __getitem__(self, i: int | slice) -> str | list[str]:
        if isinstance(i, slice):
            return [self[k] for k in self._range[i]]
        return f"{self._prefix}/{self._range[i]:06d}"

    def __iter__(self) -> Iterator[str]:
        return (self[i] for i in self._range)


def facts(scene: Scene) -> Facts:
    """Return what is known of a scene, apart from its class (the caption names it)."""
    main = scene.things[0]
    own = BACKGROUNDS[main.label] == scene.background
    return {
        "background": scene.background, "correlated": own, "size": round(main.share, 6),
        "center_x": round(main.x, 6), "center_y": round(main.y, 6), "cell": _cell(main.x, main.y),
        "direction": round(main.turn, 3), "color": main.color, "finish": main.finish,
        "lighting": round(scene.light, 6), "objects": len(scene.things), "caption": caption(scene),
    }  # fmt: skip


def caption(scene: Scene) -> str:
    """Return the scene in words: `an orange star on stripes`."""
    main = scene.things[0]
    article = "an" if main.color[0] in "aeiou" else "a"
    return f"{article} {main.color} {LABELS[main.label]} on {scene.background}"


def _cell(x: float, y: float) -> str:
    row, column = ROWS[min(int(y * 3), 2)], COLUMNS[min(int(x * 3), 2)]
    return f"{row}-{column}"


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{name} = {value} is not between {low:g} and {high:g}", where="scenes")
