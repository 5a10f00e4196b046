"""Whether packages that fetch weights may use the network, and what is said when they may not."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from durometer.core import MissingExtraError, ModelError


def optional(package: str, *, extra: str, needed_for: str) -> Any:
    """Return an optional package.

    Raises:
        MissingExtraError: if it is not installed.
        ModelError: if it is, and fails when imported.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtraError(package, extra=extra, needed_for=needed_for) from error
    except Exception as error:  # such as a torchvision that was built for another torch
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise ModelError(
            f"the package {package} is installed, but can't be imported ({reason})",
            where=needed_for,
            fix=f"Install the version of {package} that fits this torch",
        ) from error


@contextmanager
def allowed(*, download: bool) -> Iterator[None]:
    """Keep the Hugging Face hub offline in this block unless a download is allowed."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    before = {name: os.environ.get(name) for name in names}
    constants = _constants()
    flag = getattr(constants, "HF_HUB_OFFLINE", None)
    if not download:
        os.environ.update(dict.fromkeys(names, "1"))
        if constants is not None:
            constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        if constants is not None and flag is not None:
            constants.HF_HUB_OFFLINE = flag


def _constants() -> Any:
    try:
        from huggingface_hub import constants
    except ImportError:
        return None
    return constants


def hub_failure(error: Exception, where: str, *, download: bool) -> ModelError:
    """Return the sentence for weights that could not be had."""
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    if download:
        return ModelError(f"can't be loaded: {reason}", where=where)
    return ModelError(
        "is not on this machine, and downloads are off",
        where=where,
        fix=f"Allow it with --download (the package said: {reason})",
    )
