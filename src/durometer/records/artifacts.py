"""Content-addressed files: a name is the sha256 of what it holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from durometer.core import RecordError
from durometer.records import atomic

FOLDER = "artifacts"
SHA = re.compile(r"[0-9a-f]{64}\Z")
SUFFIX = re.compile(r"(\.[a-z0-9]{1,8})?\Z")


def save(root: Path, content: bytes, suffix: str) -> str:
    """Keep some bytes and return their sha256; saving the same again does nothing."""
    if not SUFFIX.match(suffix):
        raise RecordError(f"{suffix!r} is not the ending of a file", fix="Give one such as '.webp'")
    sha = hashlib.sha256(content).hexdigest()
    path = _folder(root, sha) / f"{sha}{suffix}"
    if not path.exists() or path.stat().st_size != len(content):
        # pictures outlive a kill; for a power cut they are not worth a wait each: `load` would see the damage
        atomic.write_bytes(path, content, durable=False)
    return sha


def load(root: Path, sha: str) -> bytes:
    """Return the bytes of this sha256.

    Raises:
        RecordError: there are none, or they are damaged.
    """
    if not SHA.match(sha):  # it may come from a stranger's table
        raise RecordError(f"{sha!r} is not the sha256 of an artifact", where=str(root))
    found = sorted(_folder(root, sha).glob(f"{sha}*"))
    if not found:
        raise RecordError(f"there is no artifact {sha[:12]}…", where=str(root))
    content = found[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != sha:
        raise RecordError("this artifact is damaged", where=str(found[0]))
    return content


def _folder(root: Path, sha: str) -> Path:
    return root / FOLDER / sha[:2]
