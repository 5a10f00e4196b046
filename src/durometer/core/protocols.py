"""The verbs: what each part must be able to do. In-house classes subclass these; others may just fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from torch import Tensor

from durometer.core.dice import Dice
from durometer.core.nouns import (
    Batch,
    Dial,
    Estimate,
    Json,
    ModelCard,
    Movement,
    Output,
    Sample,
    Sight,
    Target,
    Trait,
)

Rows = Mapping[str, np.ndarray[Any, Any]]
"""Columns of one length: see `durometer.records.schema` for their names, types and units."""


@runtime_checkable
class Dataset(Protocol):
    """Labeled samples in a fixed order. Reading one twice gives the same sample."""

    name: str
    labels: tuple[str, ...]

    def __len__(self) -> int: ...
    def __getitem__(self, i: int, /) -> Sample:
        """Return sample i.

        Raises:
            DataError: if this one can't be read; the run counts it and goes on.
        """
        ...

    def ids(self) -> Sequence[str]:
        """Return the stable ids in order, without reading any sample."""
        ...


@runtime_checkable
class Model(Protocol):
    """A network seen from outside: canvas -> view -> outputs."""

    card: ModelCard

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return this model's own resize and crop of (B, C, H, W) in [0, 1]; differentiable."""
        ...

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return (top, left, bottom, right) of what `view` keeps of a canvas, in canvas pixels."""
        ...

    def __call__(self, x: Tensor, /) -> Any:
        """Return outputs for inputs in the card's range; normalization is inside.

        A classifier's are (B, K). A detector's are a mapping: `boxes` (B, M, 4) in pixels of its input,
        `scores` (B, M), `labels` (B, M), perhaps `masks` (B, M, h, w) in [0, 1]; a score of 0 is padding. A
        semantic segmenter's are (B, K, h, w).
        """
        ...


class Task(Protocol):
    """What an answer means. Targets are given in the data set's labels.

    `decode`, `score` and `loss` are a whole task for class labels; the other methods have defaults that suit
    them. A task whose targets lie on the picture (boxes, masks, maps) says in `move` how a target follows
    the pixels, and in `onto` how an output gets from the model's input onto the picture: there it is
    decoded, scored and put into tables.

    Attributes:
        graded: What the record says of scores that are not right or wrong: `name`, what a score is; `mean`,
            what its mean is called; `right`, from where on an answer counts as right. Empty otherwise.
    """

    name: ClassVar[str]
    graded: ClassVar[Mapping[str, Json]] = {}

    def decode(self, output: Any, /) -> Mapping[str, Tensor]:
        """Return columns `answer` (B,) int64, −1 where the output is not finite, and `confidence` (B,).

        With class labels also `top` (B, k) and `top_confidence` (B, k).
        """
        ...

    def score(self, output: Any, target: Sequence[Target], /) -> Tensor:
        """Return (B,) in [0, 1], 1 = right. A non-finite output scores 0."""
        ...

    def loss(self, output: Any, target: Sequence[Target], /) -> Tensor:
        """Return the (B,) loss that attacks raise and training lowers."""
        ...

    def speaks(self, target: Target, /) -> bool:
        """Say whether the model can be right for a target; other samples are left out and counted."""
        return True

    def say(self, target: Target, /) -> str:
        """Return a target as the rows keep it."""
        return ""

    def classes(self, target: Target, /) -> Sequence[int]:
        """Return the data's labels that a target holds, ascending."""
        return ()

    def move(self, target: Target, movement: Movement, /) -> Target:
        """Return a target after the pixels moved.

        Raises:
            DataError: if it can't be known; the sample then counts as not edited.
        """
        return target

    def seen(self, target: Target, picture: Tensor, /) -> Target:
        """Return a target, already moved, once the picture (C, H, W) that a model is shown of is known.

        `picture` is the original, the canvas or what a change made of it: uint8, or float32 in [0, 1]. For
        tasks whose truth is the picture itself.
        """
        return target

    def onto(self, output: Output, sights: Sequence[Sight], /) -> Output:
        """Return an output laid onto the B pictures, ready for `decode`, `score` and `tables`."""
        return output

    def tables(
        self, output: Output, target: Sequence[Target], /
    ) -> Sequence[Mapping[str, Sequence[Mapping[str, Any]]]]:
        """Return for each sample rows of further tables of the record (`durometer.records.schema`).

        The columns that name the row (sample, position, model, condition, draw) are added by the caller.
        """
        return [{} for _ in target]


