"""Robust inference by crop selection: classify only the crop that the content itself chooses."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import torch
from torch import Tensor

from durometer.core import InputSpec, Model, ModelError, UsageError, did_you_mean
from durometer.ops import resample
from durometer.trust.crop_scores import SCORES, content, levels
from durometer.trust.same_crop import best, surviving


class CropSelection:
    """A model that is shown the best-scoring crop of a larger view; no training.

    The view is `window` pixels a side, at the scale of the model's own view; the crops have the size of the
    model's input. A score is a function of the crop's content alone, so when the picture moves by whole
    pixels, the crop that won before wins again, unless it left the view or a better one entered: then the
    model sees the same pixels and can't answer otherwise. Of equal scores the higher hash of the content
    decides, then the order of places.

    The guarantee is for moves by whole pixels of the view. A canvas that has to be resized for the view moves
    by fractions; a canvas whose short side is `scaled` does not.

    Args:
        model: A classifier of square inputs.
        window: Side of the view; halfway between the model's input and what its own view scales to, if not
            said. More crops keep their winner longer, and lie farther from the middle.
        score: `filter`, `content` or `variance`: see `durometer.trust.crop_scores`.
        cyclic: Take the view as a torus: all its crops, also those across its border, are candidates, and a
            cyclic shift of the view never changes which is chosen. For square canvases: the view is all.
        scaled: What the short side of a canvas is scaled to; the model's own if not said.

    Raises:
        ModelError: if the model's input is not square or its size is not known.
        UsageError: if the window doesn't fit between input and scaled side, or there is no such score.

    Source: Shifman and Weiss (2024); scores and certificate are ours.
    """

    def __init__(
        self,
        model: Model,
        *,
        window: int | None = None,
        score: str = "filter",
        cyclic: bool = False,
        scaled: int | None = None,
    ) -> None:
        own = model.card.input
        where = model.card.name
        if own.size is None or own.size[0] != own.size[1]:
            fix = "Say its input, such as --input size=224,crop=0.875"
            raise ModelError("crop selection needs a square input of known size", where=where, fix=fix)
        if score not in SCORES:
            fix = did_you_mean(score, SCORES).rstrip(".") or f"Give {', '.join(SCORES)}"
            raise UsageError(f"there is no score {score!r}", where=where, fix=fix)
        self.model, self.score, self.cyclic, self.side = model, score, cyclic, own.size[0]
        self.scaled = scaled or int(self.side / own.crop + resample.EXACT)
        usual = self.scaled if cyclic else (self.side + self.scaled) // 2
        self.window = usual if window is None else window
        self._check(where)
        spec = replace(own, size=(self.window, self.window), crop=self.window / self.scaled)
        self.card = replace(
            model.card,
            name=f"{model.card.name}+crop-selection",
            digest=self._digest(),
            input=spec,
            traits=model.card.traits - {"features", "layers"},
        )

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the view (B, C, window, window) in [0, 1] that crops are taken from."""
        return resample.view(canvas, self.card.input)

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return (top, left, bottom, right) of what the view keeps of a canvas, in canvas pixels."""
        return resample.visible(height, width, self.card.input)

    def __call__(self, x: Tensor, /) -> Tensor:
        """Return the model's outputs (B, K) for the chosen crop of each view (B, C, window, window)."""
        answer: Tensor = self.model(self.crops(x))
        return answer

    def crops(self, x: Tensor, /) -> Tensor:
        """Return (B, C, side, side): what the model is shown of each view."""
        wide, at = self._candidates(x), self.chosen(x).tolist()
        crops = [one[:, r : r + self.side, c : c + self.side] for one, (r, c) in zip(wide, at, strict=True)]
        return torch.stack(crops)

    def chosen(self, x: Tensor, /) -> Tensor:
        """Return (B, 2): row and column of the top left corner of the crop that is classified."""
        pixels = levels(self._candidates(x))
        scores = SCORES[self.score](pixels, self.side)
        flat = scores.flatten(1)
        tied = bool(((flat == flat.amax(dim=1, keepdim=True)).sum(dim=1) > 1).any())
        # the hash of all crops costs more than their scores, and is rarely asked
        at = best(scores, content(pixels, self.side) if tied else torch.zeros_like(scores))
        across = scores.shape[-1]
        return torch.stack((at // across, at % across), dim=1)

    def certificate(self, canvas: Tensor, /, reach: int = 1) -> Tensor:
        """Return (B, 2 reach + 1, 2 reach + 1) bool: moves of the camera that can't change the answer.

        `[dy + reach, dx + reach]` is true where the view moved by (dx, dy) pixels over this very picture
        chooses the same crop: the model is then shown the same pixels. False means only that it is shown
        another crop. Counted from the picture's own scores; no model is asked. A cyclic selection needs no
        certificate: cyclic shifts never change its crop.

        Raises:
            UsageError: if the scaled canvas has not `reach` pixels around the view, or the view is cyclic.
        """
        if self.cyclic:
            raise UsageError("a cyclic selection has no border to certify", where=self.card.name)
        f = resample.frame(int(canvas.shape[-2]), int(canvas.shape[-1]), self.card.input)
        if min(f.top, f.left, f.height - f.top - self.window, f.width - f.left - self.window) < reach:
            raise UsageError(
                f"the scaled canvas of {f.width} × {f.height} has not {reach} pixels around a view of "
                f"{self.window}",
                where=self.card.name,
                fix="Choose a smaller window",
            )
        spec = InputSpec(channels=self.card.input.channels)
        whole = resample.resize(resample.view(canvas, spec), f.height, f.width, self.card.input.interpolation)
        size = self.window + 2 * reach
        part = whole[..., f.top - reach :, f.left - reach :][..., :size, :size]
        pixels = levels(part)
        return surviving(SCORES[self.score](pixels, self.side), content(pixels, self.side), reach)

    def _candidates(self, x: Tensor) -> Tensor:
        if not self.cyclic:
            return x
        rows, columns = (torch.arange(n + self.side - 1, device=x.device) % n for n in x.shape[-2:])
        return x.index_select(-2, rows).index_select(-1, columns)

    def _digest(self) -> str:
        said = (self.model.card.digest, self.window, self.scaled, self.score, self.cyclic)
        return hashlib.sha256(repr(("crop selection", 1, *said)).encode()).hexdigest()

    def _check(self, where: str) -> None:
        if not self.side <= self.window <= self.scaled:
            raise UsageError(
                f"a window of {self.window} is not between the input's {self.side} and the scaled short side "
                f"of {self.scaled}",
                where=where,
                fix="Choose another window, or scale to a larger side",
            )
        if self.window == self.side and not self.cyclic:
            fix = f"Scale to a larger side, such as scaled={round(self.side / 0.875)}"
            raise UsageError("a window as large as the input leaves one crop", where=where, fix=fix)
