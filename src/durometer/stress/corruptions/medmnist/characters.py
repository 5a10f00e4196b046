"""Words written on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from durometer.core import Dice
from durometer.stress.corruptions.corruption import Drawn
from durometer.stress.corruptions.medmnist.letters import ALPHABET, word
from durometer.stress.corruptions.medmnist.medical import Medical, Profile, at

FEWEST = 3
"""Letters of a word, at least."""
EDGE, STEP = 10, 8
"""Pixels kept free at the edges, and reckoned for each letter."""
SMALLEST = 14
"""Of the font, in hundredths of its size."""
MOST_WORDS, MOST_LETTERS = 6, 10


@dataclass(frozen=True)
class MedicalCharacters(Medical):
    """Write words of random letters in random colors. The constants: words, letters and scale, at most.

    The letters are lines of our own (`letters.py`), as large and as long as those of OpenCV's Hershey font
    that the published code writes with, not the same. Pictures too narrow for the longest word are refused.
    """

    profile: Profile = "dermamnist"

    name: ClassVar[str] = "medmnist-characters"

    def between(self, shares: Sequence[float]) -> Any:
        words, letters, scale = super().between(shares)
        return int(words), int(letters), scale

    def lacks(self, height: int, width: int, constants: Any) -> str:
        _, letters, _ = constants
        high, wide = 2 * EDGE, EDGE + STEP * letters
        if height >= high and width >= wide:
            return ""
        return f"a word of {letters} letters needs {high} × {wide} pixels, and there are {height} × {width}"

    def draws(self, height: int, width: int, dice: Dice) -> Drawn:
        return {
            "number": dice.uniform("number"),
            "words": dice.uniform("words", (MOST_WORDS, 4)),
            "colors": dice.integers("colors", 0, 256, (MOST_WORDS, 3)),
            "letters": dice.integers("letters", 0, len(ALPHABET), (MOST_WORDS, MOST_LETTERS)),
        }

    def changed(self, x: Tensor, drawn: Drawn, constants: Any) -> Tensor:
        (words, letters, scale), (height, width) = constants, x.shape[-2:]
        for k in range(at(float(drawn["number"][0]), 1, words)):
            length, size, across, down = drawn["words"][0, k].tolist()
            count = at(length, FEWEST, letters)
            text = "".join(ALPHABET[i] for i in drawn["letters"][0, k, :count].tolist())
            start = at(across, EDGE, width - STEP * count), at(down, EDGE, height - EDGE)
            drops = word(text, at(size, SMALLEST, int(100 * scale)) / 100, start, (height, width)).to(x)
            x = torch.lerp(x, drawn["colors"][0, k].to(x)[None, :, None, None] / 255, drops)
        return x
