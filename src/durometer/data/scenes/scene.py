"""One scene as numbers: what is where, before any pixel is painted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from durometer.data.scenes.shapes import LABELS, edges
from durometer.data.scenes.textures import Weave

RGB = tuple[float, float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Thing:
    """An object: its class, place and looks. Lengths are shares of the side, `share` of the area."""

    label: int
    share: float
    x: float
    y: float
    turn: float
    stretch: float
    color: str
    rgb: RGB
    finish: str
    weave: Weave

    def outline(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return its edges in relative image coordinates: (starts, ends), each (E, 2)."""
        starts, ends = edges(LABELS[self.label], turn=self.turn, stretch=self.stretch)
        scale, place = math.sqrt(self.share), np.array((self.x, self.y))
        return starts * scale + place, ends * scale + place

    def box(self) -> Box:
        """Return (left, top, right, bottom), shares of the side."""
        corners, _ = self.outline()
        (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return left, top, right, bottom


@dataclass(frozen=True)
class Scene:
    """A scene: things[0] is what the label speaks of and lies on top; light falls off along a direction."""

    things: tuple[Thing, ...]
    background: str
    weave: Weave
    dark: RGB
    bright: RGB
    light: float
    slope: tuple[float, float]
