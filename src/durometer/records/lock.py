"""One writer at a time: a lock that the system itself takes back from a process that died."""

from __future__ import annotations

import os
from pathlib import Path

from durometer.core import RecordError

NAME = ".durometer.lock"


class Lock:
    """The lock on a record's folder, held until `release` or the end of the process, even by kill -9.

    Args:
        folder: The record's folder, which exists.

    Raises:
        RecordError: another process that lives is writing there; names its pid.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._handle = self._take()

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._handle is None:
            return
        if os.name == "posix":  # elsewhere an open file can't be removed
            self._path.unlink(missing_ok=True)  # while it is held, so that nobody's lock is removed
        os.close(self._handle)
        self._handle = None

    def _take(self) -> int | None:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            if not _hold(handle):
                owner = os.read(handle, 32).decode(errors="replace").strip()
                os.close(handle)
                raise RecordError(
                    f"another run is writing this record{f' (process {owner})' if owner else ''}",
                    where=str(self._path.parent),
                    fix="Wait for it, stop it, or choose another folder with --out",
                )
            if _still_named(handle, self._path):
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
                return handle
            os.close(handle)  # the last owner removed the file between our opening and locking it


def _still_named(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _hold(handle: int) -> bool:
    """Lock without waiting; False when another process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return _hold_on_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _hold_on_windows(handle: int) -> bool:
    import msvcrt

    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True
