"""Hugging Face `datasets`: from disk, or from the hub when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from durometer.core import DataError, MissingExtraError, Sample
from durometer.data.base import Data, Options, one_class
from durometer.data.images import content_hash, decode, read_bytes


class HubData(Data):
    """A table of the `datasets` package with an image column and a label column.

    Args:
        table: A `datasets.Dataset` whose image column is not decoded.
        image, label: Its columns.
        name: For the report, and the first part of the ids.
    """

    def __init__(self, table: Any, *, image: str, label: str, name: str) -> None:
        self._table, self._image, self._label, self.name = table, image, label, name
        names = getattr(table.features[label], "names", None)
        self._codes: dict[Any, int] = {}
        if names is None:
            distinct = sorted(v for v in set(table[label]) if v is not None)
            self._codes = {value: i for i, value in enumerate(distinct)}
            names = [str(value) for value in distinct]
        self.labels = tuple(names)
        column = table[label]
        self._kept = [i for i, v in enumerate(column) if v is not None and not (isinstance(v, int) and v < 0)]
        lost = len(column) - len(self._kept)
        self.left_out = (("rows", lost, "they have no label"),) if lost else ()
        self.guesses = (f"{name}: {image!r} is the image, {label!r} the label.", *one_class(self.labels))

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, i: int, /) -> Sample:
        at = self._kept[i]
        value = self._table[at][self._label]
        picture = decode(self._bytes(at), where=self._id(at))
        return Sample(self._id(at), picture.x, frozenset({self._codes.get(value, value)}))

    def ids(self) -> Sequence[str]:
        """Return the name and the row, as `imagenet/000012`."""
        return [self._id(i) for i in self._kept]

    def has_mask(self, i: int) -> bool:
        """These have none."""
        return False

    def content(self, i: int) -> str:
        """Return the sha256 of the image file."""
        return content_hash(self._bytes(self._kept[i]))

    def _id(self, at: int) -> str:
        return f"{self.name}/{at:06d}"

    def _bytes(self, at: int) -> bytes:
        cell = self._table[at][self._image]
        if cell is None:
            raise DataError("the image is missing", where=self._id(at))
        if cell.get("bytes"):
            return bytes(cell["bytes"])
        return read_bytes(cell["path"], where=self._id(at))


def read_hub(where: str, options: Options) -> HubData:
    """Open `hf:PLACE`: a folder that `save_to_disk` wrote, or with `download` a name on the hub.

    Raises:
        MissingExtraError: without the package `datasets`.
        DataError: if it is not on this disk and may not be fetched, or has no image or label column.
    """
    try:
        import datasets
    except ImportError:
        raise MissingExtraError("datasets", extra="hub", needed_for=f"Reading {where!r}") from None
    table, split = _one_split(_load(datasets, where, options), options, where=where)
    image = next((k for k, v in table.features.items() if isinstance(v, datasets.Image)), None)
    label = options.label_column or _label_column(table.features)
    if image is None or label not in table.features:
        missing = "an image column" if image is None else "a label column"
        raise DataError(
            f"the data set lacks {missing}; there are {', '.join(table.features)}",
            where=where,
            fix="Name the label column" if image is not None else "Give a data set of images",
        )
    table = table.select_columns([image, label]).cast_column(image, datasets.Image(decode=False))
    return HubData(table, image=image, label=label, name=Path(where).name + (f":{split}" if split else ""))


def _load(datasets: Any, where: str, options: Options) -> Any:
    if Path(where).is_dir():
        try:
            return datasets.load_from_disk(where)
        except FileNotFoundError:
            raise DataError(
                "this is not a folder that datasets' save_to_disk wrote",
                where=where,
                fix="For plain files, leave out 'hf:'",
            ) from None
    if not options.download:
        raise DataError(
            "there is no such folder, and nothing is fetched without being asked",
            where=where,
            fix="Add --download to fetch it from the hub",
        )
    try:
        return datasets.load_dataset(where, split=options.split)
    except Exception as error:  # whatever the hub or the network has to say
        raise DataError(f"it could not be fetched: {str(error).splitlines()[0]}", where=where) from error


def _one_split(found: Any, options: Options, *, where: str) -> tuple[Any, str]:
    if hasattr(found, "features") and not isinstance(found, dict):
        return found, options.split or ""
    split = options.split or next((s for s in ("test", "validation", "train") if s in found), None)
    if split is None or split not in found:
        raise DataError(
            f"there is no split {options.split!r}", where=where, fix=f"There are: {', '.join(found)}"
        )
    return found[split], split


def _label_column(features: Any) -> str:
    classes = [k for k, v in features.items() if type(v).__name__ == "ClassLabel"]
    usual = [k for k in ("label", "labels", "fine_label", "class", "target") if k in features]
    return next(iter([*[k for k in usual if k in classes], *classes, *usual]), "")
