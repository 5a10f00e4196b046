"""`rics:MODEL` on the command line: crop selection around any model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from durometer.core import Model, Param, UsageError
from durometer.core.params import build
from durometer.models.load import load_model
from durometer.models.options import Options
from durometer.trust.crop_selection import CropSelection


@dataclass(frozen=True)
class Said:
    """What may be said before the model: `rics:window=240,score=content:net.onnx`."""

    window: Annotated[int | None, Param("side of the view that crops are taken from", low=1)] = None
    scaled: Annotated[int | None, Param("what a canvas's short side is scaled to", low=1)] = None
    score: Annotated[str, Param("filter, content or variance")] = "filter"
    cyclic: Annotated[bool, Param("take the view as a torus")] = False


def load_rics(what: str, options: Options) -> Model:
    """`rics:MODEL` or `rics:window=240,score=filter:MODEL`: crop selection around a model loaded as usual."""
    text, _, rest = what.partition(":")
    said, named = (_said(text), rest) if "=" in text else (Said(), what)
    if not named:
        fix = "Write rics:net.onnx, or rics:window=240:net.onnx"
        raise UsageError("names no model", where=f"rics:{what}", fix=fix)
    model = load_model(
        named, name=options.name, input=options.input, output=options.output, labels=options.labels,
        trust_code=options.trust_code, download=options.download, device=options.device,
        threads=options.threads,
    )  # fmt: skip
    return CropSelection(model, window=said.window, score=said.score, cyclic=said.cyclic, scaled=said.scaled)


def _said(text: str) -> Said:
    pairs = [pair.partition("=") for pair in text.split(",")]
    return build(Said, {key.strip(): _plain(value.strip()) for key, _, value in pairs}, where=f"rics:{text}")


def _plain(value: str) -> Any:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdecimal() else value
