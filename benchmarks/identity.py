"""Identity against pose: whose features follow the object, and whose the place it stands in.

    DUROMETER_TEST_DATA=FOLDER python benchmarks/identity.py

FOLDER holds imagenet/ with masks and imagenet_models/.
"""

import os
from pathlib import Path

import torch

from durometer.data import open_data
from durometer.run.disentanglement import identity_pose_test
from results import write
from shape import models

NOTE = (
    "Identity first: how often the answers to a swapped object (cosine) are closer to the picture that the "
    "object comes from than to the picture it stands in, with the 95 % interval; the other columns are mean "
    "similarities. Photos without a mask, and swaps that would leave the canvas, are left out."
)


def main():
    """Write one row a model and background."""
    torch.set_num_threads(1)
    root = Path(os.environ["DUROMETER_TEST_DATA"])
    data = open_data(root / "imagenet", masks=root / "imagenet/masks")
    rows = []
    for name, model in models(root):
        for isolate in (True, False):
            scores = identity_pose_test(model, data, isolate=isolate).scores
            first = scores.identity_first
            rows.append({
                "model": name,
                "before": "plain gray" if isolate else "the background",
                "identity first": f"{first.value:.2f} ({first.low:.2f}–{first.high:.2f})",
                "n": first.n,
                "same identity": f"{scores.identity:.2f}",
                "same pose": f"{scores.pose:.2f}",
                "neither": f"{scores.neither:.2f}",
            })  # fmt: skip
    write("identity", rows, packages=("onnxruntime",), note=NOTE)


if __name__ == "__main__":
    main()
