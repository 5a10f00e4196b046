"""Which mask belongs to which image: the same path without its ending, or as much of its end as is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from durometer.core import DataError
from durometer.data.lean import Names


def stem(path: str) -> str:
    """Return a path without the ending of its last part: `cat/a.b.png` -> `cat/a.b`."""
    head, slash, base = path.rpartition("/")
    name, dot, _ = base.rpartition(".")
    return head + slash + (name if dot and name else base)


def pair(ids: Iterable[str], known: Mapping[str, str], *, where: str) -> Names:
    """Return for each id the value of its stem, or an empty text.

    A stem is looked for as `a/b/c`, then `b/c`, then `c`; then, where that says one thing only, among the
    known stems that end in `/c`.

    Raises:
        DataError: if two ids would share one value.
    """
    lasts = _lasts(known)
    found, owner = Names(), dict[str, str]()
    for name in ids:
        value = next((known[s] for s in _ends(stem(name)) if s in known), "")
        value = value or lasts.get(stem(name).rpartition("/")[2], "")
        if value and owner.setdefault(value, name) != name:
            raise DataError(
                f"{value!r} would be the mask of both {owner[value]!r} and {name!r}",
                where=where,
                fix="Give each image its own: repeat the images' folders among the masks",
            )
        found.append(value)
    return found


def some(names: Sequence[str], n: int = 3) -> str:
    """Return the first few names for a sentence."""
    shown = ", ".join(repr(name) for name in names[:n])
    return shown + (", …" if len(names) > n else "")


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[i:]) for i in range(len(parts)))


def _lasts(known: Mapping[str, str]) -> dict[str, str]:
    """Map the last part of each stem to its value; to nothing where several share it."""
    lasts: dict[str, str] = {}
    for path, value in known.items():
        last = path.rpartition("/")[2]
        lasts[last] = "" if last in lasts else value
    return lasts
