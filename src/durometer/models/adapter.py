"""What every adapter shares: the view, the units a network wants, and a sober look at what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from durometer.core import InputSpec, ModelCard, ModelError
from durometer.ops import resample

NAMED = ("logits", "probabilities", "scores", "output", "out")
"""Where an answer of several named parts keeps its class scores, tried in this order."""


class Adapter:
    """A network seen from outside; a subclass says how it is asked in `_forward`.

    Args:
        card: What is known of the model; `card.input` says how it sees a canvas.
        device: Where the network computes; inputs are moved there and outputs back.
    """

    def __init__(self, card: ModelCard, *, device: torch.device | str = "cpu") -> None:
        self.card = card
        self.device = as_device(device)

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the input (B, C, h, w) in [0, 1] of a canvas (B, C, H, W) in [0, 1]; differentiable."""
        return resample.view(canvas, self.card.input)

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return (top, left, bottom, right) of what `view` keeps of a canvas, in canvas pixels."""
        return resample.visible(height, width, self.card.input)

    def __call__(self, x: Tensor, /) -> Tensor:
        """Return outputs (B, K) float32 on x's device, for x (B, C, h, w) in [0, 1].

        Raises:
            ModelError: if the network fails on this input, or answers with another shape.
        """
        units = to_units(x.to(self.device), self.card.input)
        try:
            answer = self._forward(units)
        except ModelError:
            raise
        except torch.OutOfMemoryError as error:
            fix = "Lower --batch-size"
            raise ModelError("ran out of memory", where=self.card.name, fix=fix) from error
        except Exception as error:  # whatever a stranger's network raises, told in one sentence
            raise failed(error, tuple(units.shape), where=self.card.name) from error
        return scores(answer, len(x), where=self.card.name).to(x.device)

    def _forward(self, x: Tensor, /) -> Any:
        """Ask the network: x is in its own range, order and layout."""
        raise NotImplementedError


def as_device(device: torch.device | str) -> torch.device:
    """Return a device that is there.

    Raises:
        ModelError: if it is no device's name, or there is none of its kind.
    """
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ModelError(
            f"the device can't be used ({reason})", where=str(device), fix="Use --device cpu"
        ) from error
    return found


def to_units(x: Tensor, spec: InputSpec) -> Tensor:
    """Return x (B, C, h, w) in [0, 1], RGB, in the range, order, normalization and layout of a network."""
    if spec.order == "bgr":
        x = x.flip(1)
    if (spec.low, spec.high) != (0.0, 1.0):
        x = x * (spec.high - spec.low) + spec.low
    if spec.mean:
        x = x - _per_channel(spec.mean, x)
    if spec.std:
        x = x / _per_channel(spec.std, x)
    return x.permute(0, 2, 3, 1).contiguous() if spec.layout == "nhwc" else x


def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(1, -1, 1, 1)


def scores(answer: Any, n: int, *, where: str) -> Tensor:
    """Return the class scores (n, K) float32 of whatever a network answered.

    A tensor; an object with `.logits`; a mapping with `logits`, …, or with one tensor only; the first of a
    tuple or list. Trailing axes of length 1 are dropped.

    Raises:
        ModelError: if there is no such tensor, or it is not one row of at least two scores an input.
    """
    found = _find(answer)
    if found is None:
        kind = type(answer).__name__
        keys = f" with the keys {', '.join(map(str, answer))}" if isinstance(answer, Mapping) else ""
        raise ModelError(
            f"answered with {kind}{keys}, in which no class scores were found",
            where=where,
            fix="Wrap it in a module or function that returns a tensor (B, K)",
        )
    flat = found
    while flat.ndim > 2 and flat.shape[-1] == 1:
        flat = flat.squeeze(-1)
    if flat.ndim != 2 or len(flat) != n or flat.shape[1] < 2 or flat.is_complex():
        raise _wrong_shape(tuple(found.shape), n, where)
    return flat if flat.dtype == torch.float32 else flat.float()


def _find(answer: Any) -> Tensor | None:
    if isinstance(answer, Tensor):
        return answer
    if isinstance(getattr(answer, "logits", None), Tensor):
        return answer.logits  # type: ignore[no-any-return]
    if isinstance(answer, Mapping):
        tensors = {k: v for k, v in answer.items() if isinstance(v, Tensor)}
        named = next((tensors[k] for k in NAMED if k in tensors), None)
        return named if named is not None or len(tensors) != 1 else next(iter(tensors.values()))
    if isinstance(answer, tuple | list) and answer:
        return _find(answer[0])
    return None


def _wrong_shape(shape: tuple[int, ...], n: int, where: str) -> ModelError:
    fix = "A classifier returns (B, K): one score for each of K classes"
    if shape in ((n,), (n, 1)):
        fix = "One score an input is not enough: return two, such as (0, logit) or (1 - p, p)"
    return ModelError(f"answered with shape {shape} for {n} inputs", where=where, fix=fix)


def failed(error: Exception, shape: tuple[int, ...], *, where: str) -> ModelError:
    """Return the sentence for a network that raised on an input of this shape."""
    reason = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
    return ModelError(
        f"failed on an input of shape {shape}: {reason}",
        where=where,
        fix="Say what it expects, such as --input size=224,layout=nchw,channels=3",
    )
