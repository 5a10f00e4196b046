"""Pictures with objects that were made without any code under test."""

from functools import cache

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import Batch
from durometer.ops.fill import fill


def texture(height, width, generator):
    fine = ndimage.gaussian_filter(generator.random((3, height, width)), (0, 1.5, 1.5))
    return ((fine - fine.min()) / np.ptp(fine)).astype(np.float32)


def ellipse(height, width, generator, share):
    """A turned ellipse with a bump, in the middle half of the canvas, covering about this share."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    ratio, turn = generator.uniform(1.2, 1.8), generator.uniform(0, np.pi)
    radius = np.sqrt(share * height * width / np.pi)
    y, x = height * generator.uniform(0.4, 0.6), width * generator.uniform(0.4, 0.6)
    u = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    v = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
    long, short = radius * np.sqrt(ratio), radius / np.sqrt(ratio)
    bump = np.hypot(u - 0.8 * long, v) < 0.5 * short
    return (((u / long) ** 2 + (v / short) ** 2 < 1) | bump).astype(np.float32)


@cache
def make(n, height, width, *, share=0.12, seed=0):
    """A batch of n pictures with mask, filled background and donor."""
    x, mask, donor, premade = [], [], [], []
    for i in range(n):
        generator = np.random.default_rng((seed, i))
        background, skin = texture(height, width, generator), texture(height, width, generator)
        shape = ellipse(height, width, generator, share)
        x.append(np.where(shape > 0, 0.5 * skin + 0.5 * skin[::-1], background))
        mask.append(shape[None])
        donor.append(texture(height, width, generator))
        premade.append(texture(height, width, generator))
    x, mask, donor, premade = (torch.from_numpy(np.stack(t)) for t in (x, mask, donor, premade))
    x = x.mul(255).round().div(255)
    aux = {"mask": mask, "filled": fill(x, mask), "donor": donor, "premade": premade}
    aux |= {"reference": x.roll(1, 0).flip(-1), "reference_mask": mask.roll(1, 0).flip(-1)}
    return Batch(tuple(f"sample-{i}" for i in range(n)), x, (frozenset({0}),) * n, aux)


@pytest.fixture(scope="session")
def make_batch():
    return make


@pytest.fixture(scope="session")
def wide():
    """Seven pictures of odd shape."""
    return make(7, 61, 83)


@pytest.fixture(scope="session")
def canvas():
    """Four pictures of 256 × 256."""
    return make(4, 256, 256)
