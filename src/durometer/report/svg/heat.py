"""A heat map of accuracy by place: the number is in every cell, the color only helps the eye."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from durometer.core import Estimate
from durometer.report import say
from durometer.report.svg.draw import element, join

SIDE = 84
GAP = 3
LEFT, TOP = 64, 24
"""Room for the names of rows and columns."""
STRONGEST = 0.42
"""Opacity of the accent where every answer is wrong; more would take the text below a contrast of 4.5."""


def heat_map(
    cells: tuple[tuple[Estimate | None, ...], ...],
    *,
    label: str,
    across: Sequence[str] = (),
    down: Sequence[str] = (),
    empty: str = "unmeasured",
    full: float = 1.0,
) -> Markup:
    """Return a grid of cells, row by row from the top; deeper color = more wrong, dashed = unmeasured.

    `across` names the columns above the grid and `down` the rows at its left; `empty` stands in cells
    without an estimate. A cell at `full` has no color.
    """
    rows, columns = len(cells), max((len(row) for row in cells), default=0)
    drawn = [_cell(e, i, j, empty, full) for i, row in enumerate(cells) for j, e in enumerate(row)]
    drawn += [_word(word, (j + 0.5) * SIDE - GAP / 2, -9) for j, word in enumerate(across)]
    drawn += [_word(word, -LEFT / 2, (i + 0.5) * SIDE + 3) for i, word in enumerate(down)]
    left, top = LEFT if down else 0, TOP if across else 0
    box = f"{-left} {-top} {left + columns * SIDE - GAP} {top + rows * SIDE - GAP}"
    return element(
        "svg", element("title", label), *drawn, class_="heat", viewBox=box, role="img", aria_label=label
    )


def _word(text: str, x: float, y: float) -> Markup:
    return element("text", text, x=x, y=y, class_="small")


def _cell(e: Estimate | None, row: int, column: int, empty: str, full: float) -> Markup:
    x, y, side = column * SIDE, row * SIDE, SIDE - GAP
    shape: dict[str, float | str] = {"x": x, "y": y, "width": side, "height": side, "rx": 4}
    if e is None or not say.measured(e):
        text = element("text", empty, x=x + side / 2, y=y + side / 2 + 4, class_="small")
        return join([element("rect", class_="empty", **shape), text])
    opacity = STRONGEST * min(1.0, max(0.0, 1 - e.value / full)) ** 0.5
    hover = element("title", say.in_percent(e))
    lines = [
        element("text", say.percent(e.value), x=x + side / 2, y=y + 34),
        element("text", say.spread(e), x=x + side / 2, y=y + 51, class_="small"),
        element("text", say.people(e), x=x + side / 2, y=y + 65, class_="small"),
    ]
    cell = [element("rect", class_="cell", **shape)]
    cell.append(element("rect", class_="shade", fill_opacity=opacity, **shape))
    return element("g", hover, *cell, *lines)