class Stressor(Protocol):
    """A change made without asking a model: batched, pure, the same for the same dice.

    In-house and third-party stressors are frozen dataclasses whose annotated fields are their parameters
    (see `durometer.core.params`). The shell (`durometer.core.sceptic.stress`) checks everything else.

    Attributes:
        name: The registered name.
        version: Raised whenever the same parameters would give other pixels.
        needs: Entries of `batch.aux` it reads: `mask`, `filled`, `donor`, `premade`, `reference`.
        keeps_label: Whether a person would still give the same answer.
        control: Name of the stressor it is read against: `null-edit`, `placebo-edit` or None.
        family: `attributes`, `shifts`, …: the group it is listed under.
        moves: Whether pixels move, so that masks and boxes must follow.
        source: Key in the references file, or empty.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    keeps_label: ClassVar[bool] = True
    control: ClassVar[str | None] = None
    family: ClassVar[str] = "other"
    source: ClassVar[str] = ""

    @property
    def dial(self) -> Dial:
        """Where this change stands on its axis; the default is the name itself at severity 1."""
        return Dial(self.name)

    @property
    def title(self) -> str:
        """What a person reads in a table: `size, 5 %`."""
        return self.name.replace("-", " ")

    @property
    def control_params(self) -> Mapping[str, Json]:
        """What its control is made with, where it must match this change; empty otherwise."""
        return {}

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch: ...


class Bank(Protocol):
    """Donors (backgrounds, textures) drawn once, held in memory."""

    ids: tuple[str, ...]
    digest: str

    def image(self, i: int, height: int, width: int, /) -> Tensor:
        """Return donor i as (C, height, width) float32 in [0, 1], scaled to cover, its center kept."""
        ...


class Threat(Protocol):
    """A set of inputs around each input. Tensors are (B, ...); distances are per sample."""

    name: ClassVar[str]

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        ...

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set around `x` to `other`."""
        ...

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return the tightest box (low, high) that holds the set around `x`."""
        ...

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return one random point of the set around each `x`."""
        ...

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) how far `other` is, in the threat's own unit."""
        ...

    def describe(self) -> str:
        """Return the set in words: `Linf within 8/255`."""
        ...


class AsksModel(Protocol):
    """What an attack may ask. Given by the shell; see `durometer.core.oracle.Oracle`."""

    def logits(self, x: Tensor, /) -> Tensor: ...
    def score(self, x: Tensor, target: Sequence[Target], /) -> Tensor: ...
    def judge(self, x: Tensor, target: Sequence[Target], /) -> tuple[Tensor, Tensor]: ...
    def gradient(self, x: Tensor, target: Sequence[Target], /) -> tuple[Tensor, Tensor]: ...


class Attack(Protocol):
    """A search inside a threat by asking the model. The shell projects and asks again.

    It may also have `within`, the threat that it is made for; `title`, what a person reads when it searches
    there; `refuses(batch)`, why samples can't be attacked; `facts(batch, found)`, columns for the record.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset()
    source: ClassVar[str] = ""

    def __call__(self, oracle: Any, batch: Batch, threat: Threat, dice: Dice, /) -> Any:
        """Return (B, ...) inputs, or an object with `x` and with `facts`, one plain value a sample."""
        ...


class Measure(Protocol):
    """Rows -> Estimate; pure.

    Attributes:
        needs: The columns it reads.
        better: Which direction is better.
        unit: `share`, `points`, …; shares are 0 to 1.
    """

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]]
    better: ClassVar[Literal["higher", "lower"]]
    unit: ClassVar[str]
    source: ClassVar[str] = ""

    def __call__(self, rows: Rows, /) -> Estimate: ...
