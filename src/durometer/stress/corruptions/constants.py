"""The published constants: name -> profile -> five severities (Hendrycks and Dietterich, 2019: code)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NEAR = ((1, 1.11, 0.01), (1, 1.16, 0.01), (1, 1.21, 0.02), (1, 1.26, 0.02), (1, 1.31, 0.03))
_FINE = ((1, 1.06, 0.01), (1, 1.11, 0.01), (1, 1.16, 0.01), (1, 1.21, 0.01), (1, 1.26, 0.01))
_FROST = ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
_SNOW = (
    (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
    (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
    (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
)


def _elastic(side: int, *shares: tuple[float, float, float]) -> tuple[tuple[float, float, float], ...]:
    return tuple((side * height, side * sigma, side * jitter) for height, sigma, jitter in shares)


_RUBBER = ((2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02))

CONSTANTS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    # sigma, pixels
    "gaussian-blur": {
        "imagenet-c": (1, 2, 3, 4, 6),
        "imagenet-c-299": (1.5, 2.5, 3.5, 4.5, 6.5),
        "tiny-c": (0.5, 0.75, 1, 1.25, 1.5),
        "cifar-c": (0.4, 0.6, 0.7, 0.8, 1),
    },
    # radius, sigma of the rim
    "defocus-blur": {
        "imagenet-c": ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
        "imagenet-c-299": ((4, 0.1), (5, 0.5), (7, 0.5), (10, 0.5), (12, 0.5)),
        "tiny-c": ((0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)),
        "cifar-c": ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    },
    # first zoom, end, step, as numpy.arange reads them
    "zoom-blur": {
        "imagenet-c": _NEAR,
        "imagenet-c-299": _NEAR,
        "tiny-c": _FINE,
        "cifar-c": _FINE,
    },
    # radius, sigma along the line
    "motion-blur": {
        "imagenet-c": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
        "imagenet-c-299": ((12, 4), (17, 6), (17, 9), (17, 13), (22, 16)),
        "tiny-c": ((10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)),
        "cifar-c": ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
    },
    # sigma, largest distance, passes; not monotone at 224: 2 passes, then 1
    "glass-blur": {
        "imagenet-c": ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
        "imagenet-c-299": ((0.8, 1, 3), (1, 3, 1), (1.1, 2, 4), (1.2, 4, 2), (1.6, 5, 2)),
        "tiny-c": ((0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)),
        "cifar-c": ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    },
    # amount, decay of the clouds from level to level
    "fog": {
        "imagenet-c": ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
        "imagenet-c-299": ((1.5, 2), (2, 2), (2.5, 1.8), (2.5, 1.6), (3, 1.5)),
        "tiny-c": ((0.4, 3), (0.7, 3), (1, 2.5), (1.5, 2), (2, 1.75)),
        "cifar-c": ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
    },
    # mean, deviation and zoom of the noise, threshold, radius and sigma of the motion, share not whitened
    "snow": {
        "imagenet-c": _SNOW,
        "imagenet-c-299": _SNOW,
        "tiny-c": (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.8),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.8),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.7),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.65),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.6),
        ),
        "cifar-c": (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ),
    },
    # sigma
    "gaussian-noise": {
        "imagenet-c": (0.08, 0.12, 0.18, 0.26, 0.38),
        "imagenet-c-299": (0.09, 0.13, 0.19, 0.27, 0.4),
        "tiny-c": (0.04, 0.08, 0.12, 0.15, 0.18),
        "cifar-c": (0.04, 0.06, 0.08, 0.09, 0.1),
    },
    # photons of white
    "shot-noise": {
        "imagenet-c": (60, 25, 12, 5, 3),
        "imagenet-c-299": (50, 20, 10, 5, 3),
        "tiny-c": (250, 100, 50, 30, 15),
        "cifar-c": (500, 250, 100, 75, 50),
    },
    # share of values
    "impulse-noise": {
        "imagenet-c": (0.03, 0.06, 0.09, 0.17, 0.27),
        "imagenet-c-299": (0.04, 0.07, 0.1, 0.18, 0.28),
        "tiny-c": (0.01, 0.02, 0.05, 0.08, 0.14),
        "cifar-c": (0.01, 0.02, 0.03, 0.05, 0.07),
    },
    # sigma, in shares of the value
    "speckle-noise": {
        "imagenet-c": (0.15, 0.2, 0.35, 0.45, 0.6),
        "imagenet-c-299": (0.16, 0.21, 0.36, 0.46, 0.61),
        "tiny-c": (0.15, 0.2, 0.25, 0.3, 0.35),
        "cifar-c": (0.06, 0.1, 0.12, 0.16, 0.2),
    },
    # added to the value
    "brightness": {
        "imagenet-c": (0.1, 0.2, 0.3, 0.4, 0.5),
        "imagenet-c-299": (0.1, 0.2, 0.3, 0.4, 0.5),
        "tiny-c": (0.1, 0.2, 0.3, 0.4, 0.5),
        "cifar-c": (0.05, 0.1, 0.15, 0.2, 0.3),
    },
    # factor; the benchmark's contrast
    "low-contrast": {
        "imagenet-c": (0.4, 0.3, 0.2, 0.1, 0.05),
        "imagenet-c-299": (0.4, 0.3, 0.2, 0.1, 0.05),
        "tiny-c": (0.4, 0.3, 0.2, 0.1, 0.05),
        "cifar-c": (0.75, 0.5, 0.4, 0.3, 0.15),
    },
    # factor and offset of saturation; less color, then more: not monotone; the offset tints grays
    "saturate": {
        "imagenet-c": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
        "imagenet-c-299": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
        "tiny-c": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)),
        "cifar-c": ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    },
    # share of the sides
    "pixelate": {
        "imagenet-c": (0.6, 0.5, 0.4, 0.3, 0.25),
        "imagenet-c-299": (0.5, 0.4, 0.3, 0.25, 0.2),
        "tiny-c": (0.9, 0.8, 0.7, 0.6, 0.5),
        "cifar-c": (0.95, 0.9, 0.85, 0.75, 0.65),
    },
    # quality
    "jpeg-compression": {
        "imagenet-c": (25, 18, 15, 10, 7),
        "imagenet-c-299": (23, 16, 13, 8, 5),
        "tiny-c": (65, 58, 50, 40, 25),
        "cifar-c": (80, 65, 58, 50, 40),
    },
    # height and sigma of the field, most that a point is shifted, in pixels. As published: 244 stands for
    # 224, and 360 for 299; severities 1 and 2 move the whole picture, 3 to 5 do far less; at 64 and 32 the
    # first severity has no field
    "elastic-transform": {
        "imagenet-c": _elastic(244, *_RUBBER),
        "imagenet-c-299": _elastic(360, *_RUBBER),
        "tiny-c": _elastic(
            64, (0, 0, 0.08), (0.05, 0.3, 0.06), (0.1, 0.08, 0.06), (0.1, 0.03, 0.03), (0.16, 0.03, 0.02)
        ),
        "cifar-c": _elastic(
            32, (0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)
        ),
    },
    # weight of the picture, weight of the frost
    "frost": {
        "imagenet-c": _FROST,
        "imagenet-c-299": _FROST,
        "tiny-c": ((1, 0.3), (0.9, 0.4), (0.8, 0.45), (0.75, 0.5), (0.7, 0.55)),
        "cifar-c": ((1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)),
    },
    # mean, deviation and sigma of the noise, threshold, shine or sigma of the rim, 1 for mud
    "spatter": {
        "imagenet-c": (
            (0.65, 0.3, 4, 0.69, 0.6, 0),
            (0.65, 0.3, 3, 0.68, 0.6, 0),
            (0.65, 0.3, 2, 0.68, 0.5, 0),
            (0.65, 0.3, 1, 0.65, 1.5, 1),
            (0.67, 0.4, 1, 0.65, 1.5, 1),
        ),
        "imagenet-c-299": (
            (0.65, 0.3, 4, 0.69, 0.9, 0),
            (0.65, 0.3, 3.5, 0.68, 0.9, 0),
            (0.65, 0.3, 3, 0.68, 0.8, 0),
            (0.65, 0.3, 1.2, 0.65, 1.8, 1),
            (0.67, 0.4, 1.2, 0.65, 1.8, 1),
        ),
        "tiny-c": (
            (0.62, 0.1, 0.7, 0.7, 0.6, 0),
            (0.65, 0.1, 0.8, 0.7, 0.6, 0),
            (0.65, 0.3, 1, 0.69, 0.6, 0),
            (0.65, 0.1, 0.7, 0.68, 0.6, 1),
            (0.65, 0.1, 0.5, 0.67, 0.6, 1),
        ),
        "cifar-c": (
            (0.62, 0.1, 0.7, 0.7, 0.5, 0),
            (0.65, 0.1, 0.8, 0.7, 0.5, 0),
            (0.65, 0.3, 1, 0.69, 0.5, 0),
            (0.65, 0.1, 0.7, 0.69, 0.6, 1),
            (0.65, 0.1, 0.5, 0.68, 0.6, 1),
        ),
    },
}
