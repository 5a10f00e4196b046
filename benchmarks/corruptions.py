"""The corruptions of ImageNet-C against those of other packages: images per CPU second of one thread.

    pip install -r benchmarks/requirements-peers.txt   # an environment of its own
    pip install "setuptools<81" numba scikit-image git+https://github.com/bethgelab/imagecorruptions
    python benchmarks/corruptions.py [--rounds 5] [--severity 3] [--only fog …]

Batches of 16 at 224 px and of 128 at 32 px. Ours and kornia take the batch (float32), the others one picture
after the other (uint8). Ours is timed with its shell: random numbers of each sample's own, checks, rounding to
8 bits. Rounds are interleaved, so that a busy machine disturbs all alike, and their median is shown.

A peer's figure counts only where its result agrees with ours, which the tests hold to the published formula:
without randomness 99.9 % of values within one gray level; with it, the change's mean and root mean square, over
pictures, within three standard errors and 5 %.
"""

import argparse
import statistics
import time
import warnings

import numpy as np
import torch

from durometer.core import Batch, Dice, stress
from durometer.stress import STRESSORS
from results import write

NAMES = {
    "gaussian-noise": "gaussian_noise", "shot-noise": "shot_noise", "impulse-noise": "impulse_noise",
    "defocus-blur": "defocus_blur", "glass-blur": "glass_blur", "motion-blur": "motion_blur",
    "zoom-blur": "zoom_blur", "snow": "snow", "frost": "frost", "fog": "fog", "brightness": "brightness",
    "low-contrast": "contrast", "elastic-transform": "elastic_transform", "pixelate": "pixelate",
    "jpeg-compression": "jpeg_compression", "speckle-noise": "speckle_noise",
    "gaussian-blur": "gaussian_blur", "spatter": "spatter", "saturate": "saturate",
}  # fmt: skip
FIFTEEN = tuple(NAMES)[:15]
FIXED = {"defocus-blur", "zoom-blur", "brightness", "low-contrast", "pixelate", "jpeg-compression",
         "gaussian-blur", "saturate"}  # fmt: skip
OTHERWISE = {
    ("imagecorruptions", "elastic-transform"): "other formula: its field is scaled otherwise",
    ("imagecorruptions", "frost"): "its frosts are photographs",
}
SIZES = ((224, 16), (32, 128))


