"""The constants of MedMNIST-C: data set -> corruption -> severities (Di Salvo et al., 2024: code).

Six entries where five severities are used: the sixth only widens what training draws from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

DataSet = Literal[
    "bloodmnist", "breastmnist", "chestmnist", "dermamnist", "octmnist", "organamnist", "organcmnist",
    "organsmnist", "pathmnist", "pneumoniamnist", "retinamnist", "tissuemnist",
]  # fmt: skip
DATA_SETS: tuple[str, ...] = get_args(DataSet)
COLOR = frozenset({"bloodmnist", "dermamnist", "pathmnist", "retinamnist"})
"""Data sets of three channels; the others are corrupted with three equal ones and made gray again."""

_STRONG_NOISE = {
    "gaussian-noise": (0.04, 0.08, 0.12, 0.18, 0.26),
    "speckle-noise": (0.05, 0.15, 0.2, 0.35, 0.45),
    "impulse-noise": (0.01, 0.03, 0.06, 0.09, 0.17),
    "shot-noise": (60, 25, 18, 10, 5),
}
_LIGHT_OF_X_RAYS = {
    "brightness-up": (1.1, 1.2, 1.3, 1.4, 1.5),
    "brightness-down": (0.9, 0.8, 0.7, 0.6, 0.5),
    "contrast-up": (1.1, 1.2, 1.3, 1.4, 1.6),
    "contrast-down": (0.9, 0.8, 0.7, 0.6, 0.4),
    "gamma-corr-up": (1.1, 1.2, 1.3, 1.4, 1.6),
    "gamma-corr-down": (0.9, 0.8, 0.7, 0.6, 0.4),
}
_ORGANS = {
    "pixelate": (0.7, 0.6, 0.5, 0.4, 0.35),
    "jpeg-compression": (50, 30, 15, 10, 7),
    "gaussian-noise": (0.04, 0.08, 0.12, 0.16, 0.2),
    "speckle-noise": (0.05, 0.1, 0.2, 0.3, 0.4),
    "impulse-noise": (0.01, 0.02, 0.03, 0.05, 0.08),
    "shot-noise": (200, 100, 50, 25, 15),
    "gaussian-blur": (11, 13, 15, 17, 21),
    "brightness-up": (1.2, 1.3, 1.4, 1.5, 1.6),
    "brightness-down": (0.8, 0.75, 0.7, 0.65, 0.6),
    "contrast-up": (1.3, 1.4, 1.6, 1.7, 1.8),
    "contrast-down": (0.8, 0.7, 0.6, 0.55, 0.5),
    "gamma-corr-up": (1.3, 1.4, 1.6, 1.8, 2.0),
    "gamma-corr-down": (0.9, 0.8, 0.7, 0.6, 0.4),
}

CONSTANTS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "pathmnist": {
        "pixelate": (0.8, 0.6, 0.4, 0.3, 0.25),
        "jpeg-compression": (50, 30, 15, 10, 7),
        "defocus-blur": ((3, 0.1), (4, 0.1), (5, 0.2), (6, 0.2), (7, 0.3)),
        "motion-blur": ((5, 5), (10, 5), (15, 5), (15, 8), (15, 12)),
        "brightness-up": (1.1, 1.15, 1.2, 1.22, 1.25),
        "brightness-down": (0.85, 0.8, 0.75, 0.72, 0.7),
        "contrast-up": (1.1, 1.2, 1.3, 1.4, 1.6),
        "contrast-down": (0.8, 0.7, 0.6, 0.55, 0.5),
        "saturate": (0.05, 0.1, 0.15, 0.2, 0.25),
        "stain-deposit": (1, 2, 3, 4, 5),
        "bubble": ((7, 15), (10, 15), (12, 15), (15, 20), (17, 25)),
    },
    "bloodmnist": {
        "pixelate": (0.6, 0.5, 0.4, 0.3, 0.25),
        "jpeg-compression": (50, 30, 15, 10, 7),
        "defocus-blur": ((2, 0.01), (3, 0.1), (4, 0.1), (5, 0.1), (6, 0.1)),
        "motion-blur": ((3, 3), (5, 5), (10, 5), (10, 7), (10, 9)),
        "brightness-up": (1.1, 1.2, 1.3, 1.35, 1.4),
        "brightness-down": (0.9, 0.8, 0.7, 0.6, 0.5),
        "contrast-up": (1.1, 1.15, 1.2, 1.25, 1.3),
        "contrast-down": (0.9, 0.8, 0.7, 0.6, 0.5),
        "saturate": (0.05, 0.1, 0.15, 0.17, 0.2),
        "stain-deposit": (1, 2, 3, 3, 3),
        "bubble": ((5, 10), (7, 10), (10, 10), (12, 12), (15, 12)),
    },
    "dermamnist": {
        "pixelate": (0.7, 0.5, 0.4, 0.3, 0.25),
        "jpeg-compression": (30, 20, 15, 10, 7),
        **_STRONG_NOISE,
        "defocus-blur": ((4, 0.1), (5, 0.2), (6, 0.3), (7, 0.4), (8, 0.5)),
        "motion-blur": ((10, 5), (15, 5), (15, 8), (15, 12), (20, 15)),
        "zoom-blur": ((1, 1.11, 0.01), (1, 1.16, 0.01), (1, 1.21, 0.02), (1, 1.26, 0.02), (1, 1.31, 0.03)),
        "brightness-up": (1.1, 1.2, 1.3, 1.4, 1.5),
        "brightness-down": (0.9, 0.8, 0.7, 0.6, 0.5),
        "contrast-up": (1.1, 1.2, 1.3, 1.4, 1.6),
        "contrast-down": (0.8, 0.7, 0.6, 0.5, 0.4),
        "black-corner": (1.1, 1.05, 1.0, 0.9, 0.95),
        "characters": ((1, 6, 0.14), (2, 7, 0.15), (3, 8, 0.16), (4, 9, 0.17), (6, 10, 0.18)),
    },
    "retinamnist": {
        "pixelate": (0.8, 0.6, 0.5, 0.4, 0.35),
        "jpeg-compression": (30, 25, 20, 10, 5),
        "gaussian-noise": (0.04, 0.08, 0.12, 0.16, 0.2),
        "speckle-noise": (0.1, 0.15, 0.2, 0.25, 0.3),
        "defocus-blur": ((4, 0.1), (5, 0.2), (6, 0.3), (7, 0.4), (8, 0.5), (9, 0.6)),
        "motion-blur": ((8, 5), (15, 5), (15, 8), (15, 12), (20, 15)),
        "brightness-down": (0.9, 0.8, 0.7, 0.6, 0.5),
        "contrast-down": (0.9, 0.8, 0.7, 0.6, 0.4),
    },
    "tissuemnist": {
        "pixelate": (0.4, 0.3, 0.2, 0.15, 0.1),
        "jpeg-compression": (25, 20, 15, 10, 7),
        "impulse-noise": (0.01, 0.015, 0.02, 0.025, 0.03),
        "gaussian-blur": (13, 15, 17, 21, 25),
        "brightness-up": (1.3, 1.4, 1.5, 1.6, 1.7),
        "brightness-down": (0.8, 0.7, 0.6, 0.5, 0.4),
        "contrast-up": (1.1, 1.2, 1.3, 1.4, 1.6),
        "contrast-down": (0.9, 0.8, 0.7, 0.6, 0.4),
    },
    "octmnist": {
        "pixelate": (0.3, 0.25, 0.2, 0.15, 0.1),
        "jpeg-compression": (30, 15, 10, 7, 5),
        "speckle-noise": (0.15, 0.3, 0.4, 0.5, 0.6),
        "defocus-blur": ((0.5, 0.6), (1, 0.5), (1.5, 0.1), (2.0, 0.5), (2.5, 0.1)),
        "motion-blur": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
        "contrast-down": (0.6, 0.4, 0.3, 0.2, 0.15),
    },
    "breastmnist": {
        "pixelate": (0.3, 0.25, 0.2, 0.15, 0.1),
        "jpeg-compression": (50, 30, 15, 10, 7),
        "speckle-noise": (0.1, 0.15, 0.2, 0.25, 0.3),
        "motion-blur": ((5, 5), (9, 7), (9, 10), (13, 10), (17, 12)),
        "brightness-up": (1.4, 1.5, 1.6, 1.8, 2.0),
        "brightness-down": (0.55, 0.5, 0.45, 0.4, 0.3),
        "contrast-down": (0.9, 0.8, 0.7, 0.6, 0.4),
    },
    "chestmnist": {
        "pixelate": (0.3, 0.25, 0.2, 0.15, 0.1),
        "jpeg-compression": (50, 30, 15, 10, 7),
        **_STRONG_NOISE,
        "gaussian-blur": (3, 5, 7, 9, 11, 13),
        **_LIGHT_OF_X_RAYS,
    },
    "pneumoniamnist": {
        "pixelate": (0.8, 0.7, 0.6, 0.5, 0.4),
        "jpeg-compression": (50, 30, 15, 10, 7),
        "gaussian-noise": (0.04, 0.05, 0.06, 0.07, 0.08),
        "speckle-noise": (0.05, 0.07, 0.1, 0.15, 0.2),
        "impulse-noise": (0.005, 0.01, 0.013, 0.017, 0.02),
        "shot-noise": (300, 200, 150, 100, 80),
        "gaussian-blur": (3, 5, 7, 9, 11, 13),
        **_LIGHT_OF_X_RAYS,
    },
    "organamnist": _ORGANS,
    "organcmnist": _ORGANS,
    "organsmnist": _ORGANS,
}


def having(corruption: str) -> tuple[str, ...]:
    """Return the data sets that have a corruption."""
    return tuple(name for name in DATA_SETS if corruption in CONSTANTS[name])
