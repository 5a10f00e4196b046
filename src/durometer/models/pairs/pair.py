"""A pair of encoders seen from outside: pictures and texts as directions in one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn.functional import normalize

from durometer.core import ModelCard, ModelError, UsageError
from durometer.models.adapter import as_device, failed, to_units
from durometer.ops import resample


@runtime_checkable
class Encoders(Protocol):
    """What a pair of encoders must be able to do; neither side has to normalize."""

    def image_features(self, x: Tensor, /) -> Tensor:
        """Return (B, D) for pictures (B, C, h, w) in the range that the pair's card names."""
        ...

    def text_features(self, texts: list[str], /) -> Tensor:
        """Return (T, D), one row a text; a row must not depend on the other texts."""
        ...


class Pair:
    """The shell around a pair: its view of a canvas, one fixed batch size, unit length, a sober look.

    Both encoders are asked in batches of one size, the last one padded, so that a row does not depend on
    what is asked beside it. A feature that is not finite, or zero, becomes a row of NaN.

    Args:
        encoders: What is asked; see `Encoders`.
        card: Name, digest and input of the pair.
        scale: What a cosine is multiplied by before a softmax, at least 0: CLIP's exp(logit_scale).
        batch_size: Of both encoders.
        device: Where pictures are put before the encoder is asked; features come back to the CPU.

    Raises:
        UsageError: if the scale or the batch size is out of its range.
    """

    def __init__(
        self,
        encoders: Encoders,
        card: ModelCard,
        *,
        scale: float = 100.0,
        batch_size: int = 32,
        device: torch.device | str = "cpu",
    ) -> None:
        if not 0 <= scale < float("inf") or batch_size < 1:
            raise UsageError(
                f"scale = {scale} and batch_size = {batch_size} must be finite, at least 0 and 1",
                where=card.name,
            )
        self.encoders, self.card, self.scale = encoders, card, scale
        self.batch_size, self.device = batch_size, as_device(device)

    def images(self, canvas: Tensor, /) -> Tensor:
        """Return (B, D) float32 of unit length for canvases (B, C, H, W) in [0, 1]."""
        with torch.no_grad():
            return self.seen(resample.view(canvas, self.card.input))

    def seen(self, x: Tensor, /) -> Tensor:
        """Return (B, D) float32 of unit length for inputs in the pair's own view, in [0, 1]."""
        parts = [
            self._asked(self._image_features, x[i : i + self.batch_size])
            for i in range(0, len(x), self.batch_size)
        ]
        return torch.cat(parts)

    def texts(self, texts: Sequence[str], /) -> Tensor:
        """Return (T, D) float32 of unit length; equal texts are encoded once."""
        distinct = list(dict.fromkeys(texts))
        with torch.no_grad():
            parts = [
                self._asked(self.encoders.text_features, distinct[i : i + self.batch_size])
                for i in range(0, len(distinct), self.batch_size)
            ]
        place = {text: i for i, text in enumerate(distinct)}
        return torch.cat(parts)[[place[text] for text in texts]]

    def _image_features(self, x: Tensor) -> Tensor:
        return self.encoders.image_features(to_units(x.to(self.device), self.card.input))

    def _asked(self, ask: Callable[..., Tensor], part: Tensor | list[str]) -> Tensor:
        n, missing = len(part), self.batch_size - len(part)
        if isinstance(part, Tensor):
            part = torch.cat([part, part[-1:].expand(missing, *part.shape[1:])])
        else:
            part = part + part[-1:] * missing
        try:
            found = ask(part)
        except ModelError:
            raise
        except Exception as error:  # whatever a stranger's encoder raises, told in one sentence
            shape = tuple(part.shape) if isinstance(part, Tensor) else (len(part),)
            raise failed(error, shape, where=self.card.name) from error
        return unit_rows(found, self.batch_size, where=self.card.name)[:n]


def unit_rows(found: Tensor, n: int, *, where: str) -> Tensor:
    """Return features (n, D) as float32 rows of unit length on the CPU; NaN where there is no direction.

    Raises:
        ModelError: if they are no tensor of n rows.
    """
    if not isinstance(found, Tensor) or found.ndim != 2 or len(found) != n:
        shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ModelError(
            f"answered {n} inputs with {shape}", where=where, fix="An encoder returns (B, D): a row an input"
        )
    rows = found.float().cpu()
    length = rows.norm(dim=1, keepdim=True)
    return torch.where(length.isfinite() & (length > 0), normalize(rows, dim=1), torch.nan)
