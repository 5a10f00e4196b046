"""The pixels of scenes@1, forever: a hash that changes means version 2."""

import hashlib

import pytest

from durometer.data.scenes import SPLITS, Scenes

GOLDEN = {
    "train": ("638538f1e0567a8e", "21f74e0abf079ac8", "941ef95a081655fb"),
    "same": ("af56a41c10e51c7a", "93d16f2bc15c6c75", "3605f09dbb93612f"),
    "uniform-background": ("f4c34779b2fd0024", "9b2a847ad0e4cc3b", "c729ff77a75804b6"),
    "uniform-size": ("1666a643b3357265", "e0043f78efefdde6", "a6fd703b3c6f742b"),
    "uniform-position": ("28072563f5a05eb5", "08efa0d5f456c34d", "4d3e0490d7739747"),
    "uniform-direction": ("dedb1e9c498f8051", "4bad0aa949cec41a", "13cc36d65d865ea3"),
    "uniform-color": ("dac72f21fe3d9955", "2c904744efa5413e", "1f658310b6f4d9a2"),
    "uniform-lighting": ("5ba678d26f54e75b", "276dd61736dc14ea", "178c7e79effc4f39"),
    "uniform": ("e66d8128852226c2", "3de64d49cbd9ca92", "eacb004badcc7333"),
    "five objects": "bbd5f398d673ed68",
    "many": "2fe7896c87042096",
    "seed 7, correlation 0": "5de17ac98e391350",
}


def digest(split, size, n=3, **options):
    """sha256 over pixels and masks of the first scenes."""
    data = Scenes(split=split, n=n, size=size, **options)
    total = hashlib.sha256()
    for i in range(n):
        total.update(data[i].x.numpy().tobytes())
        total.update(
            (data[i].aux["mask"] * 4096).int().numpy().tobytes()
        )  # coverage comes in steps of 1/4096
    return total.hexdigest()[:16]


@pytest.mark.parametrize("split", SPLITS)
def test_golden_pixels_at_three_sizes(split):
    assert tuple(digest(split, size) for size in (32, 64, 128)) == GOLDEN[split]


def test_golden_other_options():
    assert digest("uniform", 64, objects=5) == GOLDEN["five objects"]
    assert digest("uniform", 48, n=300) == GOLDEN["many"]
    assert digest("train", 64, seed=7, correlation=0.0) == GOLDEN["seed 7, correlation 0"]


# The table was printed by:
#   for split in SPLITS: print(split, tuple(digest(split, size) for size in (32, 64, 128)))
