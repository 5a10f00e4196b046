"""Intervals drawn with characters, and text that fits a column of a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg import Scale

PLAIN = str.maketrans(
    {"−": "-", "\u00a0": " ", "·": "-", "→": "->", "…": "...", "°": " deg", "×": "x", "–": "-"}
)


@dataclass(frozen=True)
class Marks:
    """The characters of a bar."""

    zero: str
    left: str
    line: str
    right: str
    dot: str
    ring: str

    def fits(self, encoding: str) -> bool:
        """Return whether a terminal of this encoding can show them."""
        try:
            "".join((self.zero, self.left, self.line, self.right, self.dot, self.ring)).encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


UNICODE = Marks("┊", "├", "─", "┤", "●", "○")
ASCII = Marks(":", "|", "-", "|", "*", "o")


def bar(estimate: Estimate, *, scale: Scale, width: int, marks: Marks, hollow: bool = False) -> str:
    """Return the zero line, the interval and its dot in exactly `width` characters."""

    def at(value: float) -> int:
        return round((width - 1) * scale.at(value) / 100)

    cells = [" "] * width
    if say.measured(estimate):
        low, high = at(estimate.low), at(estimate.high)
        cells[low : high + 1] = marks.line * (high - low + 1)
        cells[low], cells[high] = marks.left, marks.right
        if low < at(0.0) < high or not low <= at(0.0) <= high:
            cells[at(0.0)] = marks.zero
        cells[at(estimate.value)] = marks.ring if hollow else marks.dot
    else:
        cells[at(0.0)] = marks.zero
    return "".join(cells)


def axis(scale: Scale, width: int) -> str:
    """Return the tick labels above the bars, in points, in exactly `width` characters."""
    cells = [" "] * width
    for tick in scale.ticks(max(2, width // 12)):
        text = say.points(tick).removesuffix(".0")
        start = round((width - 1) * scale.at(tick) / 100) - len(text) // 2
        start = min(max(0, start), width - len(text))
        if all(c == " " for c in cells[max(0, start - 1) : start + len(text) + 1]):
            cells[start : start + len(text)] = text
    return "".join(cells)


def width_of(text: str) -> int:
    """Return how many columns a text takes: East Asian wide characters take two."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text
    )


def fit(text: str, width: int) -> str:
    """Return the text in exactly `width` columns, cut with `~` or filled with spaces."""
    if width_of(text) > width:
        while text and width_of(text) > width - 1:
            text = text[:-1]
        text += "~"
    return text + " " * (width - width_of(text))


def in_encoding(text: str, encoding: str) -> str:
    """Return the text with what the encoding lacks replaced by its nearest plain form, then by `?`."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    except LookupError:
        return text.translate(PLAIN).encode("ascii", "replace").decode("ascii")
    return text
