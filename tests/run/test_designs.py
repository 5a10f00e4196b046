"""2^k designs from plan to finding: what is only broken together is found, and one by one it is missed."""

import numpy as np
import pytest
import torch

from durometer.core import ModelCard, PlanError, UsageError
from durometer.data.tensors import InMemory
from durometer.explain import summarize
from durometer.models.callable import CallableModel
from durometer.run import ConditionPlan, DataPlan, DesignPlan, ModelPlan, Plan, run
from durometer.run.designs import lay_out
from durometer.run.toml import read

SIDE, SMALL = 48, 0.08
COLORS = torch.eye(3)


def pictures(n=90):
    """A red, green or blue square of about a sixth of a plain gray picture."""
    x = torch.full((n, 3, SIDE, SIDE), 0.5)
    mask = torch.zeros(n, 1, SIDE, SIDE)
    rng = np.random.default_rng(0)
    for i in range(n):
        top, left = rng.integers(4, SIDE - 24, 2)
        mask[i, :, top : top + 20, left : left + 20] = 1
        x[i] = torch.where(mask[i] > 0, COLORS[i % 3][:, None, None], x[i])
    return InMemory(x, [i % 3 for i in range(n)], labels=("red", "green", "blue"), masks=mask, name="squares")


def answers(x):
    """Name the most saturated color, except where the object is small AND the corners are not plain gray."""
    spread = x.amax(1) - x.amin(1)
    objects = spread > 0.9
    color = torch.stack([(x[:, c] * objects).sum((1, 2)) for c in range(3)], 1)
    small = objects.float().mean((1, 2)) < SMALL
    corners = torch.stack([x[..., i, j] for i in (0, -1) for j in (0, -1)], -1)
    strange = (corners - 0.5).abs().amax((1, 2)) > 0.05
    return torch.where((small & strange)[:, None], color.roll(1, 1), color)


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    card = ModelCard("planted", "", labels=("red", "green", "blue"))
    model = CallableModel(answers, card, takes="torch")
    plan = Plan(
        models=(ModelPlan(model),),
        data=DataPlan(pictures()),
        conditions=(ConditionPlan("stress", "direction", {"within": 10}),),
        designs=(DesignPlan(("size(share=0.04)", "texture-background(kind='checks')", "flip-object")),),
    )
    return summarize(run(plan, tmp_path_factory.mktemp("planted") / "out"))


def test_single_edits_miss_it(summary):
    for effect in summary.effects:
        assert effect.verdict != "worse", effect.title
        assert abs(effect.drop.value) < 0.05
    assert summary.headline.claim == "No edit breaks it beyond chance."


def test_the_design_finds_it_and_nothing_else(summary):
    found = {x.factors: x for x in summary.more["interactions"]}
    assert len(found) == 4  # three pairs and all three
    names = {axis: next(t for f in found for t in f if t.startswith(axis)) for axis in ("size", "background")}
    planted = found[names["size"], names["background"]]
    assert planted.verdict == "worse"
    assert planted.beyond.low > 0.8
    assert planted.beyond.n > 60
    others = [x for x in found.values() if x is not planted]
    assert all(x.verdict == "undecided" for x in others)
    assert f"Together, {names['size']} and {names['background']} cost" in summary.headline.sentences[-1]


def test_a_combination_is_no_edit_of_its_own(summary):
    assert all(" + " not in e.title for e in summary.effects)


PLAN = """schema = 1
[[models]]
source = "scenes/cnn"
[[designs]]
factors = ["size(share=0.05)", "gray"]
draws = 2
"""


def test_a_plan_names_designs():
    plan, _ = read(PLAN, where="plan.toml")
    (design,) = plan.designs
    assert (design.factors, design.draws) == (("size(share=0.05)", "gray"), 2)
    cells = lay_out(design, None).cells
    assert {cell: made.title for cell, (_, made) in cells.items()} == {
        (0,): "size, 5 %", (1,): "gray", (0, 1): "size, 5 % + gray",
    }  # fmt: skip
    assert [made.role for _, made in cells.values()] == ["edit", "edit", "combination"]
    assert all(made.draws == 2 for _, made in cells.values())


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        (["gray"], "a design has 2 to 5 factors, this one 1. Split it up"),
        (["gray", "blur", "flip", "zoom", "shift", "rotate"], "this one 6"),
        (["gray", "gray"], "a design names the same factor twice"),
        (["gray", "blurr"], "blurr"),
    ],
)
def test_errors(factors, message):
    with pytest.raises((PlanError, UsageError), match=message):
        lay_out(DesignPlan(tuple(factors)), None)
