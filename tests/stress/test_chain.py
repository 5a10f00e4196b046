"""A chain is its steps, one after the other, with the dice that each would have alone."""

import pytest
import torch

from durometer.core import Dice, PlanError, stress
from durometer.stress import STRESSORS
from durometer.stress.chain import Chain


def show(stressor, batch, draw=0):
    return stress(stressor, batch, Dice(7, stressor.name, stressor.version, batch.ids, draw))


def test_oracle_a_chain_is_its_steps_in_order_with_their_own_dice(canvas):
    chained = show(Chain(steps=("position", "direction(within=30, lose=1)")), canvas)
    dice = Dice(7, "chain", 1, canvas.ids)
    by_hand = canvas
    for name, values in (("position", {}), ("direction", {"within": 30, "lose": 1})):
        step = STRESSORS.make(name, values)
        by_hand = step(by_hand, dice.named(name, step.version))
    grid = by_hand.x.mul(255).round().div(255)
    assert torch.equal(chained.x, grid)
    alone = show(STRESSORS.make("position"), canvas)
    assert chained.facts["cell"] == alone.facts["cell"]  # the same place as without the second step


def test_the_last_background_stands_behind_the_moved_object(canvas):
    together = show(Chain(steps=("size(share=0.03)", "random-background")), canvas)
    swapped = show(STRESSORS.make("random-background"), canvas)
    outside = (together.aux["mask"] == 0) & (canvas.aux["mask"] == 0)
    far = torch.nn.functional.max_pool2d((~outside).float(), 21, 1, 10) == 0
    difference = (together.x - swapped.x).abs().amax(1, keepdim=True)
    assert float(difference[far].max()) <= 1.01 / 255
    for share in together.facts["object_share"]:
        assert share == pytest.approx(0.03, abs=1e-3)


@pytest.mark.parametrize(
    ("steps", "needs", "control", "keeps"),
    [
        (("size", "random-background"), {"mask", "filled", "donor"}, "null-edit", True),
        (("size", "position"), {"mask", "filled"}, "placebo-edit", True),
        (("gray", "blur"), set(), None, True),
        (("gray", "only-background"), {"mask", "filled"}, "placebo-edit", False),
    ],
)
def test_it_knows_of_its_steps_what_they_say_of_themselves(steps, needs, control, keeps):
    chain = Chain(steps=steps)
    assert chain.needs == needs
    assert chain.control == control
    assert chain.keeps_label is keeps
    assert chain.family == ("shifts" if steps == ("gray", "blur") else chain.family)


def test_a_refusal_of_one_step_is_kept(canvas):
    result = show(Chain(steps=("size(share=0.9)", "position")), canvas)
    assert all("can't cover 90.0%" in why for why in result.refused.values())
    assert len(result.refused) == len(canvas)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (["size"], "a chain has two steps or more; name a single edit by itself"),
        (["random-background", "random-background"], "two steps of a chain take a donor"),
        (["gray", "premade"], "images that came edited can't be part of a chain"),
        (["size", "sizee"], "sizee"),
        (["size(share=2)", "gray"], "share = 2.0 is outside"),
        (["size(", "gray"], "expected a value"),
    ],
)
def test_errors(steps, message):
    with pytest.raises((PlanError, Exception), match=message):
        STRESSORS.make("chain", {"steps": steps})


def test_an_object_edit_after_a_change_of_the_whole_picture_gets_a_new_fill(canvas):
    # mirroring first and then moving to a point is moving to the mirrored point first and then mirroring
    one = show(Chain(steps=("flip", "size(share=0.04)")), canvas)
    other = show(Chain(steps=("size(share=0.04)", "flip")), canvas)
    assert not one.refused
    inside = (one.aux["mask"] > 0.999) & (other.aux["mask"] > 0.999)
    assert float(inside.float().mean()) > 0.03
    assert ((one.x - other.x).abs().amax(1, keepdim=True)[inside]).max() < 0.02
    swapped = show(Chain(steps=("flip", "random-background")), canvas)  # the donor is not mirrored along
    outside = (swapped.aux["mask"] == 0).expand_as(swapped.x)
    corner = torch.zeros_like(outside)
    corner[..., :20, :20] = True
    donor = canvas.aux["donor"].mul(255).round().div(255)
    assert torch.equal(swapped.x[outside & corner], donor[outside & corner])
