"""Where the paths of a table start, and that none of them leads out of the data folder."""

from __future__ import annotations

import posixpath
from pathlib import Path

from durometer.core import DataError
from durometer.data.columns import Roles, Table
from durometer.data.pairing import some


def prefix_of(root: Path, table: Table, roles: Roles) -> str:
    """Return the folder below root (`""`, `"images/"`) that file cells start from."""
    folders = dict.fromkeys(
        f for f in (root, table.path.parent, root / "images", table.path.parent / "images") if _below(root, f)
    )
    first = [row[roles.file].replace("\\", "/") for row, _ in zip(table.rows(), range(50), strict=False)]
    for folder in folders:
        if any(cell and (folder / cell).is_file() for cell in first):
            relative = folder.resolve().relative_to(root.resolve()).as_posix()
            return "" if relative == "." else f"{relative}/"
    if not first:
        raise DataError("the table has no rows", where=str(table.path))
    raise DataError(
        f"no image is where its first rows say: {some(first, 1)}",
        where=str(table.path),
        fix=f"Give the folder that these paths start from as the data folder, not {root}",
    )


def _below(root: Path, folder: Path) -> bool:
    return folder.resolve().is_relative_to(root.resolve())


def path_below(root: Path, prefix: str, cell: str, *, where: str) -> str:
    """Return a file cell as a path below root.

    Raises:
        DataError: if it leads out of it.
    """
    name = cell.replace("\\", "/")
    if posixpath.isabs(name):
        name = posixpath.relpath(name, root.resolve().as_posix())
        prefix = ""
    name = posixpath.normpath(prefix + name)
    if name.startswith("../") or name == "..":
        raise DataError(
            f"{cell!r} is outside of the data folder {root}",
            where=where,
            fix="Give the folder that holds all images as the data folder",
        )
    return name
