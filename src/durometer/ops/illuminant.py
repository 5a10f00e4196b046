"""The color of a lamp by its temperature."""

from __future__ import annotations

from durometer.ops.lab import RGB
from durometer.ops.light import LUMINANCE

Color = tuple[float, float, float]
NEUTRAL = 6504.0
"""Kelvin of the light that pictures are taken to be balanced for (that of D65)."""
COOLEST, HOTTEST = 2000.0, 25000.0
"""Near 1900 K blue turns negative in sRGB; above 25000 K the approximation ends."""


def planckian(kelvin: float) -> tuple[float, float]:
    """Return CIE 1931 (x, y) of a black body, by the cubics of Kang et al. (2002), 1667 to 25000 K."""
    k = 1000 / kelvin
    if kelvin <= 4000:
        x = ((-0.2661239 * k - 0.2343589) * k + 0.8776956) * k + 0.179910
    else:
        x = ((-3.0258469 * k + 2.1070379) * k + 0.2226347) * k + 0.240390
    if kelvin <= 2222:
        return x, ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    if kelvin <= 4000:
        return x, ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    return x, ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483


def gains(kelvin: float) -> Color:
    """Return what a lamp of this temperature multiplies linear red, green and blue by, against `NEUTRAL`.

    This is the von Kries rule taken in linear sRGB. White keeps its luminance, and `NEUTRAL` gives ones.
    """
    red, green, blue = (new / old for new, old in zip(_linear_rgb(kelvin), _linear_rgb(NEUTRAL), strict=True))
    white = sum(gain * part for gain, part in zip((red, green, blue), LUMINANCE, strict=True))
    return red / white, green / white, blue / white


def _linear_rgb(kelvin: float) -> Color:
    x, y = planckian(kelvin)
    xyz = (x / y, 1.0, (1 - x - y) / y)
    red, green, blue = (sum(a * b for a, b in zip(row, xyz, strict=True)) for row in RGB)
    return red, green, blue
