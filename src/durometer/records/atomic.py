"""Files that are either whole or not there: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from durometer.core import IncompleteError, RecordError

PART = ".part"
"""Ending of a file that is still being written; one that is found later is left over from a kill."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file that takes the name `path` when the block ends well, and vanishes otherwise.

    Args:
        path: The final name; its folder is made if needed.
        durable: Wait until the disk holds it (a power cut), not only until other processes see it (a kill).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}{PART}")
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a whole file at once."""
    with replacing(path, durable=durable) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole text at once, as UTF-8."""
    write_bytes(path, content.encode())


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlive a power cut, where the system offers it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_parts(folder: Path) -> None:
    """Remove what a killed run left half written anywhere below a folder."""
    for part in folder.rglob(f".*{PART}"):
        part.unlink(missing_ok=True)


@contextmanager
def no_room_explained(where: Path, kept: str) -> Iterator[None]:
    """Turn a full disk, and any other refusal of the system to write, into a sentence.

    Args:
        where: What was being written.
        kept: What is safe, in words: `"3 segments"`.

    Raises:
        IncompleteError: the disk or the quota is full.
        RecordError: the system refuses for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise IncompleteError(
                f"the disk is full; what was written before is kept ({kept})",
                where=str(where),
                fix="Free some space and run the same command again to go on",
            ) from error
        raise RecordError(
            f"it can't be written ({error.strerror or error})",
            where=str(where),
            fix="Choose another folder with --out",
        ) from error
