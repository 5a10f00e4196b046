"""Corrupted images as benchmarks publish them: what the benchmarks and their folders are called."""

from __future__ import annotations

from dataclasses import dataclass

BENCHMARKS = {
    "imagenet-c": "ImageNet-C", "tiny-imagenet-c": "Tiny ImageNet-C", "cifar-10-c": "CIFAR-10-C",
    "cifar-100-c": "CIFAR-100-C",
}  # fmt: skip
NAMES = (
    "gaussian-noise", "shot-noise", "impulse-noise", "defocus-blur", "glass-blur", "motion-blur", "zoom-blur",
    "snow", "frost", "fog", "brightness", "contrast", "elastic-transform", "pixelate", "jpeg-compression",
    "speckle-noise", "gaussian-blur", "spatter", "saturate",
)  # fmt: skip
"""The fifteen corruptions and the four extra ones; folders and files have underscores for hyphens."""

SEVERITIES = range(1, 6)
CLEAN = ("clean", "original", "originals", "orig", "ori", "val", "validation", "test", "x_test")
"""Names of the folder or array of clean images, lower case, the likeliest first."""


@dataclass(frozen=True)
class PublishedCorruption:
    """One corruption of one benchmark at one severity; `key` is how records name it."""

    benchmark: str
    corruption: str
    severity: int

    @property
    def key(self) -> str:
        """Benchmark, corruption and severity: `imagenet-c:snow:3`."""
        return f"{self.benchmark}:{self.corruption}:{self.severity}"

    @property
    def axis(self) -> str:
        """What its severities have in common: `ImageNet-C snow`."""
        return f"{BENCHMARKS[self.benchmark]} {self.corruption.replace('-', ' ')}"

    @property
    def title(self) -> str:
        """What a person reads: `ImageNet-C snow, 3`."""
        return f"{self.axis}, {self.severity}"


def corruption_of(key: str) -> PublishedCorruption | None:
    """Return what a key names, or nothing where it is none of these."""
    benchmark, _, rest = key.partition(":")
    name, _, severity = rest.partition(":")
    if benchmark not in BENCHMARKS or name not in NAMES or severity not in map(str, SEVERITIES):
        return None
    return PublishedCorruption(benchmark, name, int(severity))


def name_of(folder: str) -> str:
    """Return the corruption that a folder or file is of by its name, or nothing."""
    name = folder.lower().replace("_", "-")
    return name if name in NAMES else ""


def listed(found: tuple[str, ...]) -> str:
    """Return how many of the fifteen and of the extra four there are, in words."""
    usual, extra = (sum(name in part for name in found) for part in (NAMES[:15], NAMES[15:]))
    return f"{usual} of its 15 corruptions" + (f" and {extra} of the extra 4" if extra else "")
