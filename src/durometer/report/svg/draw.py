"""The pencil: one element, one scale, round ticks. No color, no inline style; classes say what a thing is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

Value = str | float | int | None
LEAST = 0.02
"""The narrowest range of shares that a scale around data spans."""


def element(tag: str, *children: str, **attributes: Value) -> Markup:
    """Return one SVG element; texts and attribute values are escaped, `Markup` children are kept.

    A trailing underscore is dropped and the others become hyphens (`class_`, `stroke_width`); `viewBox` and
    the like are written as they are. An attribute that is None is left out.
    """
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{pairs}>{''.join(str(escape(c)) for c in children)}</{tag}>")


def join(parts: Iterable[str]) -> Markup:
    """Return the parts as one piece of markup."""
    return Markup("").join(parts)


def _short(value: Value) -> str:
    """Two decimals are a hundredth of a pixel: enough, and a report stays small."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Scale:
    """A straight scale from data to 0 … 100 (percent of a width)."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Return the place of a value, kept within 0 and 100."""
        return min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low)))

    def percent(self, value: float) -> str:
        """Return the place as an SVG length, `26.5%`: such a chart widens without stretching its marks."""
        return _short(self.at(value)) + "%"

    def ticks(self, about: int = 5, *, unit: str = "") -> tuple[float, ...]:
        """Return round values inside the scale, about as many as asked for; angles in quarter turns."""
        turns = unit == "degrees" and self.high - self.low > 180
        step = 90.0 if turns else _round_step((self.high - self.low) / about)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(round(i * step, 12) for i in range(first, last + 1))

    @classmethod
    def around(cls, values: Iterable[float], *, air: float = 0.04) -> Scale:
        """Return the scale of shares that holds zero, all finite values and some air at both ends.

        It spans two points at least, so that noise is not drawn as large as an effect.
        """
        held = [0.0, *(v for v in values if math.isfinite(v))]
        low = min(held)
        high = max(*held, low + LEAST)
        width = high - low
        return cls(low - air * width, high + air * width)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * k for k in (1, 2, 5, 10) if step <= power * k * 1.0001)
