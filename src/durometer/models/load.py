"""One way in: a file, a name, a Python object becomes a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from durometer.core import InputSpec, Model, UsageError, did_you_mean
from durometer.models.find import MODELS, Place, find
from durometer.models.inputs import read_input
from durometer.models.maite import is_maite_model
from durometer.models.options import Options, Output
from durometer.models.output import first_answers, look
from durometer.models.python import adapted, with_card
from durometer.models.sheet import Sheet, read_sheet, write_sheet

OUTPUTS = ("auto", "logits", "probabilities")


def load_model(
    what: str | Path | nn.Module | Model | Callable[[Any], Any],
    *,
    name: str | None = None,
    input: str | Mapping[str, Any] | InputSpec | None = None,
    output: str = "auto",
    labels: Sequence[str] | None = None,
    trust_code: bool = False,
    download: bool = False,
    device: str = "cpu",
    threads: int | None = None,
    task: str | None = None,
) -> Model:
    """Load a model and look at its first answers.

    What is said here goes before the data sheet beside the file (`net.onnx.durometer.toml`), that before what
    the file itself says, the rest is guessed; the card's `guesses` hold each guess in a sentence. `input`,
    `output` and `labels` said for a file are kept in its data sheet.

    Args:
        what: A file (.onnx, .onnx.gz, .pt2), a name of the zoo, `timm:NAME`, `torchvision:NAME`,
            `hf:NAME_OR_PATH`, `package.module:factory`; or a module, a function, a model, ours or MAITE's.
        name: A short name; the file's stem by default.
        input: How it wants its pixels: see `durometer.models.inputs.parse_input`.
        output: `logits`, `probabilities`, or `auto` to look.
        labels: Names of its outputs.
        trust_code: Allow files and hubs that run code when loaded.
        download: Allow the network.
        device: Where to compute: `cpu`, `cuda`, `cuda:1`, `mps`.
        threads: Threads inside one operation, where the runtime (ONNX) is told so; torch's own otherwise.
        task: What it answers: `classification` if nobody says, `detection`, `instance-segmentation`,
            `semantic-segmentation`; only a classifier's first answers are looked at.

    Raises:
        ModelError: if there is no such model or it doesn't answer as a classifier.
        MissingExtraError: if a package for it is not installed.
        UsageError: if an option can't be.
    """
    if output not in OUTPUTS:
        fix = did_you_mean(output, OUTPUTS).rstrip(".") or f"Give {', '.join(OUTPUTS)}"
        raise UsageError(f"{output!r} is no kind of output", where="--output", fix=fix)
    said = Sheet(
        read_input(input), None if output == "auto" else output, None if labels is None else tuple(labels)
    )
    place = _place(what)
    merged = said if place.path is None else _merged(said, read_sheet(place.path))
    options = Options(
        name, merged.input, _output(merged.output), merged.labels, trust_code, download, device, threads,
        task,
    )  # fmt: skip
    if place.loader == "":
        return adapted(place.what, options)
    model: Model = MODELS.get(place.loader)(place.what, options)
    if model.card.task != "classification":
        return model
    model = with_card(model, look(model.card, first_answers(model), options, said_labels=labels is not None))
    return model if place.path is None or said == Sheet() else _kept(model, place.path, merged)


def _place(what: Any) -> Place:
    if isinstance(what, str | Path):
        return find(str(what))
    if is_maite_model(what) and not isinstance(what, Model):
        return Place("maite", what)
    if isinstance(what, nn.Module):
        return Place("module", what)
    if isinstance(what, Model):
        return Place("", what)
    if callable(what):
        return Place("callable", what)
    raise UsageError(
        f"{type(what).__name__} is no model", fix="Give a file, a name, a torch module or a function"
    )


def _merged(said: Sheet, sheet: Sheet) -> Sheet:
    labels = sheet.labels if said.labels is None else said.labels
    return Sheet({**sheet.input, **said.input}, said.output or sheet.output, labels)


def _output(said: str | None) -> Output:
    return "probabilities" if said == "probabilities" else "logits" if said == "logits" else "auto"


def _kept(model: Model, path: Path, sheet: Sheet) -> Model:
    """Keep what was said beside the file; say so where that can't be."""
    if read_sheet(path) == sheet:
        return model
    problem = write_sheet(path, sheet)
    card = model.card
    return with_card(model, replace(card, guesses=(*card.guesses, problem))) if problem else model
