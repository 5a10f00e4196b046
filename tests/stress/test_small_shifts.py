"""Small shifts: every pixel against numpy, windows that are the same seen elsewhere, motion, refusals."""

import numpy as np
import pytest
import torch

from durometer.core import Dice, PlanError, stress
from durometer.ops.geometry import CAMERA, MOTION, move_masks, move_points
from durometer.run import suites
from durometer.run.conditions import expand, make, with_controls
from durometer.stress import STRESSORS
from durometer.stress.shifts.steps import direction, step

MOVES = [(1, 0), (0, 1), (-1, 1), (3, -8), (-8, -8)]


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids))


@pytest.mark.parametrize(("dx", "dy"), MOVES)
def test_oracle_the_window_is_a_slice_of_the_picture_and_its_mirror(dx, dy, wide):
    moved = show("realistic-shift", wide, dx=dx, dy=dy)
    height, width = wide.x.shape[-2:]
    for got, x in ((moved.x, wide.x), (moved.aux["mask"], wide.aux["mask"])):
        inner = x.numpy()[..., 8 + dy : height - 8 + dy, 8 + dx : width - 8 + dx]
        framed = np.pad(inner, ((0, 0), (0, 0), (8, 8), (8, 8)), mode="symmetric")
        assert np.array_equal(got.numpy(), framed)


@pytest.mark.parametrize("margin", [2, 5, 8])
def test_property_a_moved_window_is_the_window_of_a_moved_picture(margin, make_batch):
    # new content enters: what the window shows after the move lay beyond it before, in the picture itself
    big = make_batch(3, 80, 90)
    dx, dy = margin, -margin
    here, there = (
        big.but(x=big.x[..., 10 + y : 74 + y, 10 + x : 80 + x], aux={}) for x, y in ((0, 0), (dx, dy))
    )
    moved, still = (
        show("realistic-shift", here, dx=dx, dy=dy, margin=margin),
        show("window", there, margin=margin),
    )
    assert torch.equal(moved.x, still.x)
    assert torch.equal(show("realistic-shift", here, dx=0, dy=0).x, show("window", here).x)
    assert not torch.equal(moved.x, show("window", here, margin=margin).x)


def test_property_nothing_beyond_the_window_has_any_influence(wide):
    other = wide.x.clone()
    other[..., :10, :], other[..., :, -7:] = 0, 1  # rows 0 … 9 and the last 7 columns
    for batch in (wide, wide.but(x=other)):
        batch_window = show("realistic-shift", batch, dx=-1, dy=2).x
        assert torch.equal(batch_window, show("realistic-shift", wide, dx=-1, dy=2).x)


@pytest.mark.parametrize(("dx", "dy"), MOVES)
def test_oracle_cyclic_shifts_are_numpy_s_roll(dx, dy, wide):
    moved = show("cyclic-shift", wide, dx=dx, dy=dy)
    assert np.array_equal(moved.x.numpy(), np.roll(wide.x.numpy(), (-dy, -dx), (-2, -1)))
    assert np.array_equal(moved.aux["mask"].numpy(), np.roll(wide.aux["mask"].numpy(), (-dy, -dx), (-2, -1)))
    assert torch.equal(show("cyclic-shift", moved, dx=-dx, dy=-dy).x, wide.x)


@pytest.mark.parametrize("name", ["realistic-shift", "cyclic-shift"])
def test_oracle_the_motion_carries_points_and_masks_along(name, wide):
    # the camera goes 3 right and 2 up: the picture goes 3 left and 2 down
    moved = show(name, wide, dx=3, dy=-2)
    points = torch.tensor([[[30.0, 20.0]]]).repeat(len(wide), 1, 1)
    for entry in (MOTION, CAMERA):
        assert move_points(points, moved.aux[entry])[0, 0].tolist() == [27.0, 22.0]
    carried = move_masks(wide.aux["mask"], moved.aux[MOTION])
    assert torch.equal(carried[..., 8:-8, 8:-8], moved.aux["mask"][..., 8:-8, 8:-8])


def test_errors_and_refusals_say_what_to_do(make_batch):
    with pytest.raises(PlanError, match=r"a shift of \(9, 0\) pixels leaves the margin of 8.*larger margin"):
        STRESSORS.make("realistic-shift", {"dx": 9})
    small = show("realistic-shift", make_batch(2, 40, 31))
    assert small.refused[1] == "a margin of 8 pixels leaves less than half of 31; choose a smaller margin"
    assert not show("realistic-shift", make_batch(2, 40, 31), margin=7).refused


def test_golden_titles():
    titles = [
        STRESSORS.make("realistic-shift", {"dx": x, "dy": y}).title for x, y in ((1, 0), (-2, -2), (3, 1))
    ]
    assert titles == ["realistic shift, 1 px right", "realistic shift, 2 px up left",
                      "realistic shift, 3 px right, 1 px down"]  # fmt: skip
    assert (direction(0, 0), step(0, 0), direction(-1, 1)) == ("", "0 px", "down left")


def test_contract_the_suite_holds_all_neighbors_and_three_more_steps():
    made = with_controls(make(e) for c in suites.load("shift").conditions for e in expand(c))
    for name in ("realistic-shift", "cyclic-shift"):
        moves = {(c.stressor.dx, c.stressor.dy) for c in made if c.spec.name == name}
        near = {(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)} - {(0, 0)}
        far = {(s * d, 0) for d in (2, 4, 8) for s in (-1, 1)} | {
            (0, s * d) for d in (2, 4, 8) for s in (-1, 1)
        }
        assert moves == near | far
    controls = [c for c in made if c.role == "control"]
    assert [c.spec.name for c in controls] == ["window"]
    assert {c.control for c in made if c.spec.name == "realistic-shift"} == {controls[0].key}
