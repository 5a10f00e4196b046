"""What every data set of ours is, and what a reader is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from torch import Tensor

from durometer.core import DataError, Dataset, Sample

LeftOut = tuple[str, int, str]
"""What was left out, how many, and why."""


class Data(Dataset):
    """A data set that also says what was guessed and what was left out.

    Attributes:
        name: Short, for the report.
        labels: Class names as the data set says them; targets are sets of positions in it.
        guesses: What the reader assumed, as sentences for people.
        left_out: What is not in the data set although it was there: (what, how many, why).
        mask_count: Samples that have an object mask.
        variants: Names of edited versions that come with the samples; see `variant`.
        edits: Variant -> key of a benchmark's edit, for the variants whose meaning is known.
        suite: The suite that these samples are for, run where none is named.
    """

    name: str
    labels: tuple[str, ...]
    guesses: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    mask_count: int = 0
    variants: tuple[str, ...] = ()
    edits: Mapping[str, str] = MappingProxyType({})
    suite: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """The labels as a person reads them: "tench" where `labels` says "0"."""
        return self.labels

    def has_mask(self, i: int) -> bool:
        """Say whether sample i comes with a mask, without reading it."""
        raise NotImplementedError

    def variant(self, i: int, name: str) -> Tensor:
        """Return the pixels (3, H, W) uint8 of an edited version of sample i, as decoded.

        Raises:
            DataError: if there is none or it can't be read; the run counts it as not edited.
        """
        raise DataError(f"there are no edited images {name!r}", where=self.name)

    def content(self, i: int) -> str:
        """Return the sha256 of sample i: of its file's bytes, or of its pixels where there is no file.

        Raises:
            DataError: if it can't be read.
        """
        return pixel_hash(self[i])


def pixel_hash(sample: Sample) -> str:
    """Return the sha256 of a sample's shape and pixels."""
    head = f"{sample.x.dtype} {tuple(sample.x.shape)}\n".encode()
    return hashlib.sha256(head + sample.x.contiguous().numpy().tobytes()).hexdigest()


def content_of(data: Dataset, i: int, sample: Sample) -> str:
    """Return the content hash of sample i of any data set; ours know their own."""
    return data.content(i) if isinstance(data, Data) else pixel_hash(sample)


@dataclass(frozen=True)
class Options:
    """What a reader is told beside the place; see `durometer.data.open_data` for the meaning of each."""

    masks: str | Path | None = None
    mask_threshold: float | Literal["soft"] | None = None
    table: str | Path | None = None
    label_column: str | None = None
    split: str | None = None
    n: int | None = None
    size: int | None = None
    seed: int = 0
    download: bool = False


def one_class(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the sentence that an evaluation on a single class deserves, if it is one."""
    if len(labels) != 1:
        return ()
    return (f"All samples are of one class, {labels[0]!r}: a model that always says so scores 100 %.",)
