"""What every adapter shares: the view, the units a network wants, and a sober look at what it answers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from durometer.core import InputSpec, ModelCard, ModelError
from durometer.models import answers
from durometer.ops import resample


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

    def __call__(self, x: Tensor, /) -> Any:
        """Return outputs on x's device for x (B, C, h, w) in [0, 1]: of a classifier (B, K) float32.

        Raises:
            ModelError: if the network fails on this input, or answers with another shape.
        """
        units = to_units(x.to(self._place(x)), self.card.input)
        try:
            answer = self._forward(units)
        except ModelError:
            raise
        except torch.OutOfMemoryError as error:
            fix = "Lower --batch-size"
            raise ModelError("ran out of memory", where=self.card.name, fix=fix) from error
        except Exception as error:  # whatever a stranger's network raises, told in one sentence
            raise failed(error, tuple(units.shape), where=self.card.name) from error
        return self._read(answer, len(x), x.device)

    def _place(self, x: Tensor) -> torch.device:
        """Return where this input is computed."""
        return self.device

    def _read(self, answer: Any, n: int, device: torch.device) -> Any:
        """Return what the network answered to n inputs as the card's task wants it."""
        read = answers.read(answer, n, task=self.card.task, where=self.card.name)
        if isinstance(read, dict):
            return {name: part.to(device) for name, part in read.items()}
        return read.to(device)

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


def failed(error: Exception, shape: tuple[int, ...], *, where: str) -> ModelError:
    """Return the sentence for a network that raised on an input of this shape."""
    reason = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
    return ModelError(
        f"failed on an input of shape {shape}: {reason}",
        where=where,
        fix="Say what it expects, such as --input size=224,layout=nchw,channels=3",
    )
