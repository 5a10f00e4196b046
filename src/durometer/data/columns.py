"""A CSV file of labels: its rows, and which column is what."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from durometer.core import DataError, did_you_mean
from durometer.data.images import is_image, read_bytes

FILE = (
    "file",
    "filename",
    "file_name",
    "image",
    "path",
    "image_path",
    "filepath",
    "file_path",
    "img",
    "image_file",
)
LABEL = (
    "class_index", "label", "labels", "class", "class_id", "label_id", "target", "y", "synset", "wnid",
    "class_name", "label_name", "category",
)  # fmt: skip
TITLE = (
    "class_name",
    "label_name",
    "name",
    "synset_name",
    "category",
    "label",
    "class",
    "synset",
    "wnid",
    "class_index",
    "class_id",
    "label_id",
)
MASK = ("mask", "mask_file", "mask_path", "masks", "segmentation")
DELIMITERS = ",\t;"


@dataclass(frozen=True)
class Table:
    """A CSV file that is read row by row.

    Attributes:
        path: The file.
        header: Its column names.
        delimiter: What stands between its cells.
        headless: Whether the first row holds data, so that the names are ours.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str
    headless: bool = False

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of each row, stripped, empty ones added where a row is short.

        Raises:
            DataError: if the file is not UTF-8 text or a row is longer than the header.
        """
        with self.path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            try:
                for number, row in enumerate(reader):
                    if row and (number or self.headless):
                        yield self._padded(row, reader.line_num)
            except (UnicodeDecodeError, csv.Error) as error:
                raise _not_text(self.path, error) from error

    def _padded(self, row: list[str], line: int) -> list[str]:
        if len(row) > len(self.header):
            raise DataError(
                f"line {line} has {len(row)} cells, the header {len(self.header)}",
                where=str(self.path),
                fix="Put quotes around cells that hold the delimiter",
            )
        return [cell.strip() for cell in row] + [""] * (len(self.header) - len(row))


@dataclass(frozen=True)
class Roles:
    """Positions of the file, label and mask columns (mask: −1 if there is none), and what was guessed."""

    file: int
    label: int
    mask: int
    sentences: tuple[str, ...] = ()


def open_table(path: Path) -> Table:
    """Read the header of a CSV file; the delimiter is the one that its first line has most of.

    Raises:
        DataError: if the file can't be read, is not UTF-8 text or has a single column.
    """
    try:
        lines = read_bytes(path, where=str(path)).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _not_text(path, error) from error
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    cells = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
    if len(cells) < 2:
        raise DataError(
            "the table has a single column", where=str(path), fix="Give it the columns file,label"
        )
    headless = any(is_image(cell) for cell in cells)
    names = (
        ("file", "label", *(f"column_{i + 1}" for i in range(2, len(cells)))) if headless else tuple(cells)
    )
    return Table(path, names, delimiter, headless)


def guess_roles(table: Table, labels: str | None) -> Roles:
    """Find the file, label and mask columns by name; `labels` names the label column.

    Raises:
        DataError: if one is missing; names the columns that are there.
    """
    file = _find(table.header, FILE)
    label = _named(table, labels) if labels else _find(table.header, LABEL, hints=("class", "label"))
    if file is None or label is None:
        missing = "file" if file is None else "label"
        raise DataError(
            f"no column looks like the {missing}; there are {', '.join(table.header)}",
            where=str(table.path),
            fix=f"Name one of them {missing!r}" + (" or say which one it is" if file is not None else ""),
        )
    mask = _find(table.header, MASK)
    said = f"{table.path.name}: {table.header[file]!r} is the file, {table.header[label]!r} the label."
    return Roles(file, label, -1 if mask is None else mask, (said,))


def title_column(table: Table, roles: Roles) -> list[int]:
    """Return the other columns that may spell out the label, the most readable first."""
    found = [_find(table.header, (name,)) for name in TITLE]
    return [
        i for i in dict.fromkeys(found) if i is not None and i not in (roles.file, roles.label, roles.mask)
    ]


def _named(table: Table, column: str) -> int:
    if column not in table.header:
        hint = did_you_mean(column, table.header) or f"There are: {', '.join(table.header)}"
        raise DataError(f"there is no column {column!r}", where=str(table.path), fix=hint.rstrip("."))
    return table.header.index(column)


def _find(header: Sequence[str], names: Sequence[str], hints: Sequence[str] = ()) -> int | None:
    """Return the first column of these names in their order, else the first that holds a hint."""
    plain = [name.lower().replace(" ", "_").replace("-", "_") for name in header]
    exact = next((plain.index(name) for name in names if name in plain), None)
    if exact is not None:
        return exact
    return next((i for i, name in enumerate(plain) if any(hint in name for hint in hints)), None)


def _not_text(path: Path, error: Exception) -> DataError:
    return DataError(
        f"this is not a table in UTF-8 text ({error})", where=str(path), fix="Save it as CSV, UTF-8"
    )
