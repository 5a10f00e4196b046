"""Columns of a hundred thousand short texts and values in little memory."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from durometer.core import Scalar

V = TypeVar("V", bound=Hashable)
W = TypeVar("W", bound=Hashable)
INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")


class Names(Sequence[str]):
    """Texts in one block of UTF-8: their length plus 8 bytes each."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._text, self._ends = bytearray(), array("Q", [0])
        for name in names:
            self.append(name)

    def append(self, name: str) -> None:
        """Add one at the end."""
        self._text += name.encode()
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, i: int) -> str: ...
    @overload
    def __getitem__(self, i: slice) -> list[str]: ...
    def __getitem__(self, i: int | slice) -> str | list[str]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        at = range(len(self))[i]  # negative positions and IndexError as a list's
        return self._text[self._ends[at] : self._ends[at + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return (self[i] for i in range(len(self)))


class Coded(Generic[V]):
    """Values that repeat: 4 bytes each and every distinct one once."""

    def __init__(self, values: Iterable[V] = ()) -> None:
        self.codes = array("i")
        self._code: dict[V, int] = {}
        for value in values:
            self.append(value)

    def append(self, value: V) -> None:
        """Add one at the end."""
        self.codes.append(self._code.setdefault(value, len(self._code)))

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def distinct(self) -> tuple[V, ...]:
        """The different values in the order of their first appearance."""
        return tuple(self._code)

    def frozen(self) -> Column[V]:
        """Return the values without what building them needed."""
        return Column(self.codes, self.distinct)


class Column(Generic[V]):
    """A finished `Coded`: codes and the table they point into."""

    def __init__(self, codes: array[int], table: tuple[V, ...]) -> None:
        self.codes, self.table = codes, table

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, i: int) -> V:
        return self.table[self.codes[i]]

    def map(self, change: Callable[[V], W]) -> Column[W]:
        """Return the column with every distinct value changed."""
        return Column(self.codes, tuple(change(v) for v in self.table))


def typed(column: Column[str]) -> Column[Scalar]:
    """Return a column of texts as whole numbers, numbers or booleans if all of it reads so; empty is None."""
    texts = [text for text in column.table if not _absent(text)]
    for kind in (_integer, _number, _boolean):
        values = [kind(text) for text in texts]
        if texts and None not in values:
            return column.map(dict(zip(texts, values, strict=True)).get)
    return column.map(lambda text: None if _absent(text) else text)


def _absent(text: str) -> bool:
    return text.strip().lower() in ("", "nan")


def _integer(text: str) -> int | None:
    return int(text) if INTEGER.fullmatch(text) else None  # "007" stays a name


def _number(text: str) -> float | None:
    if text[:1] == "0" and text[1:2].isdigit():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())
