"""Files that PyTorch writes: TorchScript is loaded, pickles are refused with the way out."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from durometer.core import Model, ModelError
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card, stem

TOUCHES_FILES = re.compile(rb"\b(?:torch|ops\.aten)\.(?:save|load|from_file)\b")
DEPRECATED = (
    "TorchScript is deprecated in PyTorch; export the model again with "
    "torch.export.save(torch.export.export(module, (x,)), 'net.pt2')"
)
LFS = b"version https://git-lfs"


def load_torchscript(what: str, options: Options) -> Model:
    """TorchScript (.pt, .ts); a pickle under the same ending is refused, never opened."""
    path = Path(what)
    data = path.read_bytes()
    _check(data, what, trusted=options.trust_code)
    module = _load(data, what)
    known = Known(guesses=(DEPRECATED,))
    card = make_card(stem(path), hashlib.sha256(data).hexdigest(), known=known, options=options)
    return ModuleModel(module, card, device=options.device, copy=False)


def _check(data: bytes, where: str, *, trusted: bool) -> None:
    if data.startswith(LFS):
        raise ModelError(
            "is a Git LFS pointer, not the file itself", where=where, fix="Fetch it with: git lfs pull"
        )
    names = _members(data)
    if not any(name.endswith("/constants.pkl") for name in names):
        raise _pickled(where)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        code = [n for n in names if "/code/" in n and n.endswith(".py")]
        touching = next((n for n in code if TOUCHES_FILES.search(archive.read(n))), None)
    if touching and not trusted:
        raise ModelError(
            f"its program reads or writes files ({touching})",
            where=where,
            fix="If you trust where the file comes from, allow it with --trust-code",
        )


def _members(data: bytes) -> list[str]:
    try:
        return zipfile.ZipFile(io.BytesIO(data)).namelist()
    except zipfile.BadZipFile:
        return []


def _pickled(where: str) -> ModelError:
    return ModelError(
        "is a pickle, which is never opened: it can run code, and weights alone can't answer",
        where=where,
        fix="Write a function that makes the network with its weights, and give package.module:function; "
        "or export it with torch.export.save(torch.export.export(module, (x,)), 'net.pt2')",
    )


def _load(data: bytes, where: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            return torch.jit.load(io.BytesIO(data), map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise ModelError(
            f"the TorchScript file can't be loaded ({reason})", where=where, fix="Export the model again"
        ) from error
