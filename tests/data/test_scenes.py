"""scenes@1 as a data set: the same at any order, count and size; boxes and distractors; bad arguments."""

import tracemalloc

import numpy as np
import pytest
import torch

from durometer.core import Dataset, UnknownNameError, UsageError
from durometer.data import open_data
from durometer.data.scenes import LABELS, SPLITS, Scenes


def test_contract():
    data = Scenes(n=12)
    assert isinstance(data, Dataset)
    assert (data.name, data.labels, data.mask_count) == ("scenes:same", LABELS, 12)
    sample = data[3]
    assert sample.x.dtype == torch.uint8
    assert sample.x.shape == (3, 64, 64)
    assert sample.aux["mask"].dtype == torch.float32
    assert sample.aux["mask"].shape == (1, 64, 64)
    assert sample.id == data.ids()[3] == "same/000003"
    assert "boxes" not in sample.aux
    assert data[-1].id == "same/000011"
    with pytest.raises(IndexError):
        data[12]


def test_properties_a_sample_does_not_depend_on_the_others():
    few, many = Scenes(split="uniform", n=8, seed=3), Scenes(split="uniform", n=1000, seed=3)
    forward = [few[i].x for i in range(8)]
    backward = [many[i].x for i in reversed(range(8))][::-1]
    assert all(a.equal(b) for a, b in zip(forward, backward, strict=True))
    assert not Scenes(split="uniform", n=8, seed=4)[0].x.equal(forward[0])
    assert not Scenes(split="train", n=8, seed=3)[0].x.equal(Scenes(split="same", n=8, seed=3)[0].x)


def test_properties_reading_gives_memory_of_ones_own():
    data = Scenes(n=2)
    first = data[0]
    kept = first.x.clone()
    first.x.zero_()
    first.aux["mask"].zero_()
    assert data[0].x.equal(kept)
    assert data[0].aux["mask"].max() == 1


@pytest.mark.parametrize("split", ["same", "uniform"])
def test_properties_the_same_scene_at_any_size(split):
    small, large = Scenes(split=split, n=40, size=64), Scenes(split=split, n=40, size=128)
    for i in range(40):
        halved = large[i].x.float().unfold(1, 2, 2).unfold(2, 2, 2).mean(dim=(-2, -1))
        # textures are sampled at pixel centers, so their edges differ by a fraction of a pixel
        assert (halved - small[i].x.float()).abs().mean() < 4.0  # of 255
        mask = large[i].aux["mask"].unfold(1, 2, 2).unfold(2, 2, 2).mean(dim=(-2, -1))
        assert (mask - small[i].aux["mask"]).abs().max() < 0.05
        assert large[i].facts == small[i].facts


def test_oracle_boxes_and_distractors():
    data = Scenes(split="uniform", n=60, size=96, objects=5)
    counts = np.zeros(6, int)
    for i in range(60):
        sample, empty = data[i], data.background(i)
        count = sample.facts["objects"]
        counts[count] += 1
        boxes = sample.aux["boxes"]
        assert boxes.shape == (5, 4)
        assert not boxes[count:].any()
        assert boxes.min() >= 0
        assert boxes.max() <= 96
        rows, columns = (sample.aux["mask"][0] > 0.02).nonzero(as_tuple=True)
        extent = torch.stack((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)).float()
        assert (extent - boxes[0]).abs().max() < 1.3  # whole pixels against exact edges; tips are thin
        outside = torch.ones(96, 96, dtype=torch.bool)
        for left, top, right, bottom in boxes[:count].tolist():
            where = (slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1))
            outside[where] = False
            assert not sample.x[:, *where].equal(empty[:, *where])  # something is there
        assert sample.x[:, outside].equal(empty[:, outside])  # and nothing elsewhere
        for k in range(1, count):
            assert not _overlap(boxes[0], boxes[k])
            assert data.scene(i).things[k].label != data.scene(i).things[0].label
        assert sample.aux["mask"].equal(Scenes(split="uniform", n=60, size=96)[i].aux["mask"])
    assert (counts[1:] > 0).all()


def _overlap(a, b):
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def test_background_is_what_lies_behind():
    data = Scenes(split="uniform", n=20)
    for i in range(20):
        untouched = data[i].aux["mask"][0] == 0
        assert data.background(i)[:, untouched].equal(data[i].x[:, untouched])


def test_ids_take_no_memory():
    tracemalloc.start()
    ids = Scenes(n=10**8).ids()
    assert (ids[-1], len(ids)) == ("same/99999999", 10**8)
    assert tracemalloc.get_traced_memory()[1] < 20_000
    tracemalloc.stop()
    assert list(Scenes(n=3, split="train").ids()) == ["train/000000", "train/000001", "train/000002"]
    assert ids[1:3] == ["same/000001", "same/000002"]


def test_opened_by_name():
    data = open_data("scenes:uniform-size", n=5, size=48, seed=2)
    assert data[4].x.equal(Scenes(split="uniform-size", n=5, size=48, seed=2)[4].x)
    assert data.has_mask(0)


def test_errors():
    with pytest.raises(
        UnknownNameError, match=r"scenes: there is no split named 'unifrom'\. Did you mean 'uniform'\?"
    ):
        Scenes(split="unifrom")
    with pytest.raises(UsageError, match=r"scenes: n = 0 is not between 1 and 1e\+09\."):
        Scenes(n=0)
    with pytest.raises(UsageError, match="scenes: size = 8 is not between 16 and 4096"):
        Scenes(size=8)
    with pytest.raises(UsageError, match=r"correlation = 1\.5 is not between 0 and 1"):
        Scenes(correlation=1.5)
    with pytest.raises(UsageError, match="objects = 6 is not between 1 and 5"):
        Scenes(objects=6)


def test_every_split_is_what_its_name_says():
    assert set(SPLITS) == {
        "train", "same", "uniform", "uniform-background", "uniform-size", "uniform-position",
        "uniform-direction", "uniform-color", "uniform-lighting",
    }  # fmt: skip
