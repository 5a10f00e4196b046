"""Complexity as a dial: measured on the output by numpy and scipy, the object and all else unmoved."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from durometer.core import Batch, Dice, PlanError, stress
from durometer.ops.fill import fill
from durometer.stress import STRESSORS

NAME = "background-complexity"
ROOT = os.environ.get("DUROMETER_TEST_DATA")


def show(batch, **values):
    stressor = STRESSORS.make(NAME, values)
    return stress(stressor, batch, Dice(7, NAME, stressor.version, batch.ids))


def published(x):
    return np.abs(np.fft.fft2(x.numpy().astype(float))).mean()


def masked(x, mask):
    """Mean |FFT| of what stands at least 15 pixels from the object and the frame; hard edges, another mean.

    Not the window of the edit: what it moves must move however it is cut out.
    """
    free = ndimage.binary_erosion(mask[0].numpy() <= 0.02, np.ones((3, 3)), iterations=15)
    x = np.where(free, x.numpy().astype(float), np.nan)
    x = np.nan_to_num(x - np.nanmean(x, axis=(1, 2), keepdims=True))
    return np.abs(np.fft.fft2(x)).mean() / np.sqrt(free.sum())


@pytest.mark.parametrize("by", ["gradient", "spectrum"])
@pytest.mark.parametrize("factor", [0.3, 0.5, 0.9, 1.5, 2.5])
def test_the_factor_is_met_and_nothing_else_moves(factor, by, canvas, by_scipy):
    result = show(canvas, factor=factor, by=by)
    assert not result.refused
    for i in range(len(canvas)):
        mask, before, after = canvas.aux["mask"][i], canvas.x[i], result.x[i]
        assert by_scipy(after, mask) == pytest.approx(factor * by_scipy(before, mask), rel=0.02)
        assert masked(after, mask) == pytest.approx(factor * masked(before, mask), rel=0.15)
        inside = (mask > 0).expand_as(before)
        assert torch.equal(after[inside], before[inside])
        assert torch.equal(result.aux["mask"][i], mask)
        outside = ~inside
        assert float((after - before)[outside].mean().abs()) < 0.03  # as bright as it was
        coarse = [ndimage.gaussian_filter(v.mean(dim=0).numpy(), 16) for v in (before, after)]
        assert np.corrcoef(*(c.ravel() for c in coarse))[0, 1] > 0.9  # and laid out as it was


def test_the_facts_are_what_numpy_measures(canvas, by_scipy):
    result = show(canvas, factor=1.7)
    for i in range(len(canvas)):
        told = {k: v[i] for k, v in result.facts.items()}
        mask, before, after = canvas.aux["mask"][i], canvas.x[i], result.x[i]
        assert told["complexity_before"] == pytest.approx(by_scipy(before, mask), rel=1e-3)
        assert told["complexity"] == pytest.approx(by_scipy(after, mask), rel=1e-3)
        assert told["complexity_factor"] == pytest.approx(1.7, rel=0.02)
        assert told["published_complexity_before"] == pytest.approx(published(before), rel=1e-4)
        assert told["published_complexity"] == pytest.approx(published(after), rel=1e-4)
        assert told["object_share"] == pytest.approx(float(mask.mean()), abs=1e-5)


@pytest.mark.parametrize("target", [0.01, 0.03, 0.08])
def test_a_target_is_met_whatever_the_background(target, canvas, by_scipy):
    result = show(canvas, target=target, factor=9)
    for i in range(len(canvas)):
        assert by_scipy(result.x[i], canvas.aux["mask"][i]) == pytest.approx(target, rel=0.02)


def test_the_control_leaves_it_alone(canvas, by_scipy):
    control = STRESSORS.make("null-edit")
    pasted = stress(control, canvas, Dice(7, "null-edit", 1, canvas.ids))
    for i in range(len(canvas)):
        mask = canvas.aux["mask"][i]
        assert by_scipy(pasted.x[i], mask) == by_scipy(canvas.x[i], mask)


def test_it_hands_its_background_on(canvas):
    result = show(canvas, factor=0.5)
    far = canvas.aux["mask"].expand_as(canvas.x) == 0
    far &= torch.from_numpy(ndimage.maximum_filter(canvas.aux["mask"].numpy(), (1, 1, 5, 5)) == 0)
    assert torch.equal(result.aux["filled"][far], result.x[far])
    smaller = STRESSORS.make("size", {"share": 0.03})
    after = stress(smaller, result, Dice(7, "size", 1, canvas.ids))
    assert torch.equal(after.x[far], result.x[far])


def test_backgrounds_that_can_not_be_moved_are_refused_with_the_reason(canvas):
    plain = torch.where(canvas.aux["mask"] > 0, canvas.x, 0.5)
    result = show(canvas.but(x=plain, aux={**canvas.aux, "filled": torch.full_like(plain, 0.5)}))
    assert set(result.refused) == {0, 1, 2, 3}
    assert result.refused[0].startswith("the background is one plain color; there is nothing to make")
    assert result.facts["complexity"] == (None,) * 4

    everywhere = torch.ones(4, 1, 256, 256)
    everywhere[..., :20, :] = 0  # 8 % of the canvas, but a strip narrower than the window's two ramps
    result = show(canvas.but(aux={**canvas.aux, "mask": everywhere}))
    assert result.refused[3] == "the object leaves too little background to measure its complexity"

    result = show(canvas, factor=100)
    assert result.refused[2].startswith("the background's complexity can't be moved from 0.0")
    assert "only to" in result.refused[2]


def test_it_says_where_it_stands():
    stressor = STRESSORS.make(NAME, {"factor": 0.5})
    assert stressor.title == "background, complexity × 0.5"
    assert (stressor.dial.severity, stressor.dial.unit) == (0.5, "times its own")
    stressor = STRESSORS.make(NAME, {"target": 0.04})
    assert stressor.title == "background, complexity 0.04"
    assert (stressor.dial.severity, stressor.dial.unit) == (0.04, "of the pixels' range")
    with pytest.raises(PlanError, match=r"factor = -1\.0 is outside 0\.01 to 100"):
        STRESSORS.make(NAME, {"factor": -1})


@pytest.mark.real_data
@pytest.mark.skipif(not ROOT, reason="DUROMETER_TEST_DATA is not set")
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_photographs_are_all_moved(factor, by_scipy):
    folder, x, masks = Path(ROOT) / "imagenet", [], []
    rows = [r for r in csv.DictReader((folder / "labels.csv").read_text().splitlines()) if r["mask"]]
    for row in rows[::6]:
        image = Image.open(folder / "images" / row["file"]).convert("RGB").resize((256, 256))
        shape = Image.open(folder / "masks" / row["mask"]).point(lambda v: 255 * (v > 0)).convert("L")
        x.append(torch.from_numpy(np.array(image, np.float32) / 255).permute(2, 0, 1))
        masks.append(torch.from_numpy(np.array(shape.resize((256, 256)), np.float32) / 255)[None])
    x, mask = torch.stack(x), torch.stack(masks)
    batch = Batch(
        tuple(r["file"] for r in rows[::6]), x, (0,) * len(x), {"mask": mask, "filled": fill(x, mask)}
    )
    result = show(batch, factor=factor)
    assert not result.refused
    for i in range(len(x)):
        moved = by_scipy(result.x[i], mask[i]) / by_scipy(x[i], mask[i])
        assert moved == pytest.approx(factor, rel=0.02)
