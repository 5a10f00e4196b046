"""What the data was: one digest over ids, contents and labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from durometer.core import DataError, Dataset, canonical_json
from durometer.data.base import content_of


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
