"""GrabCut: two mixtures of colors and a graph cut, in turns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from durometer.ops.grid_cut import cut, links
from durometer.ops.mixture import Mixture, clusters, learn

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SURE = 1e3
"""What it costs to call a pixel object that is known to be background."""


class Grabbed(NamedTuple):
    """The labeling (H, W), True on the object, and what colors alone would call object (H, W)."""

    labels: Bools
    colors: Bools


def grab_cut(
    points: Floats,
    start: Bools,
    prior: Floats,
    outside: Bools,
    *,
    components: int,
    gamma: float,
    rounds: int,
    floor: float,
) -> Grabbed:
    """Return the object of one picture.

    Each round learns a mixture of the object's points and one of the background's, then cuts the grid at
    least cost (Rother et al., 2004); it stops early when nothing changes. Where one side has fewer pixels
    than components, the labeling so far is the answer.

    Args:
        points: (C, H, W): the colors and whatever else tells object from background.
        start: (H, W): the first guess of the object.
        prior: (H, W): log odds for the object that don't come from colors.
        outside: (H, W): where there is surely no object.
        components: Gaussians of each mixture.
        gamma: Weight of the border, see `links`; its edges are those of the first three channels.
        rounds: At most so many.
        floor: Added to every variance.
    """
    between, flat = links(points[:3], gamma=gamma), points.reshape(len(points), -1).T
    labels = colors = start & ~outside
    mixtures: tuple[Mixture, Mixture] | None = None
    for _ in range(rounds):
        inside = labels.ravel()
        if min(inside.sum(), (~inside).sum()) < components:
            break
        mixtures = _learned(flat, inside, mixtures, components, floor)
        gain = (mixtures[0].log_density(flat) - mixtures[1].log_density(flat)).reshape(start.shape)
        colors, odds = (gain > 0) & ~outside, np.where(outside, -SURE, gain + prior)
        before, labels = labels, cut(np.maximum(-odds, 0), np.maximum(odds, 0), between)
        if (before == labels).all():
            break
    return Grabbed(labels, colors)


def _learned(
    points: Floats, inside: Bools, mixtures: tuple[Mixture, Mixture] | None, components: int, floor: float
) -> tuple[Mixture, Mixture]:
    """Object and background; the first time by k-means, then by the mixture before."""
    own, rest = points[inside], points[~inside]
    if mixtures is None:
        of = clusters(own, components), clusters(rest, components)
    else:
        of = mixtures[0].assign(own), mixtures[1].assign(rest)
    return learn(own, of[0], floor=floor), learn(rest, of[1], floor=floor)
