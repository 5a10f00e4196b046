"""Textures: families of patterns as fields in [0, 1] over relative coordinates.

Only additions, multiplications, divisions, roots, roundings and comparisons are used, which every machine
rounds alike; edges are as soft as a pixel at 64, so that a scene looks the same at any resolution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.data.scenes.exact import cos_sin

Field = npt.NDArray[np.floating[Any]]
"""Always float32; numpy's own types do not say so of a product with a number."""
LATTICE = 9
"""Nodes a side of the noise lattice."""
EDGE = 4.0


@dataclass(frozen=True)
class Weave:
    """What a texture is made from, apart from its family.

    Attributes:
        frequency: Periods across the image.
        turn: Degrees.
        x, y: Phases and places in [0, 1).
        lattice: (9, 9) values in [0, 1) that noise is interpolated from.
    """

    frequency: float
    turn: float
    x: float
    y: float
    lattice: Field


def texture(family: str, u: Field, v: Field, weave: Weave) -> Field:
    """Return (H, W) float32 in [0, 1] at the places u (1, W) and v (H, 1) in [0, 1]."""
    return FAMILIES[family](u, v, weave)


def stripes(u: Field, v: Field, w: Weave) -> Field:
    """Straight bands in any direction."""
    c, s = cos_sin(w.turn)
    return _sharp(_wave(u * (w.frequency * c) + v * (w.frequency * s) + w.x))


def rings(u: Field, v: Field, w: Weave) -> Field:
    """Concentric circles about a place near the middle."""
    du, dv = u - (0.25 + 0.5 * w.x), v - (0.25 + 0.5 * w.y)
    return _sharp(_wave(np.sqrt(du * du + dv * dv) * (1.25 * w.frequency)))


def dots(u: Field, v: Field, w: Weave) -> Field:
    """Round dots on a square grid."""
    du, dv = _apart(u * w.frequency + w.x), _apart(v * w.frequency + w.y)
    return _clip((0.09 - (du * du + dv * dv)) * 8.0 + 0.5)


def clouds(u: Field, v: Field, w: Weave) -> Field:
    """Value noise of two octaves (Perlin's idea on a lattice of values)."""
    return _noise(u, v, w.lattice, 0.5 * w.frequency) * 0.75 + _noise(u, v, w.lattice.T, w.frequency) * 0.25


def bricks(u: Field, v: Field, w: Weave) -> Field:
    """Bricks twice as wide as high, every other course shifted by half a brick; mortar is 0."""
    y = v * w.frequency + w.y
    course = np.floor(y)
    shift = (course - 2.0 * np.floor(course * 0.5)) * 0.5
    across = (0.5 - np.abs(_apart(u * (0.5 * w.frequency) + (shift + w.x)))) * 2.0
    along = 0.5 - np.abs(_apart(y))
    return _clip((np.minimum(across, along) - 0.06) * 8.0)


def checks(u: Field, v: Field, w: Weave) -> Field:
    """A chessboard."""
    a = _sharp(_wave(u * (0.7 * w.frequency) + w.x))
    b = _sharp(_wave(v * (0.7 * w.frequency) + w.y))
    return a + b - 2.0 * (a * b)


def waves(u: Field, v: Field, w: Weave) -> Field:
    """Level bands bent into a zigzag."""
    return _sharp(_wave(v * w.frequency + 1.2 * _wave(u * (0.5 * w.frequency) + w.x) + w.y))


def blobs(u: Field, v: Field, w: Weave) -> Field:
    """Islands: value noise cut at one half."""
    return _clip((_noise(u, v, w.lattice, w.frequency) - 0.5) * 8.0 + 0.5)


def plain(u: Field, v: Field, w: Weave) -> Field:
    """One tone."""
    return np.full((v.shape[0], u.shape[1]), 1.0, np.float32)


FAMILIES: dict[str, Callable[[Field, Field, Weave], Field]] = {
    "stripes": stripes, "rings": rings, "dots": dots, "clouds": clouds, "bricks": bricks, "checks": checks,
    "waves": waves, "blobs": blobs, "plain": plain,
}  # fmt: skip


def _wave(t: Field) -> Field:
    """A triangle wave of period 1: 1 at whole numbers, 0 between them."""
    bent: Field = np.abs(t - np.floor(t) - 0.5) * 2.0
    return bent


def _apart(t: Field) -> Field:
    """How far from the middle of its cell, in [-0.5, 0.5)."""
    return t - np.floor(t) - 0.5


def _sharp(wave: Field) -> Field:
    return _clip((wave - 0.5) * EDGE + 0.5)


def _clip(t: Field) -> Field:
    return np.minimum(np.maximum(t, 0.0), 1.0)


def _noise(u: Field, v: Field, lattice: Field, frequency: float) -> Field:
    """Interpolate the lattice, repeated, along rows and then along columns, smoothly (3t² − 2t³)."""
    x, y = u[0] * frequency, v[:, 0] * frequency
    i, j = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    fy, fx = _smooth(y - np.floor(y))[:, None], _smooth(x - np.floor(x))[None, :]
    above, below = lattice[i % LATTICE], lattice[(i + 1) % LATTICE]
    rows = above + (below - above) * fy
    left, right = rows[:, j % LATTICE], rows[:, (j + 1) % LATTICE]
    return np.asarray(left + (right - left) * fx, np.float32)


def _smooth(t: Field) -> Field:
    return t * t * (3.0 - 2.0 * t)
