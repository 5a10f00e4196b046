"""Drawing a scene: every attribute from its own dice, so that one can change alone."""

from __future__ import annotations

from dataclasses import replace

from durometer.core import Dice
from durometer.data.scenes.exact import cos_sin
from durometer.data.scenes.scene import RGB, Box, Scene, Thing
from durometer.data.scenes.shapes import LABELS
from durometer.data.scenes.splits import Split
from durometer.data.scenes.textures import LATTICE, Field, Weave

BACKGROUNDS = ("stripes", "rings", "dots", "clouds", "bricks", "checks", "waves", "blobs")
"""Background families; number i is the one that class i usually stands on."""
FINISHES = ("plain", "stripes", "dots", "checks")
COLORS = {
    "red": (0.86, 0.16, 0.14),
    "orange": (0.93, 0.53, 0.10),
    "yellow": (0.92, 0.85, 0.16),
    "pink": (0.93, 0.42, 0.68),
    "green": (0.20, 0.68, 0.22),
    "teal": (0.10, 0.68, 0.66),
    "blue": (0.17, 0.33, 0.88),
    "purple": (0.52, 0.20, 0.74),
}
USUAL = 4
"""The first so many colors are the usual ones, with a chance of 0.9."""
SHARE = (0.15, 0.35)
UNIFORM_SHARE = (0.03, 0.35)
LEAN = 10.0
"""Degrees from upright, usually."""
LIGHT = (0.85, 1.0)
UNIFORM_LIGHT = (0.3, 1.0)
MOST = 5
"""Objects a scene at most: the main one and one for each corner."""
CORNERS = ((0.15, 0.15), (0.85, 0.15), (0.15, 0.85), (0.85, 0.85))

OF_SCENE = (
    "tie", "family", "frequency", "turn", "x", "y", "tone", "contrast", "r0", "g0", "b0", "r1", "g1", "b1",
    "light", "slope", "slope-turn", "count",
)  # fmt: skip
OF_THING = (
    "label", "share", "x", "y", "turn", "stretch", "color", "r", "g", "b", "finish", "frequency",
    "weave-turn", "weave-x", "weave-y",
)  # fmt: skip


def draw(split: Split, index: int, *, seed: int, correlation: float, objects: int) -> Scene:
    """Return scene `index` of a split; each attribute has its own dice, so one can change alone."""
    dice = Dice(seed, "scenes", 1, (str(index),))
    n = len(OF_SCENE) + MOST * len(OF_THING)
    pool = dice.uniform(split.dice, (n + 2 * LATTICE * LATTICE,))[0]
    own = dict(zip(OF_SCENE, pool[: len(OF_SCENE)].tolist(), strict=True))
    rows = pool[len(OF_SCENE) : n].reshape(MOST, -1).tolist()
    lattices = pool[n:].numpy().reshape(2, LATTICE, LATTICE)
    each = [dict(zip(OF_THING, row, strict=True)) for row in rows]
    main = _main(each[0], split, lattices[1])
    extra = 1 + int(own["count"] * objects)
    others = [_other(each[k], k, main, lattices[1]) for k in range(1, extra)]
    things = (main, *(t for t in others if not _touch(t.box(), main.box())))
    return _scene(own, things, split, correlation, lattices[0])


def _scene(
    own: dict[str, float], things: tuple[Thing, ...], split: Split, correlation: float, lattice: Field
) -> Scene:
    tone, contrast = 0.3 + 0.4 * own["tone"], 0.12 + 0.12 * own["contrast"]
    low, high = UNIFORM_LIGHT if "lighting" in split.uniform else LIGHT
    c, s = cos_sin(360.0 * own["slope-turn"])
    slope = 0.3 * own["slope"]
    return Scene(
        things=things,
        background=BACKGROUNDS[_family(own, things[0].label, split, correlation)],
        weave=Weave(5.0 + 3.0 * own["frequency"], 180.0 * own["turn"], own["x"], own["y"], lattice),
        dark=_jitter((tone - contrast,) * 3, own["r0"], own["g0"], own["b0"], 0.1),
        bright=_jitter((tone + contrast,) * 3, own["r1"], own["g1"], own["b1"], 0.1),
        light=low + (high - low) * own["light"],
        slope=(slope * c, slope * s),
    )


def _family(own: dict[str, float], label: int, split: Split, correlation: float) -> int:
    n = len(BACKGROUNDS)
    if "background" in split.uniform:
        return int(own["family"] * n)
    if own["tie"] < correlation:
        return label
    return (label + 1 + int(own["family"] * (n - 1))) % n


def _main(own: dict[str, float], split: Split, lattice: Field) -> Thing:
    low, high = UNIFORM_SHARE if "size" in split.uniform else SHARE
    lean = 180.0 if "direction" in split.uniform else LEAN
    thing = make_thing(
        own,
        label=int(own["label"] * len(LABELS)),
        share=low + (high - low) * own["share"],
        turn=lean * (2.0 * own["turn"] - 1.0),
        color=_color(own["color"], everything="color" in split.uniform),
        lattice=lattice,
    )
    left, top, right, bottom = thing.box()  # about the origin, so the reach to each side
    spot = _anywhere if "position" in split.uniform else _middle
    return replace(thing, x=spot(own["x"], -left, 1.0 - right), y=spot(own["y"], -top, 1.0 - bottom))


def _other(own: dict[str, float], corner: int, main: Thing, lattice: Field) -> Thing:
    """A distractor: small, in a corner, of any class but the main one's."""
    x, y = CORNERS[corner - 1]
    thing = make_thing(
        own,
        label=(main.label + 1 + int(own["label"] * (len(LABELS) - 1))) % len(LABELS),
        share=0.01 + 0.015 * own["share"],
        turn=360.0 * own["turn"] - 180.0,
        color=_color(own["color"], everything=True),
        lattice=lattice,
    )
    return replace(thing, x=x, y=y)


def make_thing(
    own: dict[str, float], *, label: int, share: float, turn: float, color: str, lattice: Field
) -> Thing:
    """Return a thing about the origin; what is not said comes from its own numbers in [0, 1)."""
    weave = Weave(
        10.0 + 6.0 * own["frequency"], 180.0 * own["weave-turn"], own["weave-x"], own["weave-y"], lattice
    )
    return Thing(
        label=label, share=share, x=0.0, y=0.0, turn=turn, stretch=0.952 + 0.098 * own["stretch"],
        color=color, rgb=_jitter(COLORS[color], own["r"], own["g"], own["b"], 0.08),
        finish=FINISHES[int(own["finish"] * len(FINISHES))], weave=weave,
    )  # fmt: skip


def _color(u: float, *, everything: bool) -> str:
    names = tuple(COLORS)
    if everything:
        return names[int(u * len(names))]
    if u < 0.9:
        return names[int(u / 0.9 * USUAL)]
    return names[USUAL + min(int((u - 0.9) / 0.1 * (len(names) - USUAL)), len(names) - USUAL - 1)]


def _middle(u: float, low: float, high: float) -> float:
    """In the center third, moved as little as the object needs to fit."""
    return min(max((1.0 + u) / 3.0, low), high)


def _anywhere(u: float, low: float, high: float) -> float:
    return low + (high - low) * u


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _jitter(rgb: RGB, r: float, g: float, b: float, width: float) -> RGB:
    return (rgb[0] + width * (2 * r - 1), rgb[1] + width * (2 * g - 1), rgb[2] + width * (2 * b - 1))
