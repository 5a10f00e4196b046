"""A small vision transformer (Dosovitskiy et al., 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from durometer.models.zoo.parts import Normalize


class ViT(nn.Module):
    """Square patches, learned places, blocks of attention and a two-layer network, the mean token, one layer.

    Takes (B, 3, side, side) in [0, 1]; returns logits (B, classes).

    Args:
        classes: How many outputs.
        side: Side of the input in pixels.
        patch: Side of a patch, which divides `side`.
        width: Channels of a token.
        depth: How many blocks.
        heads: Attention heads, which divide `width`.
    """

    def __init__(
        self, *, classes: int, side: int = 64, patch: int = 8, width: int = 64, depth: int = 4, heads: int = 4
    ) -> None:
        super().__init__()
        self.embed = nn.Sequential(Normalize(), nn.Conv2d(3, width, patch, stride=patch))
        self.places = nn.Parameter(torch.empty(1, (side // patch) ** 2, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        tokens = self.embed(x).flatten(2).transpose(1, 2) + self.places  # (B, patches, width)
        seen = self.norm(self.blocks(tokens)).mean(dim=1)  # (B, width)
        logits: Tensor = self.head(seen)  # (B, classes)
        return logits


class Block(nn.Module):
    """Attention, then a network of two layers, each after a norm and beside a shortcut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mix = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.mix = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (B, T, width)."""
        x = x + self.project(self._attend(self.norm_attention(x)))
        mixed: Tensor = x + self.mix(self.norm_mix(x))
        return mixed

    def _attend(self, x: Tensor) -> Tensor:
        b, t, width = x.shape
        split = self.query_key_value(x).view(b, t, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (B, heads, T, width / heads)
        return F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(b, t, width)
