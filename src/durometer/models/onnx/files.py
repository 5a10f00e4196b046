"""An ONNX file from the disk to a session: packed or not, with its weights beside it or inside."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from durometer.core import MissingExtraError, ModelError

LFS = b"version https://git-lfs"
LOCATION = re.compile(rb"\n\x08location\x12([\x80-\xff][\x00-\x7f]|[\x00-\x7f])", re.DOTALL)
"""How protobuf writes that a tensor's values lie in another file, up to the length of its name."""
QUIET = 3
"""onnxruntime says errors only."""


@dataclass(frozen=True)
class Packed:
    """An ONNX model as onnxruntime takes it: the path of a plain file, or the bytes of a packed one.

    `digest` is the sha256 of the file, and of its weights where they lie beside it.
    """

    source: str | bytes
    digest: str


def read_packed(path: Path) -> Packed:
    """Return an `.onnx` or `.onnx.gz` file.

    Raises:
        ModelError: if it can't be read or unpacked.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"can't be read ({error.strerror})", where=str(path)) from error
    if data.startswith(LFS):
        raise ModelError(
            "is a Git LFS pointer, not the file itself", where=str(path), fix="Fetch it with: git lfs pull"
        )
    digest = hashlib.sha256(data)
    if path.suffix.lower() != ".gz":
        for beside in _weights_beside(path, data):
            with beside.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return Packed(str(path), digest.hexdigest())
    try:
        return Packed(gzip.decompress(data), digest.hexdigest())
    except (OSError, EOFError, zlib.error) as error:
        raise ModelError("is not a whole gzip file", where=str(path), fix="Fetch it again") from error


def open_session(packed: Packed, *, threads: int | None, device: str, where: str) -> Any:
    """Return an `onnxruntime.InferenceSession`.

    Args:
        packed: What to open.
        threads: Threads inside one operation; torch's number if None.
        device: `cpu`, or `cuda` where onnxruntime was built for it.
        where: For errors.

    Raises:
        MissingExtraError: without onnxruntime.
        ModelError: if it is not an ONNX file, or needs what onnxruntime lacks.
    """
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads or torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    try:
        return runtime.InferenceSession(packed.source, options, providers=_providers(runtime, device))
    except Exception as error:  # onnxruntime's own classes share no base
        raise _unreadable(error, where) from error


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", extra="onnx", needed_for="an ONNX model") from error
    return onnxruntime


def _providers(runtime: Any, device: str) -> list[Any]:
    kind, _, index = device.partition(":")
    if kind == "cpu":
        return ["CPUExecutionProvider"]
    if kind == "cuda" and "CUDAExecutionProvider" in runtime.get_available_providers():
        return [("CUDAExecutionProvider", {"device_id": int(index or 0)}), "CPUExecutionProvider"]
    raise ModelError("this onnxruntime computes on the CPU only", where=device, fix="Use --device cpu")


def _unreadable(error: Exception, where: str) -> ModelError:
    if isinstance(error, ModelError):
        return error
    reason = " ".join(str(error).split())[:240].rstrip(".")
    if type(error).__name__ in ("InvalidProtobuf", "InvalidGraph", "InvalidArgument") or "parsing" in reason:
        return ModelError(f"is not a valid ONNX file ({reason})", where=where, fix="Fetch or export it again")
    return ModelError(
        f"onnxruntime can't load it ({reason})", where=where, fix="Export it again, or update onnxruntime"
    )


def _weights_beside(path: Path, data: bytes) -> list[Path]:
    """Return the files beside a model that its tensors name as holding their values."""
    names: set[str] = set()
    for found in LOCATION.finditer(data):
        length, *more = found[1]
        size = (length & 0x7F) | (more[0] << 7 if more else 0)
        names.add(data[found.end() : found.end() + size].decode("utf-8", "replace"))
    return sorted(p for name in names if ".." not in name and (p := path.parent / name).is_file())
