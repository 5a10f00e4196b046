"""A toy pair: a small convolutional network beside a bag of words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from durometer.models.zoo.cnn import CNN

WORD = re.compile(r"[a-z]+")


class Towers(nn.Module):
    """Two towers into one space: a CNN for pictures; for texts the mean of word vectors and two layers.

    The order of words does not matter to it, and words that it was not taught share one vector.

    Args:
        words: What it was taught to read, lower case.
        widths: Channels of the CNN's stages.
        letters: Length of a word vector.
        hidden: Width of the text tower's hidden layer.
        width: D, the length of a feature.
    """

    def __init__(
        self,
        *,
        words: Sequence[str],
        widths: tuple[int, ...] = (32, 48, 64, 64),
        letters: int = 32,
        hidden: int = 64,
        width: int = 32,
    ) -> None:
        super().__init__()
        self.words = {word: i + 1 for i, word in enumerate(words)}  # 0: any other word
        self.image = CNN(classes=width, widths=tuple(widths))
        self.vectors = nn.Embedding(len(self.words) + 1, letters)
        self.text = nn.Sequential(nn.Linear(letters, hidden), nn.ReLU(), nn.Linear(hidden, width))

    def image_features(self, x: Tensor, /) -> Tensor:
        """Return (B, width) for pictures (B, 3, H, W) in [0, 1]."""
        found: Tensor = self.image(x)
        return found

    def text_features(self, texts: Sequence[str], /) -> Tensor:
        """Return (T, width); a text without words is read as one unknown word."""
        rows = [[self.words.get(w, 0) for w in WORD.findall(t.lower())] or [0] for t in texts]
        # one text at a time: the sum of a row must not depend on how many words the longest text has
        means = torch.stack([self._vectors(row).mean(dim=0) for row in rows])
        found: Tensor = self.text(means)
        return found

    def _vectors(self, row: list[int]) -> Tensor:
        found: Tensor = self.vectors(torch.tensor(row, device=self.vectors.weight.device))
        return found


def contrastive(images: Tensor, texts: Tensor, scale: Tensor) -> Tensor:
    """Return the mean cross-entropy of finding each picture's text and each text's picture in a batch.

    Args:
        images: (B, D) of unit length.
        texts: (B, D) likewise; row i belongs to picture i.
        scale: What cosines are multiplied by.

    Source: (Radford et al., 2021).
    """
    logits = scale * images @ texts.T
    own = torch.arange(len(logits), device=logits.device)
    cross = nn.functional.cross_entropy
    return (cross(logits, own) + cross(logits.T, own)) / 2
