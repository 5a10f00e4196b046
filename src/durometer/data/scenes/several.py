"""Drawing a scene with several objects, none of them the main one: all classes, sizes and places alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from durometer.core import Dice
from durometer.data.scenes.draw import COLORS, OF_THING, draw, make_thing
from durometer.data.scenes.scene import Box, Scene, Thing
from durometer.data.scenes.shapes import LABELS
from durometer.data.scenes.splits import ATTRIBUTES, Split
from durometer.data.scenes.textures import Field

SPLITS = ("train", "test")
SMALLEST, LARGEST = 0.012, 0.12
"""Share of the image that an object's outline covers; as many between 0.012 and 0.038 as up to 0.12."""
HIDDEN = 0.25
"""Two boxes share at most so much of the smaller one."""
SPOTS = 8
"""Places that an object tries before it is left out."""
STREAM, VERSION = "scenes-objects", 1


def draw_several(split: str, index: int, *, seed: int, most: int) -> Scene:
    """Return scene `index` with 1 to `most` objects, what is nearer first; each has dice of its own.

    Background, light and lattices are those of a scene with everything uniform.
    """
    scene = draw(Split(split, frozenset(ATTRIBUTES), split), index, seed=seed, correlation=0.0, objects=1)
    dice = Dice(seed, STREAM, VERSION, (f"{split}/{index}",))
    count = 1 + int(dice.uniform("count")[0] * most)
    things: list[Thing] = []
    for k in range(count):
        numbers = dice.uniform(f"thing {k}", (len(OF_THING) + 2 * SPOTS,))[0].tolist()
        thing = _placed(_any(numbers, scene.weave.lattice), numbers[len(OF_THING) :], things)
        things += [thing] if thing else []
    return replace(scene, things=tuple(things))


def _any(numbers: Sequence[float], lattice: Field) -> Thing:
    own = dict(zip(OF_THING, numbers[: len(OF_THING)], strict=True))
    return make_thing(
        own,
        label=int(own["label"] * len(LABELS)),
        share=SMALLEST * (LARGEST / SMALLEST) ** own["share"],
        turn=360.0 * own["turn"] - 180.0,
        color=tuple(COLORS)[int(own["color"] * len(COLORS))],
        lattice=lattice,
    )


def _placed(thing: Thing, spots: Sequence[float], others: Sequence[Thing]) -> Thing | None:
    """Return the thing at the first spot that hides little, wholly inside the image; None without one."""
    left, top, right, bottom = thing.box()  # about the origin, so the reach to each side
    for u, v in zip(spots[::2], spots[1::2], strict=True):
        x, y = -left + (1.0 - right + left) * u, -top + (1.0 - bottom + top) * v
        moved = replace(thing, x=x, y=y)
        if all(_shared(moved.box(), other.box()) <= HIDDEN for other in others):
            return moved
    return None


def _shared(a: Box, b: Box) -> float:
    """Return what two boxes share, of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return max(width, 0.0) * max(height, 0.0) / smaller
