"""ImageNet-E's own way to size, position and direction, against a second telling of it with OpenCV."""

import math

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from durometer.core import Batch, Dice, stress
from durometer.stress import STRESSORS
from durometer.stress.attributes.published.loose import Corner, box_and_rate
from durometer.stress.attributes.published.size import crop_of

SIDE = 256
SHARES = (0.05, 0.08, 0.1)
MET = {0.05: (0.034, 0.066), 0.08: (0.063, 0.097), 0.1: (0.084, 0.117)}
"""What 400 random ellipses came to under the toolkit's rule, and a fifth of a point to each side."""


def ellipses(n, seed, *, parts=1, low=0.03, high=0.3):
    """Masks of one or two turned ellipses, somewhere near the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    masks = []
    for _ in range(n):
        mask = np.zeros((SIDE, SIDE), bool)
        for part in range(parts):
            radius = math.sqrt(rng.uniform(low, high) * SIDE**2 / math.pi) / (1 + 2 * part)
            ratio, turn = rng.uniform(0.5, 1), rng.uniform(0, math.pi)
            cx, cy = rng.uniform(0.3, 0.7, 2) * SIDE
            u = (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
            v = (y - cy) * math.cos(turn) - (x - cx) * math.sin(turn)
            mask |= (u / radius) ** 2 + (v / radius / ratio) ** 2 < 1
        masks.append(mask)
    return np.stack(masks)


def batch_of(masks, *, prefix="m"):
    n, height, width = masks.shape
    rng = np.random.default_rng(5)
    x = torch.from_numpy(rng.integers(0, 256, (1, 3, height, width)).astype(np.float32) / 255).expand(
        n, -1, -1, -1
    )
    mask = torch.from_numpy(masks.astype(np.float32))[:, None]
    filled = torch.full_like(x, 0.2)
    ids = tuple(f"{prefix}{i}" for i in range(n))
    return Batch(ids, x.contiguous(), (frozenset({0}),) * n, {"mask": mask, "filled": filled})


def edit(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(1, stressor.name, stressor.version, batch.ids))


def largest(mask):
    """The largest bounding box of a contour, and the share of the canvas that is mask inside it."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    x, y, w, h = max((cv2.boundingRect(c) for c in contours), key=lambda b: b[2] * b[3])
    return (x, y, w, h), mask[y : y + h, x : x + w].sum() / mask.size


def retold(mask, share):
    """The loop told a second time: pad or crop the whole mask and resize it back, until the share is near."""
    values = mask.astype(np.uint8) * 255
    (x, y, w, h), rate = largest(values > 127)
    rounds = 0
    while math.floor(rate * 100) != share * 100 and abs(rate - share) > 0.015 and rounds < 50:
        step = math.sqrt(share / rate)
        side, right, down = int(SIDE / step), x + w / 2, y + h / 2
        if step < 1:
            wide = np.zeros((side, side), np.uint8)
            left, top = int(right * (1 / step - 1)), int(down * (1 / step - 1))
            wide[top : top + SIDE, left : left + SIDE] = values
            values = cv2.resize(wide, (SIDE, SIDE))
        else:
            left, top = int(right * (1 - 1 / step)), int(down * (1 - 1 / step))
            values = cv2.resize(values[top : top + side, left : left + side], (SIDE, SIDE))
        (x, y, w, h), rate = largest(values > 127)
        rounds += 1
    return rate, rounds


@pytest.mark.parametrize("share", SHARES)
def test_differential_the_loop_agrees_with_its_second_telling(share):
    masks = ellipses(8, 3)
    done = edit("published-size", batch_of(masks), share=share)
    assert not done.refused
    for i, mask in enumerate(masks):
        rate, rounds = retold(mask, share)
        ours = largest(done.aux["mask"][i, 0].numpy() > 0.5)[1]
        assert abs(ours - rate) < 0.002
        assert (done.facts["scale"][i] == 1) == (rounds == 0)
        low, high = MET[share]
        assert low < ours < high


