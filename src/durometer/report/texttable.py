"""A table on a terminal: names, an interval drawn with characters, numbers; as many rows as fit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg import Scale
from durometer.report.textbar import ASCII, UNICODE, Marks, axis, bar, fit, in_encoding, width_of

LEAST = 20
"""Columns of a bar below which it says nothing."""
NARROWEST = 6
"""Columns of a name below which it can't be told from others."""
COLORS = {"worse": "33", "better": "36", "undecided": "2", "bold": "1"}


@dataclass(frozen=True)
class Row:
    """One line of the table: names to the left, an interval, texts to the right.

    `kept` rows are the last to be left out when there is no room.
    """

    left: tuple[str, ...]
    estimate: Estimate
    tone: str
    right: tuple[str, ...]
    hollow: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Pen:
    """Writes for one terminal: names lose control characters, and what its encoding lacks is replaced."""

    width: int
    color: bool
    encoding: str

    @property
    def marks(self) -> Marks:
        """The drawing characters that the encoding has."""
        return UNICODE if UNICODE.fits(self.encoding) else ASCII

    def text(self, thing: object) -> str:
        """Return a name on one line that the terminal can show."""
        return in_encoding(say.plain(thing), self.encoding)

    def wrap(self, sentence: str) -> list[str]:
        """Return a sentence as lines."""
        return textwrap.wrap(self.text(sentence), self.width, break_on_hyphens=False)

    def paint(self, text: str, tone: str) -> str:
        """Return the text in the color of a verdict, or in bold."""
        return f"\x1b[{COLORS[tone]}m{text}\x1b[0m" if self.color else text


def table(rows: Sequence[Row], header: tuple[str, ...], *, room: int, pen: Pen) -> list[str]:
    """Return the axis, the rows that fit and the number of the others."""
    if not rows:
        return []
    shown = _those_that_fit(rows, max(3, room))
    names = [tuple(pen.text(x) for x in r.left) for r in shown]
    texts = [tuple(pen.text(x) for x in r.right) for r in shown]
    left = [min(28, max(map(width_of, column))) for column in zip(*names, strict=True)]
    right = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    space = pen.width - sum(left) - sum(right) - 2 * (len(left) + len(right))
    while space < LEAST and max(left) > NARROWEST:  # names give way to the bar, the widest first
        left[left.index(max(left))] -= 1
        space += 1
    space = max(space, 1)
    known = [r.estimate for r in shown if say.measured(r.estimate)]
    scale = Scale.around([edge for e in known for edge in (e.low, e.high)])
    top = [" " * w for w in left], [h.rjust(w) for h, w in zip(header, right, strict=True)]
    lines = ["  ".join([*top[0], in_encoding(axis(scale, space), pen.encoding), *top[1]]).rstrip()]
    for row, name, text in zip(shown, names, texts, strict=True):
        drawn = bar(row.estimate, scale=scale, width=space, marks=pen.marks, hollow=row.hollow)
        cells = [*map(fit, name, left), pen.paint(drawn, row.tone), *map(str.rjust, text, right)]
        lines.append("  ".join(cells).rstrip())
    return lines + ([f"and {say.count(len(rows) - len(shown))} more"] if len(shown) < len(rows) else [])


def _those_that_fit(rows: Sequence[Row], room: int) -> list[Row]:
    kept = [i for i, r in enumerate(rows) if r.kept][: room // 3]
    others = [i for i in range(len(rows)) if i not in kept][: room - len(kept)]
    return [rows[i] for i in sorted(kept + others)]
