"""What edits promise of size, place and the object's pixels, on 400 random masks, some in several parts."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import Batch, Dice, stress
from durometer.stress import STRESSORS

SIDE = 256
BACKGROUNDS = (
    ("null-edit", {}), ("random-background", {}), ("texture-background", {}), ("only-foreground", {}),
    ("background-complexity", {"factor": 0.5}), ("background-complexity", {"factor": 2.0}),
)  # fmt: skip


def shapes(n, seed):
    """One to three ellipses, soft-edged in every fourth mask, covering 1 to 25 % of the canvas."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    masks = np.zeros((n, SIDE, SIDE), np.float32)
    for i in range(n):
        for _ in range(1 + i % 3):
            radius, ratio = rng.uniform(15, 50), rng.uniform(0.4, 1)
            (cx, cy), turn = rng.uniform(0.3, 0.7, 2) * SIDE, rng.uniform(0, math.pi)
            u = (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
            v = (y - cy) * math.cos(turn) - (x - cx) * math.sin(turn)
            masks[i][(u / radius) ** 2 + (v / radius / ratio) ** 2 < 1] = 1
        if i % 4 == 3:
            masks[i] = ndimage.gaussian_filter(masks[i], 1.5)
    return masks


def pictures(n, rng):
    """Grainy clouds on the 8-bit grid, neither flat nor as busy as can be."""
    noise = rng.normal(size=(n, 3, SIDE, SIDE))
    levels = 0.5 + 1.2 * ndimage.gaussian_filter(noise, (0, 0, 4, 4)) + 0.03 * noise
    return torch.from_numpy(np.round(levels.clip(0, 1) * 255).astype(np.float32) / 255)


def batches(n, seed, size=20):
    masks = shapes(n, seed)
    rng = np.random.default_rng(seed + 1)
    for start in range(0, n, size):
        mask = torch.from_numpy(masks[start : start + size])[:, None]
        x, donor = pictures(len(mask), rng), pictures(len(mask), rng)
        ids = tuple(f"m{start + k}" for k in range(len(mask)))
        yield Batch(
            ids, x, (frozenset({0}),) * len(mask), {"mask": mask, "filled": donor.flip(-1), "donor": donor}
        )


def edit(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(2, stressor.name, stressor.version, batch.ids))


def centroid(mask):
    return np.array(ndimage.center_of_mass(mask.numpy().astype(np.float64)))


def check_size(n, share):
    """Return how many were resized; each must be within 0.1 points of what was asked."""
    kept = 0
    for batch in batches(n, 3):
        done = edit("size", batch, share=share)
        achieved = done.aux["mask"].double().mean(dim=(1, 2, 3)).numpy()
        edited = [i for i in range(len(batch)) if i not in done.refused]
        assert np.abs(achieved[edited] - share).max(initial=0) < 0.001
        kept += len(edited)
    return kept


def check_direction(n):
    """Return how many were turned; no centroid may move by half a pixel."""
    kept = 0
    for batch in batches(n, 4):
        done = edit("direction", batch)
        for i in set(range(len(batch))) - set(done.refused):
            # what the canvas cuts off takes the centroid along; the edit says so
            whole = done.facts["off_canvas"][i] == 0
            moved = np.hypot(*(centroid(done.aux["mask"][i, 0]) - centroid(batch.aux["mask"][i, 0])))
            assert not whole or moved < 0.5
            kept += whole
    return kept


def check_backgrounds(n):
    """Return how many pixels of objects were compared; none may differ by a bit."""
    compared = 0
    for batch in batches(n, 5, size=10):
        inside = (batch.aux["mask"] == 1).expand_as(batch.x)
        outside = (batch.aux["mask"] == 0).expand_as(batch.x)
        for name, values in BACKGROUNDS:
            done = edit(name, batch, **values)
            kept = [i for i in range(len(batch)) if i not in done.refused]
            assert kept
            assert torch.equal(done.x[kept][inside[kept]], batch.x[kept][inside[kept]]), name
            assert not torch.equal(done.x[kept][outside[kept]], batch.x[kept][outside[kept]]), name
            compared += int(inside[kept].sum())
    return compared


def test_size_is_met_and_direction_stays_on_some_masks():
    assert check_size(12, 0.05) > 9
    assert check_direction(12) > 6


def test_object_pixels_survive_every_background_on_some_masks():
    assert check_backgrounds(3) > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.08, 0.1])
def test_property_size_is_met_within_a_tenth_of_a_point(share):
    assert check_size(400, share) > 300


@pytest.mark.slow
def test_property_direction_moves_no_centroid_by_half_a_pixel():
    assert check_direction(400) > 300


@pytest.mark.slow
def test_property_object_pixels_survive_every_background():
    assert check_backgrounds(400) > 1_000_000
