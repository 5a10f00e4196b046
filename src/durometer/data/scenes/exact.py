"""Sine and cosine from additions and multiplications alone, so that every machine gets the same bits.

The mathematics library's own differ in the last place between machines and vector widths, and a golden hash
does not forgive that.
"""

from __future__ import annotations

import math

RADIANS = math.pi / 180.0


def cos_sin(degrees: float) -> tuple[float, float]:
    """Return (cosine, sine) of an angle in degrees, within 1e-11.

    The angle is brought into [-45, 45] by quarter turns, which are exact, then Taylor's series is evaluated
    by Horner's rule in a fixed order.
    """
    quarter = math.floor(degrees / 90.0 + 0.5)
    x = (degrees - 90.0 * quarter) * RADIANS
    z = x * x
    cosine = 1.0 - z / 2.0 * (
        1.0 - z / 12.0 * (1.0 - z / 30.0 * (1.0 - z / 56.0 * (1.0 - z / 90.0 * (1.0 - z / 132.0))))
    )
    sine = x * (1.0 - z / 6.0 * (1.0 - z / 20.0 * (1.0 - z / 42.0 * (1.0 - z / 72.0 * (1.0 - z / 110.0)))))
    return ((cosine, sine), (-sine, cosine), (-cosine, -sine), (sine, -cosine))[quarter % 4]