def pictures(side, count):
    """Noise at three scales, on the 8-bit grid."""
    generator = np.random.default_rng(side)
    parts = [generator.random((count, 3, side // k, side // k), dtype=np.float32) for k in (1, 4, 16)]
    grown = [torch.nn.functional.interpolate(torch.from_numpy(p), size=(side, side), mode="bilinear") for p in parts]
    return sum(grown).div(3).mul(255).round().div(255)


def ours(name, severity, x):
    stressor = STRESSORS.make(name, {"severity": severity})
    batch = Batch(tuple(f"p{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))
    dice = Dice(0, name, stressor.version, batch.ids)
    return lambda: stress(stressor, batch, dice).x


def one_by_one(function, x):
    """A function of one (H, W, 3) uint8 picture, over all of them."""
    images = [np.ascontiguousarray(p.mul(255).round().byte().permute(1, 2, 0).numpy()) for p in x]
    return lambda: [function(image) for image in images]


def imagecorruptions(name, severity, constant, x):
    from imagecorruptions import corrupt

    return one_by_one(lambda image: corrupt(image, corruption_name=NAMES[name], severity=severity), x)


def kornia(name, severity, constant, x):
    from kornia import augmentation, filters

    reach = int(4 * constant + 0.5) if name == "gaussian-blur" else 0
    made = {
        "gaussian-noise": lambda: augmentation.RandomGaussianNoise(std=constant, p=1.0)(x).clamp(0, 1),
        "gaussian-blur": lambda: filters.gaussian_blur2d(x, (2 * reach + 1,) * 2, (constant,) * 2, "replicate"),
    }
    return made.get(name)


def albumentations(name, severity, constant, x):
    import albumentations as a

    made = {
        "gaussian-noise": lambda c: a.GaussNoise(std_range=(c, c), p=1),
        "jpeg-compression": lambda c: a.ImageCompression(quality_range=(c, c), p=1),
        "gaussian-blur": lambda c: a.GaussianBlur(blur_limit=(8 * int(c) + 1,) * 2, sigma_limit=(c, c), p=1),
    }
    if name not in made:
        return None
    change = made[name](constant)
    return one_by_one(lambda image: change(image=image)["image"], x)


PEERS = {"imagecorruptions": imagecorruptions, "kornia": kornia, "albumentations": albumentations}


def as_tensor(result):
    """(B, 3, H, W) in gray levels, of a batch or of a list of (H, W, 3) uint8."""
    if isinstance(result, torch.Tensor):
        return result.double().mul(255)
    return torch.from_numpy(np.stack(result)).permute(0, 3, 1, 2).double()


def disagrees(name, peer, x, mine, theirs):
    """Say how a peer's result differs from ours, or nothing."""
    if reason := OTHERWISE.get((peer, name)):
        return reason
    if name in FIXED:
        near = ((mine - theirs).abs() <= 1.001).double().mean().item()
        return "" if near >= 0.999 else f"{100 * (1 - near):.1f} % of values off by more than a level"
    for what, of in (("mean", lambda d: d.mean((1, 2, 3))), ("rms", lambda d: d.square().mean((1, 2, 3)).sqrt())):
        a, b = (of(result - x.double() * 255) for result in (mine, theirs))
        slack = 3 * ((a.var() + b.var()) / len(a)).sqrt() + 0.05 * a.abs().mean() + 0.5
        if (a.mean() - b.mean()).abs() > slack:
            return f"{what} of the change {b.mean():.1f} levels, not {a.mean():.1f}"
    return ""


def seconds(works, rounds):
    """Return the median CPU time of each work, rounds interleaved; each runs once before."""
    spans = {who: [] for who in works}
    for _ in range(rounds):
        for who, work in works.items():
            start = time.process_time()
            work()
            spans[who].append(time.process_time() - start)
    return {who: statistics.median(taken) for who, taken in spans.items()}


def compared(name, severity, side, count, rounds):
    """Return the row of one corruption at one size, milliseconds a picture, and what doesn't agree."""
    x = pictures(side, count)
    constant = STRESSORS.make(name, {"severity": severity}).constants
    works, apart = {"ours": ours(name, severity, x)}, {}
    mine = as_tensor(works["ours"]())
    for peer, made in PEERS.items():
        try:
            work = made(name, severity, constant, x)
            if work is None:
                continue
            theirs = as_tensor(work())
        except Exception as problem:  # noqa: BLE001 whatever keeps a peer from running is what there is to say
            apart[peer] = f"does not run: {type(problem).__name__}"
            continue
        works[peer] = work
        if reason := disagrees(name, peer, x, mine, theirs):
            apart[peer] = reason
    taken = {who: 1000 * s / count for who, s in seconds(works, rounds).items()}
    return taken, apart


def row(name, side, taken, apart):
    cells = {"corruption": name, "px": side, "ours, images/s": f"{1000 / taken['ours']:,.0f}"}
    for peer in PEERS:
        cells[f"{peer}, images/s"] = f"{1000 / taken[peer]:,.0f}" if peer in taken else ""
        fair = peer in taken and peer not in apart
        cells[f"times {peer}"] = f"{taken[peer] / taken['ours']:.1f}" if fair else ""
    cells["not equivalent"] = "; ".join(f"{peer}: {reason}" for peer, reason in apart.items())
    return cells


def totals(side, every, peer="imagecorruptions"):
    """Return rows of the sum over corruptions of the fifteen, also without those that are not equivalent."""
    ran = [n for n in FIFTEEN if n in every and peer in every[n][0]]
    for title, names in (
        ("the fifteen", ran), ("those that are equivalent", [n for n in ran if peer not in every[n][1]]),
    ):  # fmt: skip
        mine, theirs = (sum(every[n][0][who] for n in names) for who in ("ours", peer))
        if names:
            yield {
                "corruption": f"{title} ({len(names)}), ms a picture", "px": side,
                "ours, images/s": f"{mine:.2f} ms", f"{peer}, images/s": f"{theirs:.2f} ms",
                f"times {peer}": f"{theirs / mine:.1f}",
            }  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--severity", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(NAMES))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    try:
        import cv2

        cv2.setNumThreads(1)
    except ImportError:
        pass
    table = []
    for side, count in SIZES:
        every = {
            n: compared(n, options.severity, side, count, options.rounds) for n in options.only
        }
        table += [row(n, side, *result) for n, result in every.items()]
        table += totals(side, every)
    note = (
        f"Severity {options.severity}; images per CPU second of one thread, the median of {options.rounds} interleaved "
        "rounds; batches of 16 at 224 px, of 128 at 32 px. Ours with random numbers of each sample's own, checks "
        "and rounding to 8 bits. A ratio stands only where the peer's result agrees with ours. "
        "The constants are those of 224 px at both sizes, since imagecorruptions has no others."
    )
    write("corruptions", table, note=note, packages=("imagecorruptions", "kornia", "albumentations", "numba", "pillow"))


if __name__ == "__main__":
    main()
