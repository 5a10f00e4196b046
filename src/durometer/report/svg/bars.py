"""A bar in a table cell: a share of its column."""

from __future__ import annotations

from markupsafe import Markup

from durometer.report.svg.draw import element


def bar(share: float, *, label: str, tone: str = "worse") -> Markup:
    """Return a bar that fills this share (0 to 1) of its cell; `label` is its text for a screen reader."""
    width = f"{100 * min(1.0, max(0.0, share)):.1f}%"
    back = element("rect", width="100%", height=8, y=5, rx=2, class_="rail")
    front = element("rect", width=width, height=8, y=5, rx=2, class_="bar")
    return element(
        "svg",
        element("title", label),
        back,
        front,
        class_=f"bars {tone}",
        height=18,
        role="img",
        aria_label=label,
    )
