"""BASNet at any width: a deeply supervised encoder-decoder, then a small one that refines its mask."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from durometer.models.zoo.parts import Normalize, conv

GROWTH = (1, 2, 4, 8, 8, 8)
"""Channels of the six stages, in widths."""
PUBLISHED = {"width": 64, "refine": 64, "blocks": (3, 4, 6, 3, 3, 3)}
"""The published size: 87 million parameters."""


class PredictRefine(nn.Module):
    """Predict, then refine (Qin et al., 2019).

    Six stages of residual blocks down to 1/32, a bridge of dilated convolutions, six stages up that each see
    the stage across, a side output after the bridge and after each of them; a U-shaped residual module
    refines the last one's logits. Takes (B, 3, H, W) in [0, 1], H and W at least 32.

    Args:
        width: Channels of the first stage.
        refine: Channels of the refining module.
        blocks: Residual blocks of each of the six stages.
    """

    def __init__(
        self, *, width: int = 8, refine: int = 8, blocks: tuple[int, ...] = (1, 1, 1, 1, 1, 1)
    ) -> None:
        super().__init__()
        sizes = [width * k for k in GROWTH]
        self.stem = nn.Sequential(Normalize(), _layer(3, width))
        self.down = nn.ModuleList(
            _stage(a, b, n, stride=2 if 1 <= i <= 3 else 1)
            for i, ((a, b), n) in enumerate(zip(pairwise((width, *sizes)), blocks, strict=True))
        )
        last = sizes[-1]
        self.bridge = nn.Sequential(*(_layer(last, last, dilation=2) for _ in range(3)))
        ends = [width, *sizes[:-1]]  # what each stage hands up
        self.up = nn.ModuleList(
            nn.Sequential(_layer(2 * size, size), _layer(size, size), _layer(size, end))
            for size, end in zip(sizes, ends, strict=True)
        )
        self.sides = nn.ModuleList(nn.Conv2d(end, 1, 3, padding=1) for end in ends)
        self.side_bridge = nn.Conv2d(last, 1, 3, padding=1)
        self.refine = Refine(refine)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return eight logits (B, 1, H, W): the refined ones, the sides from fine to coarse, the bridge's."""
        across, seen = [], self.stem(x)
        for i, stage in enumerate(self.down):
            seen = stage(F.max_pool2d(seen, 2, ceil_mode=True) if i >= 4 else seen)
            across.append(seen)
        seen = self.bridge(seen)
        sides = [self.side_bridge(seen)]
        for i in reversed(range(len(across))):
            seen = self.up[i](torch.cat((_fit(seen, across[i]), across[i]), dim=1))
            sides.append(self.sides[i](seen))
        full = [_fit(side, x) for side in reversed(sides)]
        return (self.refine(full[0]), *full)


class Refine(nn.Module):
    """A small U that adds a residual to logits (B, 1, H, W)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.down = nn.ModuleList(_layer(width, width) for _ in range(4))
        self.bottom = _layer(width, width)
        self.up = nn.ModuleList(_layer(2 * width, width) for _ in range(4))
        self.last = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, logits: Tensor) -> Tensor:
        """Return refined logits."""
        across, seen = [], self.first(logits)
        for layer in self.down:
            across.append(layer(seen))
            seen = F.max_pool2d(across[-1], 2, ceil_mode=True)
        seen = self.bottom(seen)
        for layer, other in zip(self.up, reversed(across), strict=True):
            seen = layer(torch.cat((_fit(seen, other), other), dim=1))
        residual: Tensor = self.last(seen)
        return logits + residual


class Block(nn.Module):
    """Two convolutions beside a shortcut (He et al., 2016)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = _layer(inside, outside, stride=stride)
        self.second = nn.Sequential(conv(outside, outside), nn.BatchNorm2d(outside))
        same = stride == 1 and inside == outside
        self.short = nn.Identity() if same else _short(inside, outside, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outside, H / stride, W / stride)."""
        return torch.relu(self.second(self.first(x)) + self.short(x))


def _short(inside: int, outside: int, stride: int) -> nn.Module:
    return nn.Sequential(conv(inside, outside, stride=stride, side=1), nn.BatchNorm2d(outside))


def _stage(inside: int, outside: int, blocks: int, *, stride: int) -> nn.Sequential:
    first = Block(inside, outside, stride)
    return nn.Sequential(first, *(Block(outside, outside, 1) for _ in range(blocks - 1)))


def _layer(inside: int, outside: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    one = nn.Conv2d(inside, outside, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(one, nn.BatchNorm2d(outside), nn.ReLU())


def _fit(x: Tensor, like: Tensor) -> Tensor:
    size = like.shape[-2:]
    return x if x.shape[-2:] == size else F.interpolate(x, size=size, mode="bilinear", align_corners=False)
