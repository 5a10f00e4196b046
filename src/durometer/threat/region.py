"""Threats that are boxes: only some pixels may change; a file each says which ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor

from durometer.core import Batch, Dice, ExtensionError, Param
from durometer.threat.directed import Directed, inside, ratio, within
from durometer.threat.local import Local

Own = TypeVar("Own", bound="Masked")


class Region(Directed, Protocol):
    """All inputs in [low, high] that differ from `x` by at most epsilon, and only where a pixel is free.

    Tensors are (B, C, H, W) with `x` inside [low, high].
    """

    low: float
    high: float

    def free(self, x: Tensor, /) -> Tensor:
        """Return (B, 1, H, W) or (1, 1, H, W) bool: which pixels may change."""
        ...

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
        drawn = dice.uniform(self.name, tuple(x.shape[1:])).to(x)
        return self.project(x, low + (high - low) * drawn)

    def size(self, x: Tensor, other: Tensor, /) -> Tensor:
        """Return (B,) the largest change of any value."""
        return (other - x).abs().flatten(1).amax(dim=1)

    def steepest(self, gradient: Tensor, /) -> Tensor:
        """Return the gradient's signs where pixels are free, zero elsewhere."""
        return gradient.sign() * self.free(gradient)

    def change(self) -> str:
        """Return in words how much a free value may change: `Linf within 8/255`, `any change`."""
        return "any change" if self.epsilon >= self.high - self.low else f"Linf within {ratio(self.epsilon)}"


@dataclass(frozen=True)
class Masked(Region, Local):
    """A region that masks mark: masks are (B, 1, H, W), or (1, 1, H, W) for all.

    Where objects stand it learns from a batch, `around(batch)`, and for part of that batch from
    `select(positions)`.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"mask"})

    epsilon: Annotated[float, Param("largest change of any value", "of the input range", low=0)] = 8 / 255
    low: Annotated[float, Param("lowest value of an input")] = 0.0
    high: Annotated[float, Param("highest value of an input")] = 1.0
    mask: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    def chosen(self, mask: Tensor, /) -> Tensor:
        """Return which pixels of a mask in [0, 1] may change, bool of the same shape."""
        raise NotImplementedError

    def around(self: Own, batch: Batch, /) -> Own:
        """Return the threat that knows where the objects of this batch are.

        Raises:
            ExtensionError: if the batch has no masks.
        """
        if "mask" not in batch.aux:
            raise ExtensionError(
                "the batch has no masks", where=self._where, fix="Give aux['mask'], (B, 1, H, W)"
            )
        return self.knowing(batch.aux["mask"])

    def select(self: Own, index: Sequence[int], /) -> Own:
        """Return the threat of these positions of its batch."""
        if self.mask is None or len(self.mask) == 1:
            return self
        return self.knowing(
            self.mask[torch.as_tensor(list(index), dtype=torch.long, device=self.mask.device)]
        )

    def free(self, x: Tensor, /) -> Tensor:
        """Return (B, 1, H, W) or (1, 1, H, W) bool: which pixels may change.

        Raises:
            ExtensionError: if it does not know where the objects of these inputs are.
        """
        if self.mask is None:
            fix = "Call around(batch), and select(positions) for part of it"
            raise ExtensionError("it does not know yet where the objects are", where=self._where, fix=fix)
        if len(self.mask) not in (1, len(x)) or self.mask.shape[-2:] != x.shape[-2:]:
            raise ExtensionError(
                f"it knows masks of shape {tuple(self.mask.shape)}, not of inputs {tuple(x.shape)}",
                where=self._where,
                fix="Ask it about its own batch, or use select(positions) for part of it",
            )
        return self.chosen(self.mask)

    def knowing(self: Own, mask: Tensor) -> Own:
        """Return the threat with these masks."""
        made = replace(self)
        object.__setattr__(made, "mask", mask)
        return made

    @property
    def _where(self) -> str:
        return f"threat {self.name!r}"
