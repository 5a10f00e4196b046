"""What a person said about a model, what its own files say, and the card that both make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from durometer.core import InputSpec, ModelCard, Trait, UsageError

Output = Literal["auto", "logits", "probabilities"]
NORMALIZATION = ("low", "high", "mean", "std")


@dataclass(frozen=True)
class Options:
    """What was said when a model was asked for; every loader gets it.

    Attributes:
        name: Wanted name, or None for the loader's own.
        input: Fields of `InputSpec` that were said, by option or data sheet.
        output: What a call returns; `auto` looks at the first answers.
        labels: Names of the outputs, if said.
        trust_code: Whether loading may run code from the file or hub.
        download: Whether loading may use the network.
        device: Where to compute.
        threads: Threads inside one operation, where the runtime can be told.
        task: What it answers, if said.
    """

    name: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    output: Output = "auto"
    labels: tuple[str, ...] | None = None
    trust_code: bool = False
    download: bool = False
    device: str = "cpu"
    threads: int | None = None
    task: str | None = None


@dataclass(frozen=True)
class Known:
    """What a model's own files say of it.

    Attributes:
        input: Fields of `InputSpec` that they say.
        labels: Names of the outputs; empty if unknown.
        guesses: What was guessed while reading them.
    """

    input: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()


def make_card(
    name: str, digest: str, *, known: Known, options: Options, traits: frozenset[Trait] = frozenset()
) -> ModelCard:
    """Return the card: what was said goes before what the files say; the rest is guessed, and said to be."""
    said = {**known.input, **options.input}
    traits -= {"logits"} if options.output == "probabilities" else set()
    spec = make_spec(said, where=options.name or name)
    return ModelCard(
        name=options.name or name,
        digest=digest,
        task=options.task or "classification",
        labels=options.labels if options.labels is not None else known.labels,
        traits=traits,
        input=spec,
        output="probabilities" if options.output == "probabilities" else "logits",
        guesses=(*known.guesses, *_guesses(said, spec)),
    )


def make_spec(said: Mapping[str, Any], *, where: str) -> InputSpec:
    """Return the input spec of what is known; one mean or std is spread over the channels.

    Raises:
        UsageError: if the fields don't fit each other.
    """
    spec = InputSpec(**said)
    for key in ("mean", "std"):
        values: tuple[float, ...] = getattr(spec, key)
        if len(values) == 1:
            changed: dict[str, Any] = {key: values * spec.channels}
            spec = replace(spec, **changed)
        elif len(values) not in (0, spec.channels):
            raise UsageError(
                f"{key} has {len(values)} values for {spec.channels} channels",
                where=where,
                fix=f"Give one a channel, such as {key}={'/'.join(['0.5'] * spec.channels)}",
            )
    far = max((abs(m) for m in spec.mean), default=0.0)
    if far > 2 * max(abs(spec.low), abs(spec.high)):
        raise UsageError(
            f"a mean of {far:g} lies far outside the range {spec.low:g}..{spec.high:g}",
            where=where,
            fix="mean and std are in units of the range: say range=0..255, or divide them by 255",
        )
    return spec


def _guesses(said: Mapping[str, Any], spec: InputSpec) -> tuple[str, ...]:
    found = []
    if "size" not in said:
        found.append("the input size was not said: the canvas is shown as it is (size=…)")
    elif "crop" not in said and "fit" not in said:
        found.append(
            "no crop was said: the short side is resized to the input's and its center kept (crop=…)"
        )
    if not any(key in said for key in NORMALIZATION):
        low_high = f"{spec.low:g} to {spec.high:g}"
        found.append(f"pixels go in as {low_high} without mean and std (range=…, mean=…, std=…)")
    return tuple(f"{g[0].upper()}{g[1:]}" for g in found)


def stem(path: Path) -> str:
    """Return a file's name without the endings that say its kind: `net.onnx.gz` -> `net`."""
    name = path.name
    for ending in (".gz", ".onnx", ".pt2", ".pt", ".pth", ".ts", ".torchscript", ".safetensors"):
        name = name[: -len(ending)] if name.lower().endswith(ending) and len(name) > len(ending) else name
    return name
