"""AlexNet's balanced errors on MedMNIST-C, by data set and corruption.

From `utils/baselines.py` of medmnistc, six digits.
ChestMNIST is not among them: it has several labels a picture and a threshold for each.
"""

from __future__ import annotations

from collections.abc import Mapping

CLEAN: Mapping[str, float] = {
    "bloodmnist": 0.018369, "breastmnist": 0.145363, "dermamnist": 0.398578, "octmnist": 0.202,
    "organamnist": 0.050054, "organcmnist": 0.075968, "organsmnist": 0.243005, "pathmnist": 0.088393,
    "pneumoniamnist": 0.100855, "retinamnist": 0.558206, "tissuemnist": 0.391779,
}  # fmt: skip
"""On the clean test set."""

CORRUPTED: Mapping[str, Mapping[str, float]] = {
    "bloodmnist": {
        "pixelate": 0.059756, "jpeg-compression": 0.139762, "defocus-blur": 0.223998,
        "motion-blur": 0.184519, "brightness-up": 0.069463, "brightness-down": 0.079008,
        "contrast-up": 0.052154, "contrast-down": 0.079661, "saturate": 0.034786,
        "stain-deposit": 0.185361, "bubble": 0.128988,
    },
    "breastmnist": {
        "pixelate": 0.461278, "jpeg-compression": 0.298622, "speckle-noise": 0.387093,
        "motion-blur": 0.259023, "brightness-up": 0.319799, "brightness-down": 0.211278,
        "contrast-down": 0.158647,
    },
    "dermamnist": {
        "pixelate": 0.510512, "jpeg-compression": 0.477163, "gaussian-noise": 0.770161,
        "speckle-noise": 0.768878, "impulse-noise": 0.799555, "shot-noise": 0.839155,
        "defocus-blur": 0.700832, "motion-blur": 0.626641, "zoom-blur": 0.527767,
        "brightness-up": 0.447399, "brightness-down": 0.577297, "contrast-up": 0.430415,
        "contrast-down": 0.539821, "black-corner": 0.759146, "characters": 0.446192,
    },
    "octmnist": {
        "pixelate": 0.3124, "jpeg-compression": 0.2964, "speckle-noise": 0.386, "defocus-blur": 0.3084,
        "motion-blur": 0.4892, "contrast-down": 0.4196,
    },
    "organamnist": {
        "pixelate": 0.075897, "jpeg-compression": 0.102332, "gaussian-noise": 0.558868,
        "speckle-noise": 0.500898, "impulse-noise": 0.600512, "shot-noise": 0.570455,
        "gaussian-blur": 0.233407, "brightness-up": 0.147635, "brightness-down": 0.264645,
        "contrast-up": 0.109779, "contrast-down": 0.126842, "gamma-corr-up": 0.1036,
        "gamma-corr-down": 0.105771,
    },
    "organcmnist": {
        "pixelate": 0.121613, "jpeg-compression": 0.107545, "gaussian-noise": 0.573654,
        "speckle-noise": 0.513096, "impulse-noise": 0.599778, "shot-noise": 0.549248,
        "gaussian-blur": 0.316896, "brightness-up": 0.160118, "brightness-down": 0.232427,
        "contrast-up": 0.099918, "contrast-down": 0.153274, "gamma-corr-up": 0.142642,
        "gamma-corr-down": 0.123909,
    },
    "organsmnist": {
        "pixelate": 0.312594, "jpeg-compression": 0.26997, "gaussian-noise": 0.588912,
        "speckle-noise": 0.54501, "impulse-noise": 0.601011, "shot-noise": 0.551913,
        "gaussian-blur": 0.446665, "brightness-up": 0.35985, "brightness-down": 0.359287,
        "contrast-up": 0.28717, "contrast-down": 0.312824, "gamma-corr-up": 0.302532,
        "gamma-corr-down": 0.311602,
    },
    "pathmnist": {
        "pixelate": 0.209342, "jpeg-compression": 0.247093, "defocus-blur": 0.462126,
        "motion-blur": 0.368908, "brightness-up": 0.415516, "brightness-down": 0.281169,
        "contrast-up": 0.233893, "contrast-down": 0.137187, "saturate": 0.334114,
        "stain-deposit": 0.249308, "bubble": 0.108183,
    },
    "pneumoniamnist": {
        "pixelate": 0.221026, "jpeg-compression": 0.279829, "gaussian-noise": 0.441453,
        "speckle-noise": 0.345726, "impulse-noise": 0.45812, "shot-noise": 0.410684,
        "gaussian-blur": 0.273077, "brightness-up": 0.146496, "brightness-down": 0.278205,
        "contrast-up": 0.095299, "contrast-down": 0.237436, "gamma-corr-up": 0.096068,
        "gamma-corr-down": 0.16641,
    },
    "retinamnist": {
        "pixelate": 0.6017, "jpeg-compression": 0.679522, "gaussian-noise": 0.704083,
        "speckle-noise": 0.613526, "defocus-blur": 0.688291, "motion-blur": 0.707576,
        "brightness-down": 0.584479, "contrast-down": 0.609288,
    },
    "tissuemnist": {
        "pixelate": 0.492729, "jpeg-compression": 0.50807, "impulse-noise": 0.797087,
        "gaussian-blur": 0.480514, "brightness-up": 0.461827, "brightness-down": 0.519819,
        "contrast-up": 0.502623, "contrast-down": 0.536934,
    },
}  # fmt: skip
"""Mean over five severities."""
