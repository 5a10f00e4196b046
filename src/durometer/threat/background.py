"""The L-infinity ball on the background: every pixel without object may change, no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from durometer.core import Batch, Dice, ExtensionError, Param
from durometer.ops.masks import TRACE
from durometer.threat.directed import Directed, inside, ratio, within
from durometer.threat.local import Local

WHERE = "threat 'background'"


@dataclass(frozen=True)
class Background(Directed, Local):
    """All inputs in [low, high] that differ from `x` by at most epsilon, and nowhere on the object.

    A pixel with more than 2 % of object in it keeps every bit. Where objects stand it learns from a batch,
    `around(batch)`, and for part of that batch from `select(positions)`. Tensors are (B, C, H, W) with `x`
    inside [low, high]; masks (B, 1, H, W), or (1, 1, H, W) for all.
    """

    name: ClassVar[str] = "background"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})

    epsilon: Annotated[float, Param("largest change of any value", "of the input range", low=0)] = 8 / 255
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0
    mask: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    def around(self, batch: Batch, /) -> Background:
        """Return the threat that knows where the objects of this batch are.

        Raises:
            ExtensionError: if the batch has no masks.
        """
        if "mask" not in batch.aux:
            raise ExtensionError("the batch has no masks", where=WHERE, fix="Give aux['mask'], (B, 1, H, W)")
        return self._knowing(batch.aux["mask"])

    def select(self, index: Sequence[int], /) -> Background:
        """Return the threat of these positions of its batch."""
        if self.mask is None or len(self.mask) == 1:
            return self
        return self._knowing(
            self.mask[torch.as_tensor(list(index), dtype=torch.long, device=self.mask.device)]
        )

    def contains(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) bool: is `other` in the set around `x`?"""
        untouched = ((other == x) | self.free(x)).flatten(1).all(dim=1)
        return untouched & within(self.size(x, other), self.epsilon) & inside(other, self.low, self.high)

    def project(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return the nearest point of the set, value by value (nearest in every p-norm)."""
        low, high = self.box(x)
        return torch.minimum(torch.maximum(other, low), high)

    def box(self, x: Tensor, /) -> tuple[Tensor, Tensor]:
        """Return (low, high): the set itself, which is a box."""
        reach = torch.where(self.free(x), self.epsilon, 0.0).to(x)
        return (x - reach).clamp(self.low, self.high), (x + reach).clamp(self.low, self.high)

    def sample(self, x: Tensor, dice: Dice, /) -> Tensor:
        """Return a point drawn uniformly from the set."""
        low, high = self.box(x)
        drawn = dice.uniform("background", tuple(x.shape[1:])).to(x)
        return self.project(x, low + (high - low) * drawn)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the largest change of any value."""
        return (other - x).abs().flatten(1).amax(dim=1)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient's signs on the background, zero on the object."""
        return gradient.sign() * self.free(gradient)

    def describe(self) -> str:
        """Return the set in words: `Linf within 8/255 on the background`."""
        size = "any change" if self.epsilon >= self.high - self.low else f"Linf within {ratio(self.epsilon)}"
        return f"{size} on the background"

    def free(self, x: Tensor) -> Tensor:
        """Return (B, 1, H, W) or (1, 1, H, W) bool: which pixels may change.

        Raises:
            ExtensionError: if it does not know where the objects of these inputs are.
        """
        if self.mask is None:
            fix = "Call around(batch), and select(positions) for part of it"
            raise ExtensionError("it does not know yet where the objects are", where=WHERE, fix=fix)
        if len(self.mask) not in (1, len(x)) or self.mask.shape[-2:] != x.shape[-2:]:
            raise ExtensionError(
                f"it knows masks of shape {tuple(self.mask.shape)}, not of inputs {tuple(x.shape)}",
                where=WHERE,
                fix="Ask it about its own batch, or use select(positions) for part of it",
            )
        return self.mask <= TRACE

    def _knowing(self, mask: Tensor) -> Background:
        made = replace(self)
        object.__setattr__(made, "mask", mask)
        return made
