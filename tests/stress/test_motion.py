"""Geometric edits tell where things went: held to a dot painted before the edit and found after it."""

import numpy as np
import pytest
import torch

from durometer.core import Batch, Dice, stress
from durometer.ops.geometry import CAMERA, MOTION, move_boxes, move_masks, move_points, still
from durometer.ops.masks import bounding_box
from durometer.stress import STRESSORS

SIDE = (96, 120)
OF_THE_OBJECT = [
    ("size", {"share": 0.1}), ("size", {"share": 0.03}), ("position", {}), ("position", {"cell": "top-left"}),
    ("direction", {"angle": 37}), ("direction", {"angle": 90}), ("flip-object", {}),
    ("flip-object", {"over": "up-down"}), ("distance", {"times": 1.7, "density": 0}), ("full-size", {}),
    ("published-size", {"share": 0.1}), ("published-size", {"share": "full"}), ("published-position", {}),
    ("published-direction", {}),
]  # fmt: skip
OF_THE_PICTURE = [
    ("flip", {}), ("flip", {"over": "up-down"}), ("rotate", {"degrees": 20}), ("shift", {"share": 0.1}),
    ("zoom", {"factor": 1.2}), ("zoom", {"factor": 0.8}),
]  # fmt: skip


def dots(n=3):
    """Gray pictures with a dark object in the middle and, on it, a bright dot that is not in its middle."""
    rows, columns = np.mgrid[: SIDE[0], : SIDE[1]] + 0.5
    x, mask, at = [], [], []
    for i in range(n):
        cx, cy = 58 + 3 * i, 46 + 2 * i
        inside = ((columns - cx) / 18) ** 2 + ((rows - cy) / 12) ** 2 < 1
        px, py = cx + 5 - i, cy - 3 + i
        dot = np.exp(-((columns - px) ** 2 + (rows - py) ** 2) / (2 * 1.5**2))
        picture = np.where(inside, dot, 0.0)
        x.append(np.stack([picture] * 3))
        mask.append(inside[None].astype(np.float32))
        at.append((np.average(columns, weights=picture), np.average(rows, weights=picture)))
    x, mask = torch.tensor(np.stack(x), dtype=torch.float32), torch.tensor(np.stack(mask))
    aux = {"mask": mask, "filled": torch.zeros_like(x)}
    batch = Batch(tuple(f"d{i}" for i in range(n)), x, (frozenset({0}),) * n, aux)
    return batch, torch.tensor(at, dtype=torch.float64)[:, None]


def bright(x):
    """Where the light is, (B, 1, 2)."""
    rows, columns = np.mgrid[: SIDE[0], : SIDE[1]] + 0.5
    gray = x.mean(dim=1).double().numpy()
    found = [(np.average(columns, weights=g), np.average(rows, weights=g)) for g in gray]
    return torch.tensor(found, dtype=torch.float64)[:, None]


def edited(batch, *steps):
    for name, values in steps:
        stressor = STRESSORS.make(name, values)
        batch = stress(stressor, batch, Dice(3, name, stressor.version, batch.ids))
    assert not batch.refused
    return batch


@pytest.mark.parametrize(("name", "values"), OF_THE_OBJECT + OF_THE_PICTURE)
def test_oracle_the_dot_is_where_the_motion_says(name, values):
    batch, at = dots()
    result = edited(batch, (name, values))
    most = 0.1 * max(1.0, float(result.aux[MOTION][:, :, :2].abs().max()))  # of a pixel as it was
    assert (move_points(at, result.aux[MOTION]) - bright(result.x)).abs().max() < most
    if (name, values) in OF_THE_OBJECT:
        assert result.aux[CAMERA].equal(still(3))  # what is beside the object stays
    else:
        assert result.aux[CAMERA].equal(result.aux[MOTION])


@pytest.mark.parametrize(("name", "values"), OF_THE_OBJECT + OF_THE_PICTURE)
def test_oracle_a_mask_moved_by_the_motion_is_the_mask_that_came_back(name, values):
    batch, _ = dots()
    result = edited(batch, (name, values))
    moved = move_masks(batch.aux["mask"], result.aux[MOTION])
    apart = (moved - result.aux["mask"]).abs()
    assert apart.mean() < 0.006  # shrinking averages in the edit and takes points here: the rim may differ
    if name in ("position", "flip-object", "flip", "shift"):
        assert apart.max() == 0  # whole pixels: to the bit
    # the box around the object, moved, holds the moved object; upright motions keep it tight
    boxes = move_boxes(bounding_box(batch.aux["mask"]).double()[:, None], result.aux[MOTION])[:, 0]
    after = bounding_box(result.aux["mask"]).double()
    assert ((boxes[:, :2] - after[:, :2]) < 1).all()
    assert ((after[:, 2:] - boxes[:, 2:]) < 1).all()
    if name not in ("rotate", "direction", "published-direction"):
        assert (boxes - after).abs().max() < 1


def test_oracle_edits_one_after_the_other():
    batch, at = dots()
    steps = [
        ("size", {"share": 0.03}),
        ("position", {}),
        ("flip", {}),
        ("direction", {"angle": 25, "lose": 1}),
    ]
    result = edited(batch, *steps[:3])
    result = edited(result.but(aux={**result.aux, "filled": torch.zeros_like(result.x)}), steps[3])
    assert (move_points(at, result.aux[MOTION]) - bright(result.x)).abs().max() < 0.1
    flipped = move_points(torch.tensor([[[10.0, 5.0]]] * 3), result.aux[CAMERA])
    assert flipped.tolist() == [[[110.0, 5.0]]] * 3  # of 120: only the flip moved what is beside the object


def test_what_is_refused_is_told_to_stay():
    batch, _ = dots()
    mask = batch.aux["mask"].clone()
    mask[1] = 0
    stressor = STRESSORS.make("position")
    result = stressor(batch.but(aux={**batch.aux, "mask": mask}), Dice(0, "position", 1, batch.ids))
    assert 1 in result.refused
    assert result.aux[MOTION][1].equal(still(1)[0])


@pytest.mark.parametrize("name", ["gray", "blur", "contrast", "null-edit", "random-background"])
def test_edits_that_move_nothing_tell_of_no_motion(name, wide):
    stressor = STRESSORS.make(name)
    result = stress(stressor, wide, Dice(0, name, stressor.version, wide.ids))
    assert MOTION not in result.aux
