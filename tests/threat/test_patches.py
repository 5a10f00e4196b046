"""Patches and objects: hand-worked nearest points, and against trying every place."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Batch, Dice, ExtensionError
from durometer.testing import check_threat
from durometer.threat import THREATS
from durometer.threat.fixed_patch import FixedPatch
from durometer.threat.local import around
from durometer.threat.object import Object
from durometer.threat.patch import Patch
from durometer.threat.window import Window


def picture(rows):
    return torch.tensor(rows, dtype=torch.float32)[None, None]


@pytest.mark.parametrize(
    "threat",
    [Patch(), Patch(share=0.3, aspect=3.0, epsilon=0.2), Patch(share=0.0), Patch(share=1.0, low=-1.0),
     FixedPatch(), FixedPatch(share=0.2, aspect=0.5, down=0.0, right=1.0, epsilon=0.1),
     Object(), Object(epsilon=1.0)],
)  # fmt: skip
def test_contract(threat):
    check_threat(threat)


def test_oracle_sizes_in_whole_pixels():
    x = torch.zeros(1, 1, 20, 30)
    # 6 % of 600 pixels are 36: 6 x 6; four times as high as wide 12 x 3; 0 % is still a pixel
    assert (Window.of(x, 0.06, 1.0).height, Window.of(x, 0.06, 1.0).width) == (6, 6)
    assert (Window.of(x, 0.06, 4.0).height, Window.of(x, 0.06, 4.0).width) == (12, 3)
    assert (Window.of(x, 0.0, 1.0).height, Window.of(x, 0.0, 1.0).width) == (1, 1)
    assert Window.of(x, 0.06, 1.0).places == (15, 25)


def test_oracle_the_nearest_patch_by_hand():
    # patches of 1 x 2 in a row of four. Changes 0.3, 0.4, 0.3, 0.5: squares of neighbors 0.25, 0.25, 0.34
    threat = Patch(share=0.5, aspect=0.5)
    x = picture([[0.2, 0.2, 0.2, 0.2]])
    near = threat.project(x, picture([[0.5, 0.6, 0.5, 0.7]]))
    assert near.flatten().tolist() == pytest.approx([0.2, 0.2, 0.5, 0.7])
    # cut at the box a change counts for less: from 0.9 to 9.9 saves 81 - 79.21 = 1.79 < 2 (0.95)² = 1.805
    x = picture([[0.9, 0.9, 0.05, 0.05]])
    near = threat.project(x, picture([[9.9, 0.9, 1.0, 1.0]]))
    assert near.flatten().tolist() == pytest.approx([0.9, 0.9, 1.0, 1.0])
    assert threat.size(x, near).tolist() == pytest.approx([0.95])


def test_oracle_membership_by_hand():
    threat = Patch(share=1 / 4, epsilon=0.5)  # 2 x 2 of 4 x 4
    x = torch.full((1, 1, 4, 4), 0.4)
    inside, wide, far = x.clone(), x.clone(), x.clone()
    inside[0, 0, 2:, 2:] = 0.8
    wide[0, 0, 0, 0] = wide[0, 0, 0, 2] = 0.8
    far[0, 0, 3, 3] = 0.95
    both = [threat.contains(x, other).item() for other in (x, inside, wide, far)]
    assert both == [True, True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.3, 0.6]), st.sampled_from([0.2, 1.0]))
def test_property_no_other_place_is_nearer(seed, share, epsilon):
    generator = torch.Generator().manual_seed(seed)
    threat = Patch(share=share, aspect=1.5, epsilon=epsilon)
    x = torch.rand(2, 2, 5, 6, generator=generator)
    wish = 3 * torch.rand(2, 2, 5, 6, generator=generator) - 1
    near = threat.project(x, wish)
    window = threat.window(x)
    low, high = threat.box(x)
    best = torch.full((2,), torch.inf, dtype=torch.float64)
    for row in range(window.places[0]):
        for column in range(window.places[1]):
            here = x.clone()
            spot = (..., slice(row, row + window.height), slice(column, column + window.width))
            here[spot] = wish[spot].clamp(low[spot], high[spot])
            best = torch.minimum(best, (here - wish).double().square().flatten(1).sum(dim=1))
    assert (near - wish).double().square().flatten(1).sum(dim=1).tolist() == pytest.approx(best.tolist())


def test_draws_stand_everywhere_they_may():
    threat = Patch(share=4 / 36)  # 2 x 2 of 6 x 6: 25 places
    x = torch.full((2000, 1, 6, 6), 0.5)
    drawn = threat.sample(x, Dice(0, "patch", 1, tuple(f"s{i}" for i in range(2000))))
    changed = (drawn != x).double().mean(dim=0)[0]
    # a corner is covered from 1 of 25 places, the middle from 4
    assert changed[5, 5].item() == pytest.approx(1 / 25, abs=0.02)
    assert changed[3, 3].item() == pytest.approx(4 / 25, abs=0.035)


def test_oracle_the_steepest_patch_by_hand():
    # rows of gradient: the best 1 x 2 holds 3 + 2; signs there, nothing elsewhere
    gradient = picture([[1.0, -3.0, 2.0, -1.0]])
    step = Patch(share=0.5, aspect=0.5).steepest(gradient)
    assert step.flatten().tolist() == [0.0, -1.0, 1.0, 0.0]


def test_oracle_a_fixed_place_by_hand():
    x = torch.full((1, 1, 4, 4), 0.5)
    threat = FixedPatch(share=4 / 16, down=0.0, right=1.0)
    near = threat.project(x, x + 9)
    expected = x.clone()
    expected[..., :2, 2:] = 1.0
    assert torch.equal(near, expected)
    assert threat.contains(x, near).all()
    assert not FixedPatch(share=4 / 16, down=1.0, right=1.0).contains(x, near).any()


def test_oracle_object_and_background_by_hand():
    # object, its edge, background: each threat moves what is its own, neither the edge
    mask = torch.tensor([[[[1.0, 0.99, 0.5, 0.01]]]])
    x = torch.full((1, 3, 1, 4), 0.5)
    batch = Batch(("a",), x, (0,), {"mask": mask})
    moved = {
        name: around(THREATS.make(name, {"epsilon": 0.1}), batch).project(x, x + 1)[0, 0, 0].tolist()
        for name in ("object", "background")
    }
    assert moved["object"] == pytest.approx([0.6, 0.6, 0.5, 0.5])
    assert moved["background"] == pytest.approx([0.5, 0.5, 0.5, 0.6])


def test_say_themselves():
    assert Patch().describe() == "any change in a patch of 5 % anywhere"
    assert Patch(epsilon=8 / 255, share=0.1).describe() == "Linf within 8/255 in a patch of 10 % anywhere"
    assert FixedPatch().describe() == "any change in a patch of 5 % at a fixed place"
    assert Object().describe() == "Linf within 8/255 on the object"


def test_errors_without_masks():
    with pytest.raises(ExtensionError, match="threat 'object': it does not know yet where the objects are"):
        Object().project(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4))
    with pytest.raises(ExtensionError, match=r"threat 'object': the batch has no masks\. Give aux\['mask'\]"):
        Object().around(Batch(("a",), torch.zeros(1, 3, 4, 4), (0,)))
