"""Steps of a camera by whole pixels, and their names."""

from __future__ import annotations

NEIGHBORS = tuple((dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dx, dy) != (0, 0))
"""The eight steps (right, down) of at most one pixel, row by row from the top left."""


def direction(dx: int, dy: int) -> str:
    """Return `right`, `up left` and so on; nothing for no step."""
    vertical = "" if dy == 0 else "down" if dy > 0 else "up"
    sideways = "" if dx == 0 else "right" if dx > 0 else "left"
    return f"{vertical} {sideways}".strip()


def step(dx: int, dy: int) -> str:
    """Return `2 px right`, `1 px up left`, or `3 px right, 1 px down`."""
    if dx == 0 or dy == 0 or abs(dx) == abs(dy):
        return f"{max(abs(dx), abs(dy))} px {direction(dx, dy)}".strip()
    return f"{abs(dx)} px {direction(dx, 0)}, {abs(dy)} px {direction(0, dy)}"