def test_oracle_a_second_part_is_not_counted():
    # A: 60² / 256² = 0.0549 and in its box alone; B: 20², apart. 0.0549 is within 0.015 of 0.05.
    masks = np.zeros((1, SIDE, SIDE), bool)
    masks[0, 100:160, 90:150] = masks[0, 60:80, 60:80] = True
    box, rate = box_and_rate(masks[0])
    assert box == Corner(90, 100, 60, 60)
    assert rate == 3600 / SIDE**2
    batch = batch_of(masks)
    assert edit("published-size", batch, share=0.05).facts["scale"] == (1.0,)
    # 0.1: the sides grow by √(0.1 / 0.0549) = 1.3493, A to 80.95, about A's center (120, 130)
    grown = edit("published-size", batch, share=0.1)
    scale = math.sqrt(0.1 / (3600 / SIDE**2))
    assert grown.facts["scale"][0] == pytest.approx(scale, abs=1e-4)
    (x, y, w, h), rate = largest(grown.aux["mask"][0, 0].numpy() > 0.5)
    assert (x + w / 2, y + h / 2) == (pytest.approx(120, abs=1), pytest.approx(130, abs=1))
    assert w == pytest.approx(60 * scale, abs=1.1)
    assert h == pytest.approx(60 * scale, abs=1.1)
    # the exact size counts both parts: the same picture ends at 0.1 in all
    exact = edit("size", batch, share=0.1)
    assert float(exact.aux["mask"].mean()) == pytest.approx(0.1, abs=0.001)
    assert float(grown.aux["mask"].mean()) > 0.105


def test_differential_boxes_are_those_of_the_contours():
    for mask in ellipses(12, 9, parts=2, low=0.02, high=0.1):
        (x, y, w, h), rate = largest(mask)
        assert box_and_rate(mask) == (Corner(x, y, w, h), pytest.approx(rate))


@pytest.mark.parametrize(
    ("box", "crop"),
    [
        # tall: 60/256·120 = 28.1 wanted; middle 80, first 80 − 28.1·80/256 = 71.2: inside the box, so the box
        ((50, 30, 60, 120), (50, 30, 110, 150)),
        # 40/256·240 = 37.5; middle 40, first 40 − 37.5·40/256 = 34.1, end 71.6: beyond the box's 60
        ((20, 8, 40, 240), (20, 8, 71, 248)),
        # wide: 30/256·200 = 23.4; middle 215, first 215 − 23.4·215/256 = 195.3: before the box's 200
        ((10, 200, 200, 30), (10, 195, 210, 230)),
        # a square: nothing is wanted beyond it
        ((100, 100, 50, 50), (100, 100, 150, 150)),
    ],
)
def test_oracle_the_crop_of_full_size(box, crop):
    assert crop_of(Corner(*box), SIDE, SIDE) == crop


def test_differential_full_stretches_the_crop_over_the_canvas():
    masks = np.zeros((2, SIDE, SIDE), bool)
    masks[0, 30:150, 50:110] = True  # the crop is the box
    masks[1, 8:248, 20:60] = True  # the crop is wider: see above
    batch = batch_of(masks)
    done = edit("published-size", batch, share="full")
    for i, (left, top, right, bottom) in enumerate([(50, 30, 110, 150), (20, 8, 71, 248)]):
        part = masks[i, top:bottom, left:right].astype(np.float32)
        alpha = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        assert np.allclose(done.aux["mask"][i, 0].numpy(), alpha, atol=1e-3)
        pixels = batch.x[i].permute(1, 2, 0).numpy()[top:bottom, left:right] * part[..., None]
        seen = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) + (1 - alpha[..., None]) * 0.2
        assert np.allclose(done.x[i].permute(1, 2, 0).numpy(), seen, atol=1.5 / 255)
    assert float(done.aux["mask"][0].mean()) == 1.0  # 60 × 120 became 256 × 256: the aspect is gone


def test_position_comes_on_top_of_the_size_and_keeps_one_part():
    masks = np.zeros((1, SIDE, SIDE), bool)
    masks[0, 100:180, 90:190] = masks[0, 10:30, 10:30] = True
    batch = batch_of(masks)
    small = edit("published-size", batch, share=0.05)
    moved = edit("published-position", batch)
    assert moved.facts["scale"] == small.facts["scale"]
    (_, _, w, h), rate = largest(small.aux["mask"][0, 0].numpy() > 0.5)
    (_, _, moved_w, moved_h), moved_rate = largest(moved.aux["mask"][0, 0].numpy() > 0.5)
    assert (moved_w, moved_h, moved_rate) == (w, h, rate)
    parts = ndimage.label(moved.aux["mask"][0, 0].numpy() > 0.5)[1]
    assert parts == 1  # the small square is lost
    assert ndimage.label(small.aux["mask"][0, 0].numpy() > 0.5)[1] == 2


