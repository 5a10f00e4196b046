"""Files below a folder, sorted, as POSIX paths relative to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from durometer.data.images import is_image


def files_below(root: str | Path, wanted: Callable[[str], bool], prefix: str = "") -> Iterator[str]:
    """Yield the wanted files below a folder: each folder's own first, in the order of their names.

    Hidden files and folders are passed over, and so are names that are not UTF-8: no table could hold them.
    """
    with os.scandir(root) as found:
        entries = sorted((e.name, e.is_dir()) for e in found if _plain(e.name))
    for name, is_folder in entries:
        if not is_folder and wanted(name):
            yield prefix + name
    for name, is_folder in entries:
        if is_folder:
            yield from files_below(os.path.join(root, name), wanted, f"{prefix}{name}/")


def folders_in(root: str | Path) -> list[str]:
    """Return the names of the folders directly in a folder, sorted; hidden ones passed over."""
    with os.scandir(root) as found:
        return sorted(e.name for e in found if e.is_dir() and _plain(e.name))


def images_in(root: str | Path) -> list[str]:
    """Return the names of the images directly in a folder, sorted."""
    with os.scandir(root) as found:
        return sorted(e.name for e in found if _plain(e.name) and is_image(e.name) and e.is_file())


def strange_names(root: str | Path) -> int:
    """Count the files and folders below a folder whose names are not UTF-8."""
    return sum(not _is_text(name) for _, folders, files in os.walk(root) for name in (*folders, *files))


def _plain(name: str) -> bool:
    return not name.startswith((".", "__MACOSX")) and _is_text(name)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
