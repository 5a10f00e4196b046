"""The published constants of ImageNet-P and CIFAR-10-P (Hendrycks and Dietterich, 2019: code)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FRAMES: Mapping[str, Mapping[str, int]] = {
    "imagenet-p": {"translate": 41},
    "cifar-p": {"motion-blur": 21, "translate": 16},
}
"""How many frames a sequence has where it is not USUAL."""
USUAL = 31

CONSTANTS: Mapping[str, Mapping[str, Any]] = {
    # sigma
    "gaussian-noise": {"imagenet-p": 0.03, "cifar-p": 0.02},
    # photons of white
    "shot-noise": {"imagenet-p": 300, "cifar-p": 700},
    # sigma, in shares of the value
    "speckle-noise": {"imagenet-p": 0.05, "cifar-p": 0.05},
    # radius, sigma along the line; degrees from frame to frame, the last frame at 0
    "motion-blur": {"imagenet-p": (10, 3, 4), "cifar-p": (6, 1.8, 9)},
    # zoom added from frame to frame
    "zoom-blur": {"imagenet-p": 0.004, "cifar-p": 0.004},
    # mean, deviation and zoom of the noise, threshold, radius and sigma of the motion, share not whitened;
    # angle of the first frame, degrees from frame to frame
    "snow": {
        "imagenet-p": (0.05, 0.3, 3, 0.5, 14, 4, 0.85, -150, 4),
        "cifar-p": (0.05, 0.3, 2, 0.5, 10, 2, 0.85, -150, 4),
    },
    # added to the value from frame to frame, 0 in the middle frame
    "brightness": {"imagenet-p": 0.02, "cifar-p": 0.015},
    # the frame in which nothing is moved; a pixel to the right from frame to frame
    "translate": {"imagenet-p": 20, "cifar-p": 7},
    # degrees from frame to frame, clockwise, 0 in the middle frame
    "rotate": {"imagenet-p": 1, "cifar-p": 1},
    # degrees from frame to frame about both axes, 0 in the middle frame
    "tilt": {"imagenet-p": 1, "cifar-p": 0.75},
    # scale of the first frame and what is added from frame to frame, in hundredths
    "scale": {"imagenet-p": (40, 2.5), "cifar-p": (70, 2)},
    # degrees from frame to frame, 0 in the middle frame
    "shear": {"imagenet-p": 1, "cifar-p": 1},
    # sigma of the first frame, added from frame to frame, reach in sigma
    "gaussian-blur": {"imagenet-p": (0.25, 0.035, 6), "cifar-p": (0.3, 0.015, 7)},
    # mean, deviation and sigma of the noise, threshold, shine; how the film runs down from frame to frame
    "spatter": {
        "imagenet-p": (0.65, 0.27, 3.7, 0.69, 0.6, (0.05, 0.1, 0.15, 0.7)),
        "cifar-p": (0.6, 0.265, 1.75, 0.7, 0.6, (0.2, 0.8)),
    },
}
"""Name -> profile -> what its frames are made with."""


def length_of(profile: str, kind: str) -> int:
    """Return how many frames a sequence has."""
    return FRAMES[profile].get(kind, USUAL)
