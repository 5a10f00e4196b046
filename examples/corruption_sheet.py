"""Draw every corruption at every severity on one photograph: the contact sheet of docs/corruptions.md.

python examples/corruption_sheet.py docs/images/corruptions.jpg
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, stress
from durometer.run import suites
from durometer.run.conditions import expand
from durometer.stress import STRESSORS

SIDE, TILE, GAP, MARGIN, HEAD = 224, 112, 2, 118, 18
"""Pixels: of the picture, of a tile, between tiles, left of them and above them."""


def photograph() -> torch.Tensor:
    """Return (3, 224, 224): a pavilion, bundled with scikit-learn (danielbuechele, CC BY 2.0)."""
    whole = Image.fromarray(load_sample_image("china.jpg")).crop((106, 0, 533, 427))
    return torch.from_numpy(np.array(whole.resize((SIDE, SIDE), Image.Resampling.BOX))).permute(2, 0, 1) / 255


def tile(x: torch.Tensor) -> Image.Image:
    """Return a tile of (3, 224, 224)."""
    pixels = x.mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.BOX)


def main(out: Path) -> None:
    x = photograph()
    batch = Batch(("china",), x[None], (frozenset[int](),))
    plans = [one for c in suites.load("imagenet-c").conditions for one in expand(c)]
    names = list(dict.fromkeys(plan.name for plan in plans))
    step = TILE + GAP
    sheet = Image.new("RGB", (MARGIN + 6 * step, HEAD + len(names) * step), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(("clean", *map(str, range(1, 6)))):
        draw.text((MARGIN + column * step + 4, 3), title, fill="black")
    for row, name in enumerate(names):
        top = HEAD + row * step
        draw.text((4, top + TILE // 2 - 6), name, fill="black")
        sheet.paste(tile(x), (MARGIN, top))
        for plan in (p for p in plans if p.name == name):
            made = STRESSORS.make(name, plan.params)
            shown = stress(made, batch, Dice(0, name, made.version, batch.ids))
            sheet.paste(tile(shown.x[0]), (MARGIN + int(plan.params["severity"]) * step, top))
    sheet.save(out, quality=66, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
