"""What corruption measures divide by, keyed by name and never by place in a list.

The rates of AlexNet: ImageNet-C's as in augmix's `imagenet.py` (equal to the means over five severities that
the benchmark's author posted), its clean error from torchvision's figures (56.522 % right), ImageNet-P's and
the four extra corruptions' from assembled-cnn's evaluation; MedMNIST-C's from its own `utils/baselines.py`,
six digits. The weights of LR0.FM are those of its README.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from durometer.core import UsageError, did_you_mean

ALEXNET_CLEAN = 0.43478
"""AlexNet's error on the clean ImageNet validation set."""

ALEXNET: Mapping[str, float] = {
    "gaussian-noise": 0.886428, "shot-noise": 0.894468, "impulse-noise": 0.922640,
    "defocus-blur": 0.819880, "glass-blur": 0.826268, "motion-blur": 0.785948, "zoom-blur": 0.798360,
    "snow": 0.866816, "frost": 0.826572, "fog": 0.819324, "brightness": 0.564592,
    "contrast": 0.853204, "elastic-transform": 0.646056, "pixelate": 0.717840, "jpeg-compression": 0.606500,
}  # fmt: skip
"""AlexNet's error under each of the 15 corruptions of ImageNet-C, mean of five severities."""

ALEXNET_EXTRA: Mapping[str, float] = {
    "speckle-noise": 0.8454, "gaussian-blur": 0.7871, "spatter": 0.7175, "saturate": 0.6583,
}  # fmt: skip
"""The same for the four extra corruptions, which are no part of mCE."""

ALEXNET_FLIPS: Mapping[str, float] = {
    "gaussian-noise": 0.23653, "shot-noise": 0.30062, "motion-blur": 0.09297, "zoom-blur": 0.05942,
    "snow": 0.11928, "brightness": 0.04889, "translate": 0.11007, "rotate": 0.13104, "tilt": 0.07050,
    "scale": 0.23531,
}  # fmt: skip
"""AlexNet's flip probability on each of the ten sequences of ImageNet-P."""

NOISE = frozenset({"gaussian-noise", "shot-noise", "speckle-noise"})
"""Sequences of independent draws: each frame is compared with the first, not with the one before."""

LOW_RESOLUTION_WEIGHTS: Mapping[str, float] = {
    "imagenet": 0.15556157429688613, "imagenet-a": 0.970498446080589, "imagenet-v2": 0.2854574367981364,
    "imagenet-r": 0.01, "imagenet-sketch": 0.021456095637452655, "caltech101": 0.01,
    "dtd": 0.505922498560715, "food101": 0.01, "sun397": 0.407563119725743, "cars": 0.13583821249199218,
    "aircraft": 0.8229545014750042, "pets": 0.08995285864599148, "flowers": 0.08972060770047119,
    "eurosat": 1.0, "ucf101": 0.01,
}  # fmt: skip
"""LR0.FM's weight of each data set."""


def normalizers(names: Sequence[str], known: Mapping[str, float], *, of: str) -> tuple[float, ...]:
    """Return the normalizer of each name.

    Raises:
        UsageError: there are no names, one twice, or one without a normalizer; says which.
    """
    if not names or len(set(names)) < len(names):
        raise UsageError(f"{of} needs each name once and at least one, not {list(names)}")
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known).rstrip(".")
            raise UsageError(f"{of} has no normalizer for {name!r}", fix=hint or f"Known: {', '.join(known)}")
    return tuple(known[name] for name in names)
