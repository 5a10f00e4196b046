"""Our changes of the whole picture against the nearest function of NRTK, kornia and albumentations.

    pip install -r benchmarks/requirements-peers.txt   # an environment of its own
    python benchmarks/peers.py [--side 256] [--seconds 0.5]

One picture at a time where the peer takes one, batches of 8 where it takes batches; process CPU time of
one picture, one thread. Ours is float32 and includes the shell's checks and the rounding to the 8-bit grid,
kornia is float32 without; NRTK and albumentations are uint8 through OpenCV or PIL. "Differs" shows that both
do the same thing: where it was more than a gray level or two the pair was left out (albumentations' contrast
is about another mean).
"""

import argparse
import time
import warnings

import numpy as np
import torch

from durometer.core import Batch, Dice, stress
from durometer.stress import STRESSORS
from results import write

PICTURES, SIGMA = 8, 2.0
NOTE = (
    "Process CPU time of one picture, {side} px, one thread; ratio: ours over the peer's, below 1 is faster. "
    "Ours is float32 in batches of 8 with the shell's checks and the rounding to 8 bits, kornia float32 in "
    "batches of 8, the others uint8 one by one. Differs: the 99th percentile of the difference in gray "
    "levels, away from the edges."
)


def pictures(side):
    """Noise at three scales."""
    generator = np.random.default_rng(side)
    coarse = [generator.random((PICTURES, 3, side // k, side // k), dtype=np.float32) for k in (4, 8, 16)]
    x = sum(torch.nn.functional.interpolate(torch.from_numpy(c), size=(side, side)) for c in coarse) / 3
    return x.mul(255).round().div(255)


def ours(name, values, x):
    stressor = STRESSORS.make(name, values)
    batch = Batch(tuple(f"p{i}" for i in range(len(x))), x, (0,) * len(x))
    dice = Dice(0, name, stressor.version, batch.ids)
    return lambda: stress(stressor, batch, dice).x


def one_by_one(function, x):
    """A function of one (H, W, 3) uint8 picture, over all of them."""
    images = [np.ascontiguousarray(p.mul(255).round().byte().permute(1, 2, 0).numpy()) for p in x]
    return lambda: torch.from_numpy(np.stack([function(image) for image in images])).permute(0, 3, 1, 2) / 255


def nrtk(x):
    from nrtk.impls.perturb_image.photometric.blur import GaussianBlurPerturber
    from nrtk.impls.perturb_image.photometric.enhance import ColorPerturber, ContrastPerturber

    # OpenCV's sigma of a kernel size: 0.3 * ((size - 1) / 2 - 1) + 0.8
    blur = GaussianBlurPerturber(ksize=2 * round((SIGMA - 0.8) / 0.3 + 1) + 1)
    made = {"blur": blur, "contrast": ContrastPerturber(factor=0.5), "gray": ColorPerturber(factor=0.0)}
    return {name: one_by_one(lambda image, p=p: p.perturb(image=image)[0], x) for name, p in made.items()}


def albumentations(x):
    import albumentations as a
    import cv2

    side = x.shape[-1]
    cv2.setNumThreads(1)
    step, reflect = round(0.1 * side), cv2.BORDER_REFLECT
    made = {
        "blur": a.GaussianBlur(blur_limit=(13, 13), sigma_limit=(SIGMA, SIGMA), p=1),
        "gray": a.ToGray(p=1),
        "flip": a.HorizontalFlip(p=1),
        "rotate": a.Rotate((15, 15), border_mode=reflect, p=1),
        "zoom": a.Affine(scale=1.25, border_mode=reflect, p=1),
        "shift": a.Affine(translate_px={"x": (step, step), "y": (0, 0)}, border_mode=reflect, p=1),
    }
    return {name: one_by_one(lambda image, t=t: t(image=image)["image"], x) for name, t in made.items()}


def kornia(x):
    from kornia import enhance, filters, geometry

    n, step = len(x), round(0.1 * x.shape[-1])
    angle, factor = torch.full((n,), 15.0), torch.full((n,), 1.25)
    across = torch.tensor([[float(step), 0.0]] * n)
    move = {"padding_mode": "reflection"}
    return {
        "blur": lambda: filters.gaussian_blur2d(x, (13, 13), (SIGMA, SIGMA)),
        "contrast": lambda: enhance.adjust_contrast_with_mean_subtraction(x, 0.5),
        "gray": lambda: _rgb_to_gray(x),
        "flip": lambda: geometry.transform.hflip(x),
        "rotate": lambda: geometry.transform.rotate(x, angle, **move),
        "zoom": lambda: geometry.transform.scale(x, factor, **move),
        "shift": lambda: geometry.transform.translate(x, across, **move),
    }


def _rgb_to_gray(x):
    from kornia.color import rgb_to_grayscale

    return rgb_to_grayscale(x).expand(-1, 3, -1, -1)


def milliseconds(work, seconds):
    """Return the CPU time of one picture: the fastest of five spans, for the machine may be busy."""
    work()
    spans = []
    for _ in range(5):
        start, turns = time.process_time(), 0
        while time.process_time() - start < seconds / 5:
            work()
            turns += 1
        spans.append((time.process_time() - start) / turns)
    return 1000 * min(spans) / PICTURES


def differs(one, other):
    rim = max(1, round(0.2 * one.shape[-1]))
    apart = (one - other)[..., rim:-rim, rim:-rim].abs().mul(255).flatten()
    return round(float(np.quantile(apart.numpy(), 0.99)), 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    x = pictures(options.side)
    own = {
        "blur": ("blur", {"sigma": SIGMA / options.side}), "contrast": ("contrast", {"factor": 0.5}),
        "gray": ("gray", {}), "flip": ("flip", {}), "rotate": ("rotate", {"degrees": 15, "toward": "left"}),
        "zoom": ("zoom", {"factor": 1.25}), "shift": ("shift", {"share": 0.1, "toward": "right"}),
    }  # fmt: skip
    table = []
    for name, given in own.items():
        mine = ours(*given, x)
        row = {"change": name, "ours, ms": round(milliseconds(mine, options.seconds), 3)}
        for peer, made in (("NRTK", nrtk(x)), ("kornia", kornia(x)), ("albumentations", albumentations(x))):
            if name in made:
                theirs = milliseconds(made[name], options.seconds)
                row[f"{peer}, ms"], row[f"ratio to {peer}"] = (
                    round(theirs, 3),
                    round(row["ours, ms"] / theirs, 1),
                )
                row[f"differs from {peer}"] = differs(mine(), made[name]())
        table.append(row)
    names = [f"{head}{peer}{tail}" for peer in ("NRTK", "kornia", "albumentations")
             for head, tail in (("", ", ms"), ("ratio to ", ""), ("differs from ", ""))]  # fmt: skip
    table = [
        {"change": r["change"], "ours, ms": r["ours, ms"], **{n: r.get(n, "") for n in names}} for r in table
    ]
    packages = ("nrtk", "kornia", "albumentations", "opencv-python-headless", "pillow")
    write("peers", table, note=NOTE.format(side=options.side), packages=packages)


if __name__ == "__main__":
    main()
