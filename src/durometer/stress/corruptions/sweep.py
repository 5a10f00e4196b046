"""A one-sided Gaussian along a line, as ImageMagick blurs motion."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor


def swept(x: Tensor, angle: float, radius: int, sigma: float) -> Tensor:
    """Return (…, H, W) averaged from each pixel onward along a line of 2 radius + 1 pixels.

    Args:
        x: Values; the edge pixel is continued.
        angle: Of the line in degrees, 0 to the right, 90 downward.
        radius: Half the length of the line, in pixels.
        sigma: Of the weights along the line, in pixels.
    """
    wide = _widened(x, 2 * radius)
    strides = wide.stride()
    out = torch.zeros_like(x)
    for weight, (down, right) in zip(_weights(radius, sigma), _steps(angle, 2 * radius), strict=True):
        first = (2 * radius + down) * strides[-2] + 2 * radius + right
        out.add_(wide.as_strided(x.shape, strides, first), alpha=weight)  # quicker than two slices
    return out


def swept_each(x: Tensor, angles: Tensor, radius: int, sigma: float) -> Tensor:
    """Return (B, C, H, W) averaged along lines, each sample along its own, at (B,) angles: see `swept`."""
    if x.device.type == "cpu":
        return torch.stack([swept(p, a, radius, sigma) for p, a in zip(x, angles.tolist(), strict=True)])
    return gathered(x, angles, radius, sigma)


def gathered(x: Tensor, angles: Tensor, radius: int, sigma: float) -> Tensor:
    """The same without asking the device where lines go, for those where an answer must be waited for."""
    reach, (height, width) = 2 * radius, x.shape[-2:]
    wide = _widened(x, reach)
    turn = torch.deg2rad(angles.double())
    down, right = (reach + 1) * turn.sin(), (reach + 1) * turn.cos()
    long = torch.hypot(down, right)
    rows = torch.arange(height, device=x.device)[:, None] + reach
    columns = torch.arange(width, device=x.device) + reach
    out = torch.zeros_like(x)
    for i, weight in enumerate(_weights(radius, sigma)):
        below, beside = ((i * way / long - 0.5).ceil().long()[:, None, None] for way in (down, right))
        at = ((rows + below) * wide.shape[-1] + columns + beside).flatten(1)[:, None]
        part = wide.flatten(2).gather(2, at.expand(-1, x.shape[1], -1))
        out.add_(part.reshape(x.shape), alpha=weight)
    return out


def _widened(x: Tensor, reach: int) -> Tensor:
    """Return (…, H + 2 reach, W + 2 reach), the edge pixel continued."""
    tall = torch.cat(
        (x[..., :1, :].expand(*x.shape[:-2], reach, -1), x, x[..., -1:, :].expand(*x.shape[:-2], reach, -1)),
        -2,
    )
    return torch.cat(
        (tall[..., :1].expand(*tall.shape[:-1], reach), tall, tall[..., -1:].expand(*tall.shape[:-1], reach)),
        -1,
    )


@lru_cache(maxsize=64)
def _weights(radius: int, sigma: float) -> tuple[float, ...]:
    weights = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(2 * radius + 1)]
    return tuple(w / sum(weights) for w in weights)


def _steps(angle: float, reach: int) -> list[tuple[int, int]]:
    """Return (down, right) of each pixel of the line."""
    width, turn = reach + 1, math.radians(angle)
    down, right = width * math.sin(turn), width * math.cos(turn)
    long = math.hypot(down, right)  # as ImageMagick has it: at 30° the last bit decides between two pixels
    return [(math.ceil(i * down / long - 0.5), math.ceil(i * right / long - 0.5)) for i in range(width)]
