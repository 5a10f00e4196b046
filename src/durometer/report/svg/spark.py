"""A little line in a table cell: a share from step to step."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from durometer.report.svg.draw import element

WIDTH, HEIGHT, AIR = 150, 26, 3


def spark(shares: Sequence[float], *, top: float, label: str) -> Markup:
    """Return a line through shares, evenly spaced from the left, 0 at the bottom and `top` at the top.

    Args:
        shares: One a step; 0 to `top`.
        top: The same for all lines of a table, so that they can be compared.
        label: What it shows, for a pointer and a screen reader.
    """
    step = (WIDTH - 2 * AIR) / max(1, len(shares) - 1)
    height = (HEIGHT - 2 * AIR) / top if top > 0 else 0.0
    points = " ".join(f"{AIR + step * i:.1f},{HEIGHT - AIR - height * s:.1f}" for i, s in enumerate(shares))
    foot = HEIGHT - AIR
    floor = element("line", x1=0, x2=WIDTH, y1=foot, y2=foot, class_="zero")
    return element(
        "svg", element("title", label), floor, element("polyline", points=points, class_="curve"),
        class_="spark lines m0", viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT, role="img",
        aria_label=label,
    )  # fmt: skip
