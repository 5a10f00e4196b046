"""Images with a table of labels: any CSV with a file and a label column; the others are facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from durometer.core import DataError, Scalar
from durometer.data.base import LeftOut, Options, one_class
from durometer.data.columns import Roles, Table, guess_roles, open_table, title_column
from durometer.data.files import FileData, masks_for, without_mask
from durometer.data.lean import Coded, Column, Names, typed
from durometer.data.maskfile import check_threshold
from durometer.data.masks import MaskFiles, Masks
from durometer.data.places import path_below, prefix_of
from durometer.data.walk import images_in

TABLES = ("labels.csv", "index.csv", "metadata.csv", "annotations.csv", "labels.tsv", "labels.txt")
ONE_WORD = re.compile(r"\d+|n\d{8}")
"""Labels that a cell may list with only spaces or commas between: indices and synsets."""


def find_table(root: Path) -> Path | None:
    """Return the table of labels of a folder: one of the usual names, or its only CSV beside images."""
    usual = next((root / name for name in TABLES if (root / name).is_file()), None)
    single = sorted(root.glob("*.csv"))
    if usual or len(single) != 1 or not (images_in(root) or (root / "images").is_dir()):
        return usual  # a CSV beside class folders is something else
    return single[0]


def read_table(where: str, options: Options) -> FileData:
    """Read images listed in a CSV. Which column is what is found by name and said.

    A cell lists several accepted labels with `|` between them, indices and synsets also with spaces or
    commas. Rows without a label are left out and counted. Paths start from the data folder, from the table's
    folder or from `images` in either.

    Raises:
        DataError: no table, no file or label column, no image where the table says, a path that leads out.
    """
    root = Path(where)
    path = Path(options.table) if options.table else find_table(root)
    if path is None or not path.is_file():
        raise DataError("there is no such table of labels", where=str(path or root / TABLES[0]))
    table = open_table(path)
    roles = guess_roles(table, options.label_column)
    rows = _Reading(root, table, roles)
    labels, targets = sort_labels(rows.cells.frozen())
    titles, spelled = rows.titles(labels, targets)
    masks = _masks(root, rows, roles, options)
    return FileData(
        root=root,
        ids=rows.ids,
        targets=targets,
        labels=labels,
        titles=titles,
        masks=masks,
        facts=rows.facts(without=spelled),
        guesses=(
            *roles.sentences,
            *_unused_masks(rows, roles, options),
            *one_class(labels),
            *without_mask(masks, len(rows.ids)),
        ),
        left_out=rows.left_out(),
    )


def split_cell(cell: str) -> frozenset[str]:
    """Return the accepted labels of a cell: `"281 | 282"`, `"281 282"`, `"great white shark"` (one)."""
    words = re.split(r"[\s,]+", cell.strip())
    if not all(ONE_WORD.fullmatch(word) for word in words):
        words = [part.strip() for part in cell.split("|")]
    return frozenset(word for word in words if word)


def sort_labels(cells: Column[frozenset[str]]) -> tuple[tuple[str, ...], Column[frozenset[int]]]:
    """Return the distinct labels, by number or else by text, and the targets that point into them."""
    distinct = frozenset[str]().union(*cells.table)
    by_number = all(label.isdecimal() for label in distinct)
    labels = tuple(sorted(distinct, key=int if by_number else None))
    place = {label: i for i, label in enumerate(labels)}
    return labels, cells.map(lambda some: frozenset(place[label] for label in some))


class _Reading:
    """The table's columns, read in one pass."""

    def __init__(self, root: Path, table: Table, roles: Roles) -> None:
        self.table, self.roles = table, roles
        self.ids, self.masks, self.cells = Names(), Names(), Coded[frozenset[str]]()
        kept = (i for i in range(len(table.header)) if i not in (roles.file, roles.label, roles.mask))
        self.others = {i: Coded[str]() for i in kept}
        self.no_label = self.twice = 0
        prefix = prefix_of(root, table, roles)
        self._read(root, prefix)
        if not len(self.ids):
            raise DataError(
                f"no row has a label in column {table.header[roles.label]!r}", where=str(table.path)
            )

    def _read(self, root: Path, prefix: str) -> None:
        seen = set[str]()
        for row in self.table.rows():
            accepted = split_cell(row[self.roles.label])
            name = path_below(root, prefix, row[self.roles.file], where=str(self.table.path))
            if not accepted:
                self.no_label += 1
            elif name in seen:
                self.twice += 1
            else:
                seen.add(name)
                self._keep(name, accepted, row)

    def _keep(self, name: str, accepted: frozenset[str], row: list[str]) -> None:
        self.ids.append(name)
        self.cells.append(accepted)
        if self.roles.mask >= 0:
            self.masks.append(row[self.roles.mask].replace("\\", "/"))
        for i, column in self.others.items():
            column.append(row[i])

    def titles(
        self, labels: tuple[str, ...], targets: Column[frozenset[int]]
    ) -> tuple[tuple[str, ...], frozenset[int]]:
        """Return readable labels, and the columns that only spell out the label: they are no facts."""
        spelled = {
            i: names
            for i in title_column(self.table, self.roles)
            if (names := _one_to_one(len(labels), targets, self.others[i].frozen()))
        }
        return next(iter(spelled.values()), labels), frozenset(spelled)

    def facts(self, *, without: frozenset[int]) -> dict[str, Column[Scalar]]:
        """Return the remaining columns by name."""
        return {
            self.table.header[i]: typed(column.frozen())
            for i, column in self.others.items()
            if i not in without and self.table.header[i]
        }

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the rows that are no samples."""
        column = self.table.header[self.roles.label]
        found = (
            ("rows", self.no_label, f"their column {column!r} is empty"),
            ("rows", self.twice, "their file is listed a second time; its first row counts"),
        )
        return tuple(entry for entry in found if entry[1])


def _one_to_one(n: int, targets: Column[frozenset[int]], names: Column[str]) -> tuple[str, ...]:
    """Return the name of each label if names and single labels determine each other, else nothing."""
    pairs = set(zip(targets.codes, names.codes, strict=True))
    if len(pairs) != n or len({name for _, name in pairs}) != n or len(targets.table) != n:
        return ()
    found = {next(iter(targets.table[t])): names.table[k] for t, k in pairs if len(targets.table[t]) == 1}
    return tuple(found[i] for i in range(n)) if len(found) == n and all(found.values()) else ()


def _masks(root: Path, rows: _Reading, roles: Roles, options: Options) -> Masks | None:
    """Return masks by the table's mask column if it has one and a folder is given, else by stem."""
    folder = None if options.masks is None else Path(options.masks)
    if roles.mask < 0 or folder is None or not folder.is_dir():
        return masks_for(root, rows.ids, options)
    check_threshold(options.mask_threshold)
    if not any((folder / name).is_file() for name in rows.masks if name):
        return masks_for(root, rows.ids, options)
    return MaskFiles(folder, rows.masks, options.mask_threshold)


def _unused_masks(rows: _Reading, roles: Roles, options: Options) -> Sequence[str]:
    if roles.mask < 0 or options.masks is not None or not any(rows.masks):
        return ()
    column = rows.table.header[roles.mask]
    return (f"The column {column!r} names masks; they are used once the folder of masks is given.",)
