"""Which mask belongs to which image: the same path without its ending, or as much of its end as is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from durometer.core import DataError
from durometer.data.lean import Names


def stem(path: str) -> str:
    """Return a path without the ending of its last part: `cat/a.b.png` -> `cat/a.b`."""
    head, slash, base = path.rpartition("/")
    name, dot, _ = base.rpartition(".")
    return head + slash + (name if dot and name else base)


def pair(ids: Sequence[str], known: Mapping[str, str], *, where: str) -> Names:
    """Return for each id the value of its stem, or an empty text.

    A stem is looked for as `a/b/c`, then `b/c`, then `c`; then, where that says one thing only, among the
    known stems that end in `/c`.

    Raises:
        DataError: if two ids would share one value.
    """
    found, taken, lasts = Names(), set[str](), _Lasts(known)
    for name in ids:
        value = next((known[s] for s in _ends(stem(name)) if s in known), "") or lasts.find(stem(name))
        if value in taken:
            first = next(other for other, used in zip(ids, found, strict=False) if used == value)
            raise DataError(
                f"{value!r} would be the mask of both {first!r} and {name!r}",
                where=where,
                fix="Give each image its own: repeat the images' folders among the masks",
            )
        if value:
            taken.add(value)
        found.append(value)
    return found


def some(names: Sequence[str], n: int = 3) -> str:
    """Return the first few names for a sentence."""
    shown = ", ".join(repr(name) for name in names[:n])
    return shown + (", …" if len(names) > n else "")


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[i:]) for i in range(len(parts)))


class _Lasts:
    """The values by the last part of their stem, where only one has it; made when first asked for."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self._lasts: dict[str, str] | None = None

    def find(self, path: str) -> str:
        """Return the one value whose stem ends as this path does, or nothing."""
        if self._lasts is None:
            self._lasts = {}
            for key, value in self._known.items():
                last = key.rpartition("/")[2]
                self._lasts[last] = "" if last in self._lasts else value
        return self._lasts.get(path.rpartition("/")[2], "")
