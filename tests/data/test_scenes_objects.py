"""Scenes with several objects: pixels forever, masks that the pixels agree with, boxes that fit them."""

import hashlib

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import UnknownNameError, UsageError
from durometer.data import open_data
from durometer.data.scenes import LABELS, SceneMaps, SceneObjects
from durometer.data.scenes.paint import paint, paint_background

GOLDEN = {
    ("train", 96, 0): "3533255964405c89",
    ("test", 96, 0): "1de3b51a707b6198",
    ("test", 128, 7): "6d5971a862e59409",
}


def digest(split, size, n=4, **options):
    data, total = SceneObjects(split=split, n=n, size=size, **options), hashlib.sha256()
    for i in range(n):
        sample = data[i]
        for part in (
            sample.x,
            sample.y.boxes.to(torch.uint8),
            sample.y.labels.to(torch.uint8),
            sample.y.masks,
        ):
            total.update(part.numpy().tobytes())
    return total.hexdigest()[:16]


@pytest.mark.parametrize(("split", "size", "seed"), [("train", 96, 0), ("test", 96, 0), ("test", 128, 7)])
def test_golden(split, size, seed):
    assert digest(split, size, seed=seed) == GOLDEN[split, size, seed]


# The table was printed by: print({k: digest(k[0], k[1], seed=k[2]) for k in GOLDEN})


@pytest.fixture(scope="module")
def data():
    return SceneObjects(n=60, size=96, seed=3)


def test_boxes_are_those_of_the_masks_by_scipy(data):
    for i in range(20):
        y = data[i].y
        for box, mask in zip(y.boxes.tolist(), y.masks.numpy(), strict=True):
            rows, columns = ndimage.find_objects(mask.astype(int))[0]
            assert box == [columns.start, rows.start, columns.stop, rows.stop]


def test_masks_do_not_overlap_and_are_what_differs_from_the_background(data):
    """The picture without objects, painted apart, differs where a mask is and nowhere far from one."""
    for i in range(20):
        sample, scene = data[i], data.scene(i)
        bare = torch.from_numpy(paint_background(scene, size=96))
        changed = (sample.x != bare).any(dim=0).numpy()
        assert int(sample.y.masks.sum(dim=0).max()) == 1
        union = sample.y.masks.any(dim=0).numpy()
        stray = changed & ~ndimage.binary_dilation(union, np.ones((3, 3)))
        assert stray.sum() <= 4 * len(sample.y)  # tips that are nowhere half a pixel wide
        assert changed[union].mean() > 0.97  # here and there an object has the color of what it hides


def test_the_nearer_one_hides_and_what_is_hidden_belongs_to_no_other(data):
    """Each object alone covers as much as its share of the picture; visible, at most that much."""
    hidden = 0
    for i in range(60):
        scene, y = data.scene(i), data[i].y
        assert y.labels.tolist() == [thing.label for thing in scene.things]
        for k, thing in enumerate(scene.things):
            alone = paint(type(scene)((thing,), scene.background, *_rest(scene)), size=96)[1][0] >= 0.5
            assert abs(alone.sum() - thing.share * 96**2) < 0.06 * thing.share * 96**2 + 6
            seen = y.masks[k].numpy()
            assert not (seen & ~alone).any()
            hidden += int(seen.sum() < alone.sum())
            if k == 0:
                assert np.array_equal(seen, alone)
    assert hidden > 5


def _rest(scene):
    return scene.weave, scene.dark, scene.bright, scene.light, scene.slope


def test_objects_differ_in_count_class_and_size():
    scenes = [SceneObjects().scene(i).things for i in range(200)]
    things = [t for scene in scenes for t in scene]
    counts = np.bincount([len(scene) for scene in scenes], minlength=6)
    assert counts[0] == 0
    assert (counts[1:] > 15).all()
    assert (np.bincount([t.label for t in things], minlength=8) > 45).all()
    shares = np.array([t.share for t in things])
    assert shares.min() >= 0.012
    assert shares.max() <= 0.12
    # as many below the geometric mean, sqrt(0.012 · 0.12) = 0.038, as above; large ones find less room
    assert 0.45 < (shares < 0.038).mean() < 0.6
    for t in things:
        left, top, right, bottom = t.box()
        assert min(left, top) > -1e-9
        assert max(right, bottom) < 1 + 1e-9


def test_maps_say_what_the_masks_say(data):
    maps = SceneMaps(n=60, size=96, seed=3)
    assert maps.labels == ("background", *LABELS)
    for i in range(5):
        y, objects = maps[i].y, data[i].y
        assert torch.equal(maps[i].x, data[i].x)
        assert y.dtype == torch.int64
        for label in range(8):
            own = objects.masks[objects.labels == label].any(dim=0)
            assert torch.equal(y == label + 1, own)


def test_one_scene_at_any_size_any_order():
    small, large = SceneObjects(n=9, size=48), SceneObjects(n=9, size=96)
    assert torch.allclose(small[4].y.boxes * 2, large[4].y.boxes, atol=2.0)
    assert torch.equal(SceneObjects(n=5)[-1].x, SceneObjects(n=900)[4].x)
    assert len(SceneObjects(n=300, most=1)[7].y) == 1
    assert SceneObjects(n=2, split="train").ids()[1] == "train/000001"


def test_opened_by_name_and_errors():
    data = open_data("scenes-objects:train", n=3, size=64, seed=2)
    assert (data.name, len(data), data[0].x.shape) == ("scenes-objects:train", 3, (3, 64, 64))
    assert open_data("scenes-maps", n=1, size=32)[0].y.shape == (32, 32)
    with pytest.raises(UnknownNameError, match=r"no split named 'tests'\. Did you mean 'test'\?"):
        open_data("scenes-objects:tests")
    with pytest.raises(UsageError, match=r"scenes-objects: size = 16 is not between 32 and 4096"):
        SceneObjects(size=16)
    with pytest.raises(UsageError, match=r"most = 6 is not between 1 and 5"):
        SceneObjects(most=6)
