"""Dice: randomness that belongs to a sample, never to its place in a batch."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from durometer.core.philox import words

SEPARATOR = b"\x1f"
CACHED = 2**16
"""Numbers that are made at a time on the CPU: what lies in its cache while it is worked on."""


@dataclass(frozen=True)
class Dice:
    """Random numbers keyed by (seed, stream, version, sample id, draw, purpose).

    No parameter of the change takes part in the key, so a severity curve uses the same dice along its axis;
    the same sample gets the same numbers at any batch size, order, shard, worker count or resume.

    Args:
        seed: The plan's seed.
        stream: Name of the stressor or other consumer.
        version: Its stream version.
        ids: Sample ids, one row of numbers each.
        draw: Which repetition.
        device: Where the numbers are wanted.
    """

    seed: int
    stream: str
    version: int
    ids: tuple[str, ...]
    draw: int = 0
    device: torch.device | str = "cpu"

    def uniform(self, purpose: str, shape: Sequence[int] = (), low: float = 0.0, high: float = 1.0) -> Tensor:
        """Return (B, *shape) float32, uniform in [low, high), in steps of 2**-24 of the width."""
        drawn = low + (high - low) * self._unit(purpose, shape)
        return drawn.clamp_max(_below(high)) if high > low else drawn  # the sum may round up to `high`

    def normal(self, purpose: str, shape: Sequence[int] = ()) -> Tensor:
        """Return (B, *shape) float32 standard normals (Box and Muller, 1958)."""
        return self._made(purpose, 2 * _count(shape), _normal).reshape(len(self.ids), *shape)

    def integers(self, purpose: str, low: int, high: int, shape: Sequence[int] = ()) -> Tensor:
        """Return (B, *shape) int64 uniform in [low, high)."""
        n = _count(shape)
        fraction = ((self._words(purpose, n) >> 11) & (2**53 - 1)).to(torch.float64) * 2.0**-53
        return (low + torch.floor(fraction * (high - low)).long()).reshape(len(self.ids), *shape)

    def permutation(self, purpose: str, n: int) -> Tensor:
        """Return (B, n) int64, each row a random order of 0 … n-1."""
        return torch.argsort(self._words(purpose, n), dim=1, stable=True)

    def for_draw(self, draw: int) -> Dice:
        """Return the dice of another repetition."""
        return replace(self, draw=draw)

    def named(self, stream: str, version: int) -> Dice:
        """Return the dice of another consumer for the same samples and draw."""
        return replace(self, stream=stream, version=version)

    def select(self, index: Sequence[int]) -> Dice:
        """Return the dice of these positions of the batch."""
        return replace(self, ids=tuple(self.ids[i] for i in index))

    def _words(self, purpose: str, n: int) -> Tensor:
        keys = [_key(self.seed, self.stream, self.version, i, self.draw, purpose) for i in self.ids]
        return words(keys, n, self.device)

    def _unit(self, purpose: str, shape: Sequence[int]) -> Tensor:
        """Uniform in [0, 1)."""
        return self._made(purpose, _count(shape), lambda unit: unit).reshape(len(self.ids), *shape)

    def _made(self, purpose: str, n: int, make: Callable[[Tensor], Tensor]) -> Tensor:
        """What is made of each sample's first n uniform numbers; on the CPU while they are in its cache."""
        step = max(1, CACHED // max(1, n)) if torch.device(self.device).type == "cpu" else len(self.ids)
        starts = range(0, len(self.ids), max(1, step))
        parts = (replace(self, ids=self.ids[i : i + step])._words(purpose, -(-n // 2)) for i in starts)
        return torch.cat([make(_uniform(part)[:, :n]) for part in parts])


def _uniform(words: Tensor) -> Tensor:
    """(B, 2 n) float32 in [0, 1) of (B, n) words: the upper 24 bits of each half word, low half first."""
    halves = words.view(torch.int32)
    if sys.byteorder == "big":
        halves = halves.reshape(len(words), -1, 2).flip(2).flatten(1)
    return (halves >> 8).bitwise_and_(0xFFFFFF).to(torch.float32).mul_(2.0**-24)


def _normal(unit: Tensor) -> Tensor:
    """(B, n) standard normals of (B, 2 n) uniform numbers, a pair each."""
    u = unit.reshape(len(unit), -1, 2)
    radius = torch.sqrt(-2.0 * torch.log1p(-u[..., 0]))
    return radius * torch.cos(2.0 * torch.pi * u[..., 1])


def _below(value: float) -> float:
    """The largest float32 below a value."""
    return float(torch.nextafter(torch.tensor(value), torch.tensor(-torch.inf)))


def _count(shape: Sequence[int]) -> int:
    n = 1
    for side in shape:
        n *= side
    return n


def _key(seed: int, stream: str, version: int, sample: str, draw: int, purpose: str) -> int:
    parts = (str(seed), stream, str(version), sample, str(draw), purpose)
    # each part with its length, so that no two tuples of parts share a text
    text = SEPARATOR.join(
        str(len(p)).encode() + SEPARATOR + p.encode("utf-8", "surrogateescape") for p in parts
    )
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def order_key(seed: int, sample: str, purpose: str) -> float:
    """Return a number in [0, 1) that is a sample's own: for drawing subsets that don't depend on the rest."""
    return (_key(seed, "order", 1, sample, 0, purpose) >> 75) * 2.0**-53
