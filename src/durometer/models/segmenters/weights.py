"""Parameters of the predict-refine segmenter: the shipped ones and one's own."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from durometer.core import Json, ModelError
from durometer.models.segmenters.basnet import PredictRefine

FOLDER, LIST = "checkpoints", "segmenters.json"
SHIPPED = "scenes-predict-refine"


def shipped() -> dict[str, Json]:
    """Return what is known of the shipped parameters: recipe, figures, digest."""
    listed = json.loads((_shelf() / LIST).read_text(encoding="utf-8"))
    entry: dict[str, Json] = next(e for e in listed["segmenters"] if e["name"] == SHIPPED)
    return entry


def load_predict_refine(path: str | Path = "") -> PredictRefine:
    """Return the network of a .safetensors file in evaluation mode; without a path the shipped one.

    The file's metadata say `options` as JSON: `{"width": 8, "refine": 8, "blocks": [1, 1, 1, 1, 1, 1]}`;
    `PredictRefine`'s own state is what it holds. Half precision is widened, which is exact.

    Raises:
        ModelError: if there is no such file, it is no safetensors file, or it is another network's.
    """
    where = str(path) or SHIPPED
    raw = _read(Path(path)) if str(path) else (_shelf() / f"{SHIPPED}.safetensors").read_bytes()
    if not str(path) and hashlib.sha256(raw).hexdigest() != shipped()["sha256"]:
        raise ModelError("the shipped file was changed", where=where, fix="Install durometer again")
    options, state = _unpacked(raw, where)
    try:
        with torch.device("meta"):
            module = PredictRefine(**options)
        empty = module.to_empty(device="cpu")
        counters = {name: torch.zeros_like(value) for name, value in empty.named_buffers() if not value.ndim}
        missing, strange = empty.load_state_dict({**counters, **state}, strict=False)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"the parameters don't fit ({_short(error)})", where=where) from error
    if missing or strange:
        name = (missing or strange)[0]
        word = "lack" if missing else "hold a strange"
        raise ModelError(f"the parameters {word} {name!r}", where=where, fix=_FIX)
    return empty.eval().requires_grad_(False)


_FIX = "Save a PredictRefine as examples/train_segmenter.py does"


def _unpacked(raw: bytes, where: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        state = {name: value.float() for name, value in load(raw).items()}
        head = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
        options = json.loads(head.get("__metadata__", {}).get("options", "0"))
    except (SafetensorError, ValueError) as error:
        raise ModelError(f"this is no safetensors file ({_short(error)})", where=where) from error
    if not isinstance(options, dict):
        raise ModelError("the file does not say the size of its network", where=where, fix=_FIX)
    return {**options, "blocks": tuple(options.get("blocks", (1,) * 6))}, state


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if not path.exists() else str(error.strerror or error)
        raise ModelError(reason, where=str(path), fix="Give a .safetensors file") from error


def _shelf() -> Traversable:
    return files("durometer.models.segmenters") / FOLDER


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160].rstrip(".")
