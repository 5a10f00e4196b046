"""What the data was: one digest over ids, contents and labels, and a count of what could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from durometer.core import DataError, Dataset, canonical_json
from durometer.data.base import content_of
from durometer.data.pairing import some


class Fingerprint:
    """A digest of the data, fed sample by sample in order; it needs no memory of them."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"durometer data 1\n")
        self.n = 0

    def add(self, sample_id: str, content: str, labels: Iterable[str]) -> None:
        """Add a sample: its id, content hash, and the names of its accepted labels in any order."""
        line = canonical_json([sample_id, content, sorted(labels)])
        self._hash.update(line.encode("utf-8", "surrogateescape") + b"\n")
        self.n += 1

    def digest(self) -> str:
        """Return the sha256 of all samples so far; another order gives another one."""
        return self._hash.hexdigest()


def fingerprint(data: Dataset) -> str:
    """Return the digest of a whole data set, reading every sample once; unreadable ones are passed over."""
    total = Fingerprint()
    for i, name in enumerate(data.ids()):
        try:
            sample = data[i]
            total.add(name, content_of(data, i, sample), (data.labels[k] for k in sample.y))
        except DataError:
            continue
    return total.digest()


class Unreadable:
    """The samples that could not be read, and when they are too many.

    Args:
        n: How many samples the data has.
        share: Which share of them may be unreadable.
    """

    def __init__(self, n: int, *, share: float = 0.05) -> None:
        self.n, self.share = n, share
        self.found: list[tuple[str, str]] = []

    def add(self, sample_id: str, error: DataError | str) -> None:
        """Count a sample and why it could not be read.

        Raises:
            DataError: when more than the allowed share is unreadable; names the first ones.
        """
        self.found.append((sample_id, str(error)))
        if len(self.found) > self.share * self.n:
            first = self.found[0][1].rstrip(".")
            raise DataError(
                f"{len(self.found)} of {self.n} samples could not be read, more than the allowed share of "
                f"{self.share:g}: {some([name for name, _ in self.found])}; the first: {first}",
                fix="Repair or remove them, or allow more with --unreadable SHARE",
            )

    def __len__(self) -> int:
        return len(self.found)
