"""The small networks on digits that attacks are tested on; `benchmarks/digit_networks.py` trained them."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from torch import nn

from durometer.attack.shell import judged
from durometer.core import Batch, Dice, ModelCard, Oracle
from durometer.tasks import Classification

TRAIN = 1297
TASK = Classification(tuple(frozenset({k}) for k in range(10)))


class Small:
    """One of `plain`, `robust` and `masking` as a model."""

    card = ModelCard("small", digest="x", traits=frozenset({"grad", "logits"}))

    def __init__(self, which):
        layers = []
        for inside, outside in ((1, 16), (16, 32), (32, 32)):
            layers += [nn.Conv2d(inside, outside, 3, stride=2, padding=1), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10)).eval().requires_grad_(False)
        self.net.load_state_dict(load_file(Path(__file__).parent / f"networks/{which}.safetensors"))

    def view(self, x):
        return x

    def __call__(self, x):
        return self.net(x)


def digits(n=500):
    """The first n digits that were not trained on: a batch, and their classes."""
    data = load_digits()
    order = torch.from_numpy(np.random.RandomState(0).permutation(len(data.images)))
    small = torch.from_numpy(data.images).float()[order[TRAIN:][:n]][:, None] / 16
    x = F.interpolate(small, size=32, mode="bilinear", align_corners=False).clamp(0, 1)
    y = torch.from_numpy(data.target)[order[TRAIN:][:n]]
    return Batch(tuple(f"digit/{i}" for i in range(n)), x, tuple(frozenset({int(k)}) for k in y)), y


def attack(which, batch, attacking, threat, *, seed=0, batch_size=50):
    """What an attack finds for a network, with its facts; and whether each point survives."""
    oracle = Oracle(which if isinstance(which, Small) else Small(which), TASK, batch_size=batch_size)
    dice = Dice(seed, attacking.name, attacking.version, batch.ids)
    found = judged(attacking, oracle, batch, threat, dice)
    return found, oracle.score(found.x, batch.y) > 0