def test_simulation_every_place_where_the_box_fits_is_as_likely():
    masks = np.zeros((300, 32, 32), bool)
    masks[:, 12:19, 12:20] = True  # 56 of 1024: 0.0547, left as it is
    batch = batch_of(masks, prefix="place")
    done = edit("published-position", batch)
    assert set(done.facts["scale"]) == {1.0}
    corners = [largest(m.numpy() > 0.5)[0][:2] for m in done.aux["mask"][:, 0]]
    right, down = (np.array(v) for v in zip(*corners, strict=True))
    assert (right.min(), right.max(), down.min(), down.max()) == (0, 24, 0, 25)
    # bins of 5 × 25 places and 2 × 13: every one with the same chance
    assert stats.chisquare(np.bincount(right // 5)).pvalue > 0.001
    assert stats.chisquare(np.bincount(down // 13)).pvalue > 0.001
    # the same dice as the isolated edit
    u = Dice(1, "position", 1, batch.ids).uniform("place", (2,)).numpy()
    assert np.array_equal(right, np.floor(u[:, 0] * 25))


def centroid(mask):
    return np.array(ndimage.center_of_mass(mask)[::-1]) + 0.5


def test_oracle_the_turn_is_about_the_center_of_the_image():
    masks = ellipses(12, 7, high=0.1)
    batch = batch_of(masks)
    turned, alone = edit("published-direction", batch), edit("direction", batch)
    assert turned.facts["angle"] == alone.facts["angle"]
    moves, still = [], []
    for i, mask in enumerate(masks):
        angle = math.radians(turned.facts["angle"][i])
        before, after = centroid(mask), centroid(turned.aux["mask"][i, 0].numpy())
        dx, dy = before - SIDE / 2
        cos, sin = math.cos(angle), math.sin(angle)
        expected = np.array([dx * cos + dy * sin, dy * cos - dx * sin])
        assert np.hypot(*(after - SIDE / 2 - expected)) < 0.5
        moves.append(np.hypot(*(after - before)))
        still.append(np.hypot(*(centroid(alone.aux["mask"][i, 0].numpy()) - before)))
    assert max(still) < 0.5
    assert np.mean(moves) > 5  # the published turn is a move as well


def test_oracle_full_size_touches_the_frame_and_moves_nothing():
    # 40 × 20 about (100, 128): 100 / 20 = 5 to the left, 156 / 20 to the right, 128 / 10 up: the scale is 5
    masks = np.zeros((1, SIDE, SIDE), bool)
    masks[0, 118:138, 80:120] = True
    done = edit("full-size", batch_of(masks))
    assert done.facts["scale"] == (5.0,)
    alpha = done.aux["mask"][0, 0].numpy()
    assert np.abs(centroid(alpha) - (100, 128)).max() < 0.5
    solid = np.argwhere(alpha > 0.5)
    assert tuple(solid.min(0)) == (78, 0)
    assert tuple(solid.max(0)) == (177, 199)
    assert alpha.mean() == pytest.approx(25 * 800 / SIDE**2, abs=0.002)


def test_full_size_and_the_loop_refuse_what_they_can_not_do():
    masks = np.zeros((3, SIDE, SIDE), bool)
    masks[0, 0:60, 100:140] = True  # at the frame
    masks[1, 100:140, 100:140] = True
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - 128
    masks[2] = (np.hypot(x, y) < 64) & (np.hypot(x, y) > 60)  # a ring: it leaves the canvas on all sides
    batch = batch_of(masks)
    assert list(edit("full-size", batch).refused) == [0]
    assert "reaches the frame already" in edit("full-size", batch).refused[0]
    refused = edit("published-size", batch, share=0.5).refused
    assert "does not reach this size" in refused[2]
    faint = batch.but(aux={**batch.aux, "mask": batch.aux["mask"] * 0.4})
    assert "no pixel is object by more than a half" in edit("published-size", faint).refused[1]
    assert "no pixel is object by more than a half" in edit("published-position", faint).refused[1]


def test_a_turn_that_takes_the_object_away_is_refused():
    masks = np.zeros((40, 64, 256), bool)
    masks[:, 20:44, 1:11] = True  # 117 px beside the center, and only 32 px of height
    done = edit("published-direction", batch_of(masks), within=90.0)
    assert "takes all of the object off the canvas" in set(done.refused.values()).pop()
    assert 0 < len(done.refused) < 40
