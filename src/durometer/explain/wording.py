"""Plain words for numbers and for what an edit does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from durometer.core import Estimate
from durometer.explain.findings import Effect

MINUS = "−"


@dataclass(frozen=True)
class Words:
    """How to speak of an axis: `subject` breaks it; `doing` costs points; the rest belongs to `owner`."""

    subject: str
    doing: str
    owner: str


AXES: Mapping[str, Words] = {
    "background": Words("The background", "Replacing the background", "the background itself"),
    "size": Words("The object's size", "Changing the object's size", "the size itself"),
    "position": Words("The object's position", "Moving the object", "the position itself"),
    "direction": Words("The object's direction", "Turning the object", "the direction itself"),
    "rotate": Words("Rotation", "Rotating the image", "the rotation itself"),
    "flip": Words("Mirroring", "Mirroring the image", "the mirroring itself"),
    "shift": Words("Shifting", "Shifting the image", "the shift itself"),
    "zoom": Words("Zooming", "Zooming the image", "the zoom itself"),
    "gray": Words("The loss of color", "Taking away the color", "the color itself"),
    "blur": Words("Blur", "Blurring the image", "the blur itself"),
    "contrast": Words("The change of contrast", "Changing the contrast", "the contrast itself"),
    "color word": Words("A color word in the caption", "Putting a color word into it", "the word itself"),
    "size word": Words("A size word in the caption", "Putting a size word into it", "the word itself"),
    "shape word": Words("A shape word in the caption", "Putting a shape word into it", "the word itself"),
    "background blur": Words("Blur behind the object", "Blurring the background", "the blur itself"),
    "object color": Words("The object's color", "Recoloring the object", "the color itself"),
    "object hue": Words("The object's hue", "Turning the object's hue", "the hue itself"),
    "object saturation": Words("The object's saturation", "Changing its saturation", "the saturation itself"),
    "object value": Words("The object's brightness", "Changing its brightness", "the brightness itself"),
    "object texture": Words("The object's texture", "Replacing its texture", "the texture itself"),
    "object lighting": Words("Light on the object", "Lighting the object from a side", "the light itself"),
    "object blur": Words("Blur of the object", "Blurring the object", "the blur itself"),
    "illuminant": Words("The color of the light", "Changing the light's color", "the light itself"),
    "lighting direction": Words("Light from a side", "Lighting the scene from a side", "the light itself"),
    "haze": Words("Haze", "Putting the scene in haze", "the haze itself"),
    "distance": Words("The object's distance", "Moving the object away", "the distance itself"),
    "shadow": Words("The object's shadow", "Casting a shadow", "the shadow itself"),
    "resolution": Words("Low resolution", "Lowering the resolution", "the resolution itself"),
}
NAMES: Mapping[str, Words] = {
    "only-foreground": Words("The missing background", "Removing the background", "the background itself"),
    "occlusion": Words("Occlusion", "Hiding part of the object", "the occlusion itself"),
    "object-occlusion": Words("Another object", "Hiding part of the object", "the occlusion itself"),
    "flip-object": Words("The mirrored object", "Mirroring the object", "the mirroring itself"),
}
"""Stressors that their axis does not describe; these go first."""
CONTROLS: Mapping[str, str] = {
    "null-edit": "Cutting and pasting",
    "placebo-edit": "Filling a hole of the same shape elsewhere",
    "occluder-beside": "Putting the same occluder beside the object",
    "object-occlusion": "Putting the same other object beside this one",
}


def words_of(effect: Effect, name: str = "") -> Words:
    """Return how to speak of an effect: by its stressor's name, its axis, or, both unknown, its title."""
    if effect.family == "search":
        named = f"the {effect.title}"
        return Words(f"T{named[1:]}", f"Choosing {named} for each sample", "the choice itself")
    if effect.family == "sequences":
        named = f"he sequence “{effect.title.partition(',')[0]}”"
        return Words(f"T{named}", f"T{named}", f"t{named} itself")
    if effect.family == "corruptions":
        named = effect.axis.replace("-", " ").capitalize()
        return Words(named, f"{named} of severity {effect.severity:g}", "the corruption itself")
    known = NAMES.get(name) or AXES.get(effect.axis)
    if known and effect.family != "attack":
        return known
    kind = "attack" if effect.family == "attack" else "edit"
    named = f"he {kind} “{effect.title}”"
    return Words(f"T{named}", f"T{named}", f"t{named} itself")


def doing(effect: Effect, name: str = "") -> str:
    """Return what the edit does, with its setting: `Changing the object's size (5 %)`."""
    words = words_of(effect, name)
    head, _, setting = effect.title.partition(", ")
    plain = effect.family == "corruptions" or (not setting and (name in NAMES or head == effect.axis))
    return words.doing if plain or effect.title in words.doing else f"{words.doing} ({setting or head})"


def control_doing(name: str, title: str) -> str:
    """Return what a control does, from its stressor's name, or its title where that is not known."""
    return CONTROLS.get(name, f"The control “{title}”")


def digits_for(estimate: Estimate) -> int:
    """Return the decimals, in points, that an interval leaves meaningful: 0, or 1 where it is narrow."""
    return 0 if estimate.high - estimate.low >= 0.03 else 1


def number(value: float, digits: int = 0) -> str:
    """Return a share as points or percent, without unit, with a real minus sign: `−3`, `0.4`."""
    text = f"{100 * value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def span(estimate: Estimate, *, flip: bool = False) -> str:
    """Return the interval: `19 to 43`; with `flip`, of the negated value."""
    digits = digits_for(estimate)
    low, high = (-estimate.high, -estimate.low) if flip else (estimate.low, estimate.high)
    return f"{number(low, digits)} to {number(high, digits)}"


def costs(estimate: Estimate, unit: str = "") -> tuple[str, str]:
    """Return a drop's verb phrase and interval: (`costs 31 points`, `19 to 43`); a negative drop gains."""
    digits = digits_for(estimate)
    value = number(abs(estimate.value), digits)
    gains = estimate.value < 0 and float(value) != 0
    noun = unit.removesuffix("s") if value == "1" else unit
    return f"{'gains' if gains else 'costs'} {value} {noun}".rstrip(), span(estimate, flip=gains)


def percent_span(estimate: Estimate) -> tuple[str, str]:
    """Return a share and its interval in percent: (`12 %`, `8 to 17, n = 55`)."""
    return f"{number(estimate.value, digits_for(estimate))} %", f"{span(estimate)}, n = {estimate.n:,}"


def count(n: int, noun: str) -> str:
    """Return `1 edit`, `12 edits`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
