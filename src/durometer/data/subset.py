"""Some samples of a data set, in its order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from torch import Tensor

from durometer.core import Dataset, Sample, UsageError, order_key
from durometer.data.base import Data, content_of
from durometer.data.lean import Names


class Subset(Data):
    """The samples of a data set at some positions; its labels, guesses and ids stay.

    Args:
        data: Any data set.
        index: Positions in it.
        note: What to add to its guesses.
    """

    def __init__(self, data: Dataset, index: Sequence[int], *, note: str = "") -> None:
        self.data, self._index = data, array("q", index)
        self.name, self.labels = data.name, data.labels
        self.guesses = (*getattr(data, "guesses", ()), *((note,) if note else ()))
        self.left_out = getattr(data, "left_out", ())
        self.mask_count = sum(self.has_mask(i) for i in range(len(self)))
        if isinstance(data, Data):
            self.variants, self.edits, self.suite = data.variants, data.edits, data.suite

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, i: int, /) -> Sample:
        return self.data[self._index[i]]

    def ids(self) -> Sequence[str]:
        """Return the ids at these positions."""
        ids = self.data.ids()
        return Names(ids[i] for i in self._index)

    @property
    def titles(self) -> tuple[str, ...]:
        """The labels as a person reads them."""
        return self.data.titles if isinstance(self.data, Data) else self.labels

    def has_mask(self, i: int) -> bool:
        """Say whether sample i comes with a mask."""
        return self.data.has_mask(self._index[i]) if isinstance(self.data, Data) else False

    def variant(self, i: int, name: str) -> Tensor:
        """Return the pixels of an edited version of sample i."""
        if isinstance(self.data, Data):
            return self.data.variant(self._index[i], name)
        return super().variant(i, name)

    def content(self, i: int) -> str:
        """Return the content hash of sample i."""
        at = self._index[i]
        return (
            self.data.content(at) if isinstance(self.data, Data) else content_of(self.data, at, self.data[at])
        )


def draw(data: Data, limit: int, *, seed: int) -> Data:
    """Return at most `limit` samples, those with the smallest order key, in the data set's order.

    Whether a sample is drawn before another depends on their ids and the seed alone.

    Raises:
        UsageError: if the limit is not positive.
    """
    if limit < 1:
        raise UsageError(f"a limit of {limit} samples leaves nothing", fix="Give 1 or more")
    if limit >= len(data):
        return data
    keys = array("d", (order_key(seed, name, "limit") for name in data.ids()))
    chosen = sorted(sorted(range(len(data)), key=keys.__getitem__)[:limit])
    return Subset(data, chosen, note=f"{limit} of {len(data)} samples were drawn (seed {seed}).")
