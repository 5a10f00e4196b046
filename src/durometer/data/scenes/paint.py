"""A scene becomes pixels, at any size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from durometer.data.scenes.coverage import coverage
from durometer.data.scenes.scene import RGB, Scene, Thing
from durometer.data.scenes.textures import Field, texture

Pixels = npt.NDArray[np.uint8]
RELIEF = 0.35
"""How much darker an object's color is in the valleys of its finish."""


def paint(scene: Scene, *, size: int) -> tuple[Pixels, Field]:
    """Return the picture (3, size, size) uint8 and the main object's mask (1, size, size) in [0, 1]."""
    pixels, covered = paint_all(scene, size=size)
    return pixels, covered[:1]


def paint_all(scene: Scene, *, size: int) -> tuple[Pixels, Field]:
    """Return the picture (3, size, size) uint8 and what share of each pixel each thing's outline covers.

    The shares are (things, size, size) in [0, 1], as if nothing lay above them.
    """
    u, v = _places(size)
    image = _backdrop(scene, u, v)
    covered = np.zeros((len(scene.things), size, size), np.float32)
    for k in reversed(range(len(scene.things))):  # the main one last, so that nothing covers it
        covered[k] = coverage(*scene.things[k].outline(), size=size)
        _lay(image, covered[k], scene.things[k], u, v)
    return _develop(image, scene, u, v), covered


def paint_background(scene: Scene, *, size: int) -> Pixels:
    """Return the scene without any object, (3, size, size) uint8."""
    u, v = _places(size)
    return _develop(_backdrop(scene, u, v), scene, u, v)


@lru_cache(maxsize=8)
def _places(size: int) -> tuple[Field, Field]:
    """Pixel centers in relative coordinates, (1, size) across and (size, 1) down."""
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    at.flags.writeable = False
    return at[None, :], at[:, None]


def _backdrop(scene: Scene, u: Field, v: Field) -> Field:
    return _between(scene.dark, scene.bright, texture(scene.background, u, v, scene.weave))


def _lay(image: Field, mask: Field, thing: Thing, u: Field, v: Field) -> None:
    """Paint a thing over the image, within its box only."""
    size = mask.shape[0]
    left, top, right, bottom = (int(edge * size) for edge in thing.box())
    rows, columns = slice(max(top, 0), bottom + 1), slice(max(left, 0), right + 1)
    field = texture(thing.finish, u[:, columns], v[rows], thing.weave)
    valley: RGB = (
        thing.rgb[0] * (1.0 - RELIEF),
        thing.rgb[1] * (1.0 - RELIEF),
        thing.rgb[2] * (1.0 - RELIEF),
    )
    under = image[:, rows, columns]
    under += mask[rows, columns] * (_between(valley, thing.rgb, field) - under)


def _between(low: RGB, high: RGB, field: Field) -> Field:
    base = np.array(low, np.float32)[:, None, None]
    return base + (np.array(high, np.float32)[:, None, None] - base) * field


def _develop(image: Field, scene: Scene, u: Field, v: Field) -> Pixels:
    """Light the image and round it to 8 bits."""
    light = scene.light + (scene.slope[0] * (u - 0.5) + scene.slope[1] * (v - 0.5))
    levels = np.floor(image * (light * 255.0) + 0.5)
    return np.minimum(np.maximum(levels, 0.0), 255.0).astype(np.uint8)
