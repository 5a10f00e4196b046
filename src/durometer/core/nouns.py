"""The nouns: what flows from data to record. All frozen; tensors at every seam."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor

Scalar = str | int | float | bool | None
Json = Any
"""Anything `json.dumps` takes."""
Target = Any
"""What a sample's truth is; its task knows.

Classification: a non-empty `frozenset[int]`. Detection and instance segmentation: `Objects`. Semantic
segmentation: (H, W) int64, 255 where nothing is said.
"""
Output = Any
"""What a model answers with; its task knows. Classification: a tensor (B, K)."""
Trait = Literal["grad", "logits", "features", "layers"]
Facts = Mapping[str, Scalar]


def canonical_json(value: Json) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, no NaN.

    Raises:
        ValueError: if the value holds NaN or infinity.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


@dataclass(frozen=True)
class Sample:
    """One labeled input.

    `x` is (C, H, W): uint8 as decoded at its native size, or float32 in [0, 1] once on the canvas.
    `y` is the task's target in the data set's own labels. `aux["mask"]`, where there is one, is (1, H, W)
    float32 in [0, 1] with 1 on the object. `facts` are groups and known attributes.
    """

    id: str
    x: Tensor
    y: Target
    aux: Mapping[str, Tensor] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Samples of one canvas shape, with what an edit did to them.

    Attributes:
        ids: B sample ids.
        x: (B, C, H, W) float32 in [0, 1].
        y: B targets.
        aux: tensors that travel with the pixels, first axis B: `mask` (B, 1, H, W) in [0, 1], `filled`
            (B, C, H, W) the background with the object removed, `donor` (B, C, H, W) another background,
            `premade` (B, C, H, W) an edited version that came with the data, `reference` (B, C, H, W) another
            sample's picture and `reference_mask` (B, 1, H, W) its object.
        facts: achieved facts, one value a sample: `{"object_share": (0.1, 0.12)}`.
        refused: position in the batch -> why this sample could not be edited; its pixels are ignored.
    """

    ids: tuple[str, ...]
    x: Tensor
    y: tuple[Target, ...]
    aux: Mapping[str, Tensor] = field(default_factory=dict)
    facts: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Batch:
        """Stack samples of one shape; `aux` keeps the entries that all of them have."""
        shared = set.intersection(*(set(s.aux) for s in samples))
        return cls(
            ids=tuple(s.id for s in samples),
            x=torch.stack([s.x for s in samples]),
            y=tuple(s.y for s in samples),
            aux={k: torch.stack([s.aux[k] for s in samples]) for k in sorted(shared)},
        )

    def but(self, **changes: Any) -> Batch:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)

    def select(self, index: Sequence[int]) -> Batch:
        """Return the samples at these positions, with their facts and refusals."""
        at = torch.as_tensor(list(index), dtype=torch.long, device=self.x.device)
        return Batch(
            ids=tuple(self.ids[i] for i in index),
            x=self.x[at],
            y=tuple(self.y[i] for i in index),
            aux={k: v[at] for k, v in self.aux.items()},
            facts={k: tuple(v[i] for i in index) for k, v in self.facts.items()},
            refused={new: self.refused[old] for new, old in enumerate(index) if old in self.refused},
        )

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch with its tensors on a device."""
        return replace(self, x=self.x.to(device), aux={k: v.to(device) for k, v in self.aux.items()})


@dataclass(frozen=True)
class Sight:
    """What part of a picture a model was shown, and how large: so its answers get back onto the picture.

    Attributes:
        size: (height, width) of the picture.
        visible: (top, left, bottom, right) of what was shown of it, in its pixels.
        input: (height, width) at which it was shown.
    """

    size: tuple[int, int]
    visible: tuple[float, float, float, float]
    input: tuple[int, int]

    @classmethod
    def whole(cls, height: int, width: int) -> Sight:
        """Return the sight of a picture that is shown as it is."""
        return cls((height, width), (0.0, 0.0, float(height), float(width)), (height, width))


@dataclass(frozen=True)
class Movement:
    """Where a change carried the pixels of one picture, so that its target can follow.

    Attributes:
        size: (height, width) of the picture.
        camera: (2, 3) float64: a point (x, y) of the whole picture is at camera · (x, y, 1) afterwards; None
            where nothing moved.
        field: (2, H, W): the pixel (x, y) shows what was at (x + field[0], y + field[1]) before; None where
            `camera` tells all.
        unknown: Whether pixels moved and nobody said where.
        edited: Whether one object was edited by itself.
        mask: (H, W) in [0, 1], that object afterwards.
    """

    size: tuple[int, int]
    camera: Tensor | None = None
    field: Tensor | None = None
    unknown: bool = False
    edited: bool = False
    mask: Tensor | None = None


@dataclass(frozen=True)
class Dial:
    """Where a change stands on its axis: `Dial("size", 0.05, "share of pixels")`."""

    axis: str
    severity: float = 1.0
    unit: str = ""


@dataclass(frozen=True)
class Spec:
    """How to make a thing again: kind, registered name, version and parameters."""

    kind: str
    name: str
    version: int = 1
    params: Mapping[str, Json] = field(default_factory=dict)

    def json(self) -> dict[str, Json]:
        """Return the spec as plain JSON."""
        return {"kind": self.kind, "name": self.name, "version": self.version, "params": dict(self.params)}

    @property
    def key(self) -> str:
        """The sha256 of the canonical JSON: cache key and condition column of a record."""
        return hashlib.sha256(canonical_json(self.json()).encode()).hexdigest()

    @property
    def label(self) -> str:
        """A short name for people: `size(share=0.05)`."""
        inside = ", ".join(f"{k}={v}" for k, v in self.params.items())
        return f"{self.name}({inside})" if inside else self.name


@dataclass(frozen=True)
class Estimate:
    """A value, its interval at `level` and the number of independent units behind it.

    Raises:
        ValueError: if the interval does not hold the value.
    """

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.n > 0 and not self.low <= self.value <= self.high:
            raise ValueError(f"an estimate of {self.value} can't have the interval {self.low} to {self.high}")


@dataclass(frozen=True)
class InputSpec:
    """How a model wants its pixels: resize and crop, then range, order, layout and normalization.

    Attributes:
        size: (height, width) of the input; None takes the canvas as it is.
        crop: share of the resized short side that the center crop keeps (0.875: resize to size / 0.875, then
            crop); 1.0 resizes the short side to `size` and crops the rest.
        fit: `crop` keeps the aspect and crops the center; `squash` resizes both sides at once.
        interpolation: `bilinear` or `bicubic`, both antialiased as PIL's.
        low, high: the range of the values that the model takes before mean and std: [0, 1] or [0, 255].
        mean, std: per channel, in units of that range; empty when the normalization is inside the model.
        order: `rgb` or `bgr`.
        layout: `nchw` or `nhwc`.
        channels: 3 or 1 (gray: ITU-R 601 luma, as PIL's "L").
    """

    size: tuple[int, int] | None = None
    crop: float = 1.0
    fit: Literal["crop", "squash"] = "crop"
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    low: float = 0.0
    high: float = 1.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    order: Literal["rgb", "bgr"] = "rgb"
    layout: Literal["nchw", "nhwc"] = "nchw"
    channels: int = 3


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model.

    Attributes:
        name: Short and unique in a plan.
        digest: sha256 of what was loaded: file bytes, or parameters and code name.
        task: Name of the task it answers.
        labels: Names of its outputs, `("0", "1", …)` if unknown.
        low, high: Range of its input after `view`, in the units of attacks and certificates ([0, 1]).
        traits: What it can be asked for.
        input: How it sees a canvas.
        output: Whether a call returns logits or probabilities.
        guesses: What was guessed while loading, in sentences that are printed beside the headline.
    """

    name: str
    digest: str
    task: str = "classification"
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    traits: frozenset[Trait] = frozenset()
    input: InputSpec = field(default_factory=InputSpec)
    output: Literal["logits", "probabilities"] = "logits"
    guesses: tuple[str, ...] = ()
