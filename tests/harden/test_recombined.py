"""Recombination as a torch data set: the same item in any order, other items in the next epoch."""

import pytest
import torch
from torch.utils.data import DataLoader

from durometer.core import DataError
from durometer.data import InMemory
from durometer.data.scenes import Scenes
from durometer.harden import Recombination, Recombined
from durometer.ops.fill import fill


@pytest.fixture(scope="module")
def scenes():
    return Scenes(split="train", n=24, size=32)


def test_properties_an_item_depends_on_seed_epoch_and_id_alone(scenes):
    one, again, other = Recombined(scenes, epochs=2), Recombined(scenes, epochs=2), Recombined(scenes, seed=1)
    forward = [one[i][0] for i in range(24)]
    backward = [again[i][0] for i in reversed(range(24))][::-1]
    assert all(a.equal(b) for a, b in zip(forward, backward, strict=True))
    assert not any(a.equal(other[i][0]) for i, a in enumerate(forward))
    one.set_epoch(1)
    assert not any(a.equal(one[i][0]) for i, a in enumerate(forward))
    one.set_epoch(0)
    assert one[5][0].equal(forward[5])
    assert one[-1][0].equal(forward[23])
    with pytest.raises(IndexError):
        one[24]


def test_workers_that_live_on_give_the_same_and_see_the_next_epoch(scenes):
    data = Recombined(scenes, epochs=2)
    loader = DataLoader(data, batch_size=8, num_workers=1, persistent_workers=True)
    for epoch in (0, 1):
        data.set_epoch(epoch)
        x, y = (torch.cat(part) for part in zip(*loader, strict=True))
        assert x.equal(torch.stack([data[i][0] for i in range(24)]))
        assert y.tolist() == [min(scenes[i].y) for i in range(24)]


def test_oracle_the_own_background_by_hand(scenes):
    how = Recombination(background="original", size=None, place=None, fade=0.0)
    sample, (x, _) = scenes[3], Recombined(scenes, how)[3]
    canvas = sample.x[None] / 255.0
    filled = fill(canvas, (sample.aux["mask"][None] * 255).round() / 255).mul(255).round().div(255)
    outside, inside = sample.aux["mask"][0] == 0, sample.aux["mask"][0] == 1
    assert torch.allclose(x[:, outside], filled[0][:, outside], atol=1e-6)
    assert torch.allclose(x[:, inside], canvas[0][:, inside], atol=1e-6)


def test_oracle_the_share_of_originals_follows_the_epochs(scenes):
    how = Recombination(originals=1.0, schedule="revlinear")
    data, left = Recombined(scenes, how, epochs=4), []
    for epoch in range(4):
        data.set_epoch(epoch)
        left.append(sum(data[i][0].equal(scenes[i].x / 255.0) for i in range(24)))
    assert left[0] == 24  # 1 − 0/4
    assert left[1] > left[3]
    assert 0 < left[3] < 15  # 1 − 3/4 of 24 is 6, four standard deviations (2.1) more is 14.5


def test_errors(scenes):
    with pytest.raises(
        DataError, match=r"epoch 3 is not one of 3, counted from 0. Give epochs= their number"
    ):
        Recombined(scenes, epochs=3).set_epoch(3)
    pixels = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    mask = torch.zeros(2, 8, 8)
    mask[:, 2:5, 2:5] = 1
    both = InMemory(pixels, [frozenset({0, 1}), frozenset({1})], mask)
    with pytest.raises(DataError, match=r"2 classes count as right, where a loop wants one. Give target="):
        Recombined(both)[0]
    assert Recombined(both, target=sorted)[0][1] == [0, 1]
    with pytest.raises(DataError, match="memory/000000: has no mask"):
        Recombined(InMemory(pixels, [0, 1]))


def test_a_transform_comes_last(scenes):
    assert Recombined(scenes, transform=lambda x: x.mean())[0][0].shape == ()
