"""The same object in another color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over
from durometer.ops.hsv import recolored, to_hsv
from durometer.ops.within import mean_within, ratios
from durometer.stress.attributes.editing import Subject, hand_back

NEAREST, FARTHEST = 60.0, 300.0
"""A drawn turn of the hue, in degrees: never so small that red stays red."""
GRAYEST = 6 / 255
"""Objects with less difference between their channels, on average, have no color to change."""


@dataclass(frozen=True)
class ObjectColor(Stressor):
    """Turn the object's hue and multiply its saturation and value, the background as it was.

    With all three left alone the turn is drawn for each sample, 60 to 300 degrees. What would be more than
    full is cut; the facts `saturation_ratio` and `value_ratio` say what was achieved, and `colorfulness`, the
    mean difference between an object's largest and smallest channel, how much color there was. A gray object
    has no hue: samples whose color can't change are refused, unless their value does.
    """

    hue: Annotated[
        float | None,
        Param("turn of the hue, red toward yellow; 0 keeps it", unit="degrees", low=-360, high=360),
    ] = None
    saturation: Annotated[float, Param("0 is gray, 1 keeps it", unit="times", low=0, high=10)] = 1.0
    value: Annotated[float, Param("0 is black, 1 keeps it", unit="times", low=0, high=10)] = 1.0

    name: ClassVar[str] = "object-color"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "smith1978"

    @property
    def _drawn(self) -> bool:
        return self.hue is None and self.saturation == 1 and self.value == 1

    @property
    def _changed(self) -> dict[str, float]:
        """What departs from no change: axis -> severity."""
        asked = {"hue": self.hue or 0.0, "saturation": self.saturation, "value": self.value}
        return {k: v for k, v in asked.items() if v != (0 if k == "hue" else 1)}

    @property
    def dial(self) -> Dial:
        if len(self._changed) != 1:
            return Dial("object color")
        ((axis, severity),) = self._changed.items()
        return Dial(f"object {axis}", severity, "degrees" if axis == "hue" else "times")

    @property
    def title(self) -> str:
        words = [f"hue {v:+g}°" if k == "hue" else f"{k} ×{v:g}" for k, v in self._changed.items()]
        return f"object color, {', '.join(words) or ('random hue' if self._drawn else 'unchanged')}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        turn = self._turns(dice)
        color, alpha = cut(batch.x, subject.mask)
        spread = mean_within(color.amax(dim=1, keepdim=True) - color.amin(dim=1, keepdim=True), subject.mask)
        self._refuse_gray(subject, spread.tolist())
        new = recolored(color, turn, saturation=self.saturation, value=self.value)
        _, old_saturation, old_value = (mean_within(t, subject.mask) for t in to_hsv(color))
        _, saturation, value = (mean_within(t, subject.mask) for t in to_hsv(new))
        facts: dict[str, list[Scalar]] = {
            "colorfulness": [round(s, 4) for s in spread.tolist()],
            "hue_turned": [round(t, 3) for t in turn.tolist()],
            "saturation_ratio": [*ratios(saturation, old_saturation)],
            "value_ratio": [*ratios(value, old_value)],
        }
        return hand_back(batch, subject, x=over(batch.aux["filled"], new, alpha), facts=facts)

    def _turns(self, dice: Dice) -> Tensor:
        if self._drawn:
            return dice.uniform("hue", low=NEAREST, high=FARTHEST).double()
        return torch.full((len(dice.ids),), self.hue or 0.0, dtype=torch.float64)

    def _refuse_gray(self, subject: Subject, spread: list[float]) -> None:
        if self.value != 1 or not (self._drawn or self._changed):
            return
        for i, size in enumerate(spread):
            if size < GRAYEST:
                subject.refused.setdefault(
                    i, "the object is gray and has no color to change; change its value instead"
                )
