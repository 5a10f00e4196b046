"""What a run finds when the truth is planted: the background when it is read, nothing when it is not."""

import numpy as np
import pytest
import torch

from durometer.core import InputSpec, Model, ModelCard
from durometer.data import InMemory
from durometer.data.scenes import Scenes
from durometer.explain import summarize
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run

BACKGROUND = ("random-background", "texture-background", "only-foreground")


def plan(model, data, names, **changes):
    conditions = tuple(ConditionPlan("stress", name) for name in names)
    return Plan((ModelPlan(model),), DataPlan(data), conditions, bank_size=16).but(**changes)


def test_oracle_the_shortcut_is_the_first_finding(tmp_path):
    data = Scenes(split="same", n=200, size=64, seed=11)
    names = ("random-background", "size", "position", "direction", "rotate", "gray", "blur")
    summary = summarize(run(plan("scenes/shortcut", data, names), tmp_path))
    first = summary.effects[0]
    assert first.axis == "background"
    assert first.net.low > 0
    assert first.p_adjusted < 0.001
    assert summary.headline.effect == first
    assert "background" in summary.headline.claim
    # ranked by the lower end of drop minus control
    edits = [e for e in summary.effects if e.role == "edit" and e.net.n]
    assert [e.net.low for e in edits] == sorted((e.net.low for e in edits), reverse=True)


class ReadsTheObject(Model):
    """Sees only pixels of the two colors that no background has, and answers by their green."""

    card = ModelCard("object-only", "0" * 64, labels=("dull", "bright"), input=InputSpec(size=None))

    def view(self, canvas, /):
        return canvas

    def visible(self, height, width, /):
        return 0.0, 0.0, float(height), float(width)

    def __call__(self, x, /):
        red, green, blue = x.unbind(dim=1)
        own = torch.minimum((green - 0.2).abs(), (green - 0.8).abs()) < 0.003
        object_pixels = ((red > 0.999) & ((blue - 0.3).abs() < 0.003) & own).float()
        green = (green * object_pixels).sum(dim=(1, 2)) / object_pixels.sum(dim=(1, 2)).clamp_min(1)
        return torch.stack((0.5 - green, green - 0.5), dim=1) * 10


def red_squares(seed, n=60, side=32):
    """Squares of full red on backgrounds of at most half red; one label in five is wrong."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 0.5, (n, 3, side, side)).astype(np.float32)
    masks = np.zeros((n, side, side), np.float32)
    y = rng.integers(0, 2, n)
    for i in range(n):
        top, left = rng.integers(3, side - 15, 2)
        masks[i, top : top + 12, left : left + 12] = 1
        x[i, :, top : top + 12, left : left + 12] = np.array([1.0, 0.2 + 0.6 * y[i], 0.3])[:, None, None]
    wrong = rng.uniform(size=n) < 0.2
    return InMemory(
        x, np.where(wrong, 1 - y, y), masks=masks, labels=("dull", "bright"), name=f"squares {seed}"
    )


def test_copies_of_one_image_are_no_donors_for_each_other(tmp_path):
    one = red_squares(3, n=1)[0]
    pixels = np.stack([one.x.numpy()] * 3)
    copies = InMemory(
        pixels, [0, 0, 1], masks=np.stack([one.aux["mask"][0].numpy()] * 3), labels=("dull", "bright")
    )
    record = run(plan(ReadsTheObject(), copies, ("random-background", "gray")), tmp_path)
    key = next(
        k for k, c in record.manifest["conditions"].items() if c["spec"]["name"] == "random-background"
    )
    rows = record.rows(where={"condition": key})
    assert list(rows["status"]) == ["not-edited"] * 3
    assert all("no background but its own" in reason for reason in rows["reason"])


@pytest.mark.parametrize("seed", range(10))
def test_theorem_a_classifier_of_object_pixels_has_no_background_finding(tmp_path, seed):
    record = run(plan(ReadsTheObject(), red_squares(seed), BACKGROUND, seed=seed), tmp_path)
    summary = summarize(record)
    assert 0.6 < summary.models[0].canvas.value < 1
    assert summary.headline.effect is None
    background = [e for e in summary.effects if e.axis == "background"]
    assert len(background) >= 2
    for effect in background:
        assert effect.verdict == "undecided"
        assert effect.net.value == 0  # object pixels of alpha 1 are the same, so every answer is
