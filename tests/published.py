"""The published layout of ImageNet-E in miniature, with a classifier whose answers are known beforehand.

Twenty images of one color: a reddish one is answered 0, a greenish one 1; the labels alternate. In folder
number k of `FOLDERS` the samples 0 to k − 1 have the wrong color; sample 19 has it everywhere but in `rd`.
So the accuracy is 0.95 on the originals and (19 − k) / 20 in folder k, but 10 / 20 in `rd`
(k = 10): the drop of folder k is k / 20, that of `rd` 9 / 20.
"""

import numpy as np
from PIL import Image

FOLDERS = ("rec", "20_smooth", "20_hard", "20_adv", "random_bg", "full", "01", "008", "005", "rp", "rd")
N = 20
DROPS = {folder: k / N for k, folder in enumerate(FOLDERS)} | {"rd": 9 / N}
AVERAGE = (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 9) / N / 10
"""Of the ten without `rec`: 54 / 20 / 10 = 0.27."""
NET = """
import torch

class RedOrGreen(torch.nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))[:, :2] * 50

def net():
    return RedOrGreen()
"""


def wrong(folder, i):
    """Whether sample i has the wrong color in a folder."""
    if folder == "rd":
        return i < 10
    return i == N - 1 or (folder in FOLDERS and i < FOLDERS.index(folder))


def write(root, *, side=256):
    """Write the folder."""
    for folder in ("ori", *FOLDERS):
        (root / folder).mkdir(parents=True)
        ending = "JPEG" if folder in ("ori", "full") else "png"
        for i in range(N):
            pixels = np.full((side, side, 3), 90, np.uint8)
            pixels[..., (i % 2) ^ wrong(folder, i)] = 180
            Image.fromarray(pixels).save(root / folder / f"ILSVRC2012_val_{i:08d}.{ending}", quality=95)
    lines = [f"ILSVRC2012_val_{i:08d}.JPEG\t{i % 2}\n" for i in range(N)]
    (root / "labels.txt").write_text("".join(lines))
    return root
