"""Shifts of the whole picture against numpy, and their identities."""

import numpy as np
import pytest
import torch

from durometer.core import Dice, stress
from durometer.stress import STRESSORS

SHIFTS = [n for n in STRESSORS if STRESSORS.get(n).family == "shifts" and n != "nrtk"]  # it needs a perturber
IDENTITIES = [
    ("rotate", {"degrees": 0}), ("shift", {"share": 0}), ("zoom", {"factor": 1}), ("gray", {"amount": 0}),
    ("blur", {"sigma": 0}), ("contrast", {"factor": 1}), ("low-resolution", {"share": 1}),
]  # fmt: skip


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids))


@pytest.mark.parametrize(("name", "values"), IDENTITIES, ids=[n for n, _ in IDENTITIES])
def test_identity_parameters_give_the_identity(name, values, wide):
    result = show(name, wide, **values)
    assert torch.equal(result.x, wide.x)
    assert torch.equal(result.aux["mask"], wide.aux["mask"])


@pytest.mark.parametrize("name", SHIFTS)
def test_the_mask_follows_where_pixels_move(name, wide):
    # a picture that is its own mask must stay that: what happens to pixels happens to the mask
    moves = name in ("flip", "rotate", "shift", "zoom", "cutout")  # the last hides instead
    same = wide.but(x=wide.aux["mask"].expand(-1, 3, -1, -1).contiguous())
    result = show(name, same)
    mask = result.aux["mask"].mul(255).round().div(255)
    assert torch.equal(result.x[:, :1], mask) == (moves or name == "gray")
    assert moves or torch.equal(result.aux["mask"], wide.aux["mask"])


@pytest.mark.parametrize("name", SHIFTS)
def test_it_runs_without_masks_and_drops_what_is_stale(name, wide):
    bare = show(name, wide.but(aux={}))
    full = show(name, wide)
    assert torch.equal(bare.x, full.x)
    assert "mask" in full.aux
    assert not {"filled", "donor"} & set(full.aux)


def test_flip_is_numpy_s(wide):
    assert np.array_equal(show("flip", wide).x.numpy(), wide.x.numpy()[..., ::-1])
    assert np.array_equal(show("flip", wide, over="up-down").x.numpy(), wide.x.numpy()[..., ::-1, :])


@pytest.mark.parametrize(
    ("toward", "dy", "dx"), [("left", 0, -1), ("right", 0, 1), ("up", -1, 0), ("down", 1, 0)]
)
def test_shift_moves_by_whole_pixels_and_mirrors_the_rest(toward, dy, dx, wide):
    result = show("shift", wide, share=0.25, toward=toward)
    by = round(0.25 * (83 if dx else 61))
    padded = np.pad(wide.x.numpy(), ((0, 0), (0, 0), (by, by), (by, by)), mode="symmetric")
    top, left = by - dy * by, by - dx * by
    assert np.array_equal(result.x.numpy(), padded[..., top : top + 61, left : left + 83])


@pytest.mark.parametrize(("toward", "turns"), [("left", 1), ("right", -1)])
def test_a_quarter_turn(toward, turns, make_batch):
    batch = make_batch(2, 32, 32)
    result = show("rotate", batch, degrees=90, toward=toward)
    assert (result.x - torch.rot90(batch.x, turns, (-2, -1))).abs().max() < 0.5 / 255


@pytest.mark.parametrize("factor", [0.5, 1.5, 2.0])
def test_zoom_scales_about_the_middle(factor, make_batch):
    batch = make_batch(3, 128, 128, share=0.04)
    x = (torch.arange(128) + 0.5).div(128).expand(3, 3, 128, 128).contiguous()
    result = show("zoom", batch.but(x=x, aux={}), factor=factor)
    # a ramp of slope 1 about the middle becomes one of slope 1 / factor, where nothing is mirrored
    half = int(64 * min(1, factor)) - 2
    got = result.x[0, 0, 64, 64 - half : 64 + half]
    wanted = 0.5 + (x[0, 0, 0, 64 - half : 64 + half] - 0.5) / factor
    assert (got - wanted).abs().max() < 1 / 255


def test_contrast_and_gray_on_known_colors(wide):
    assert show("gray", wide).x.std(dim=1).max() == 0
    halves = torch.cat((torch.full((1, 3, 4, 4), 0.2), torch.full((1, 3, 4, 4), 0.6)), dim=-1)
    result = show("contrast", wide.select([0]).but(x=halves, aux={}), factor=0.5)
    # mean 0.4: 0.2 -> 0.3, 0.6 -> 0.5
    assert result.x.unique().tolist() == pytest.approx([0.3, 0.5], abs=0.5 / 255 + 1e-6)


def test_lower_resolution_loses_what_is_fine_and_refuses_small_pictures(wide):
    fine = wide.x.diff(dim=-1).abs().mean()
    assert show("low-resolution", wide, side=15).x.diff(dim=-1).abs().mean() < 0.5 * fine
    refused = show("low-resolution", wide, side=62).refused
    assert refused[0] == "the picture's short side has 61 pixels already; choose fewer than that"


@pytest.mark.parametrize("sigma", [0.01, 0.02, 0.05])
def test_blur_spreads_a_point_by_sigma(sigma, wide):
    point = torch.zeros(1, 3, 101, 101)
    point[..., 50, 50] = 1
    stressor = STRESSORS.make("blur", {"sigma": sigma})
    got = stressor(wide.select([0]).but(x=point, aux={}), Dice(0, "blur", 1, ("a",))).x[0, 0].double().numpy()
    at = np.arange(101) - 50
    spread = np.sqrt((got.sum(axis=0) * at**2).sum() / got.sum())
    # cut at 3 sigma and sampled at whole pixels: a few percent
    assert spread == pytest.approx(101 * sigma, rel=0.06)
