"""Which loader a text means: a prefix, a name of the zoo, a file, a folder, or one's own code."""

from __future__ import annotations

import difflib
import importlib.util
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from durometer.core import ModelError, Registry, did_you_mean
from durometer.models.factory import is_factory

MODELS: Registry[Any] = Registry(
    "model",
    {
        "callable": "durometer.models.python:load_callable",
        "exported": "durometer.models.exported:load_exported",
        "factory": "durometer.models.python:load_factory",
        "hf": "durometer.models.transformers:load_hf",
        "maite": "durometer.models.maite:load_maite",
        "module": "durometer.models.python:load_module",
        "onnx": "durometer.models.onnx.session:load_onnx",
        "rics": "durometer.trust.loading:load_rics",
        "timm": "durometer.models.timm:load_timm",
        "torchscript": "durometer.models.torchscript:load_torchscript",
        "torchvision": "durometer.models.torchvision:load_torchvision",
        "zoo": "durometer.models.python:load_zoo",
    },
)
"""Loaders by name: called with what follows `name:` (or a Python object) and `Options`, they return a model.

A third party's loader may carry `suffixes = (".ending", …)`: files so named are then its own.
"""
SUFFIXES = {
    ".onnx": "onnx", ".onnx.gz": "onnx", ".pt2": "exported", ".ep": "exported", ".torchscript": "torchscript",
    **dict.fromkeys((".ts", ".pt", ".pth", ".th", ".ckpt", ".pkl", ".pickle", ".bin", ".tar"), "torchscript"),
}  # fmt: skip
"""Endings of files; those that PyTorch writes for many things are looked into by the TorchScript loader."""
TO_ONNX = "export it to ONNX, such as with tf2onnx"
ELSEWHERE = {
    ".safetensors": "write a function that makes the network, and give package.module:function",
    **dict.fromkeys((".h5", ".keras", ".pb", ".tflite"), TO_ONNX),
    ".engine": "give the ONNX file that it was built from",
    ".mlmodel": "give the ONNX file or the PyTorch model",
    ".py": "write it as module:function, without .py",
}


class Place(NamedTuple):
    """A loader's name, what it is called with, and the file or folder, where there is one."""

    loader: str
    what: Any
    path: Path | None = None


def find(what: str) -> Place:
    """Return the loader that a text means.

    Raises:
        ModelError: if nothing answers to it; names the nearest file or name.
    """
    prefix, colon, rest = what.partition(":")
    if colon and rest and prefix in MODELS:
        local = Path(rest)
        return Place(prefix, rest, local if local.exists() else None)
    path = Path(what).expanduser()
    if path.is_file():
        return Place(_of_file(path), str(path), path)
    if what in _zoo():
        return Place("zoo", what)
    if path.is_dir():
        return _folder(path, what)
    if is_factory(what) and not ("." not in prefix and _is_mistyped(prefix)):
        return Place("factory", what)
    raise _missing(what, path)


def _is_mistyped(prefix: str) -> bool:
    """Say whether a prefix is nearly a loader's name, and no Python module of that name is there."""
    near = did_you_mean(prefix, MODELS.names())
    return bool(near) and not Path(f"{prefix}.py").exists() and importlib.util.find_spec(prefix) is None


def _zoo() -> tuple[str, ...]:
    from durometer.models import zoo

    try:
        return zoo.names()
    except FileNotFoundError:  # a source tree whose checkpoints are still to be made
        return ()


def _folder(path: Path, what: str) -> Place:
    if (path / "config.json").is_file():
        return Place("hf", str(path), path)
    files = sorted(p for p in path.iterdir() if _suffix(p) in SUFFIXES)
    fix = (
        f"Give one of its files, such as {files[0]}" if files else "Give a file, or a folder with config.json"
    )
    raise ModelError("this folder is no saved model", where=what, fix=fix)


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return ".onnx.gz" if name.endswith(".onnx.gz") else Path(name).suffix


def _of_file(path: Path) -> str:
    suffix = _suffix(path)
    if suffix in SUFFIXES:
        return "exported" if SUFFIXES[suffix] == "torchscript" and _is_exported(path) else SUFFIXES[suffix]
    if suffix in ELSEWHERE:
        raise ModelError(f"a {suffix} file can't be asked", where=str(path), fix=_sentence(ELSEWHERE[suffix]))
    for name, loader in MODELS.working():
        if suffix in getattr(loader, "suffixes", ()):
            return name
    raise ModelError(
        "nothing here loads such a file",
        where=str(path),
        fix="Give .onnx, .onnx.gz or .pt2, or package.module:factory",
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _is_exported(path: Path) -> bool:
    """Say whether a PyTorch file is an exported program under another ending."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/archive_format") for name in archive.namelist())


def _missing(what: str, path: Path) -> ModelError:
    prefixes = [f"{name}:" for name in MODELS.names()]
    near = did_you_mean(what.partition(":")[0] + ":", prefixes) if ":" in what else ""
    near = near or _near(path) or did_you_mean(what, _zoo())
    fix = near or "Give a file, a name such as scenes/cnn, timm:NAME, hf:NAME, or package.module:factory"
    return ModelError("there is no such model", where=what, fix=fix.rstrip("."))


def _near(path: Path) -> str:
    """Return the file whose name, with or without its ending, is nearest."""
    folder = path.parent
    files = [p for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
    for known in ({p.name: p for p in files}, {p.name.partition(".")[0]: p for p in files}):
        close = difflib.get_close_matches(path.name, list(known), n=1, cutoff=0.6)
        if close:
            return f"Did you mean {str(known[close[0]])!r}?"
    return ""
