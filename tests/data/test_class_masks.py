"""ImageNet-S's masks: class ids in red and green."""

import numpy as np
import pytest
from PIL import Image

from durometer.core import DataError
from durometer.data import open_data
from durometer.data.class_masks import hold_class_ids, read_object


def paint(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


def ids_to_color(ids):
    """As ImageNet-S's README says: (id % 256, id // 256, 0)."""
    ids = np.asarray(ids)
    return np.stack((ids % 256, ids // 256, np.zeros_like(ids)), axis=-1)


IDS = np.array([[0, 0, 5, 5], [0, 300, 300, 1000], [919, 256, 1000, 1000]])
OBJECT = np.array([[0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]], bool)
"""256 is (0, 1, 0): green alone; 1000 is (232, 3, 0) and ignored."""


@pytest.fixture
def root(tmp_path):
    for i, synset in enumerate(("n01443537", "n01491361")):
        paint(tmp_path / "images" / synset / f"ILSVRC2012_val_{i}.JPEG", np.full((3, 4, 3), 90))
        paint(tmp_path / "masks" / synset / f"ILSVRC2012_val_{i}.png", ids_to_color(IDS))
    return tmp_path


def test_oracle_ignored_pixels_are_not_object(root):
    data = open_data(root / "images", masks=root / "masks")
    for i in range(2):
        assert np.array_equal(data[i].aux["mask"][0].numpy().astype(bool), OBJECT)
    assert sum("ImageNet-S" in guess for guess in data.guesses) == 1
    assert np.array_equal(read_object(root / "masks/n01443537/ILSVRC2012_val_0.png", where=""), OBJECT)


def test_a_threshold_says_that_they_are_ordinary_masks(root):
    data = open_data(root / "images", masks=root / "masks", mask_threshold=0.0)
    assert not any("ImageNet-S" in guess for guess in data.guesses)
    assert data[0].aux["mask"][0].numpy().astype(bool)[2, 3]


@pytest.mark.parametrize(
    "pixels",
    [
        np.repeat(OBJECT[..., None] * 255, 3, axis=-1),  # white on black
        OBJECT[..., None] * np.array((255, 0, 0)),  # plain red
        OBJECT[..., None] * np.array((0, 255, 0)),  # plain green: 256 · 255 is no class
        OBJECT[..., None] * np.array((10, 0, 1)),  # some blue
        np.zeros((3, 4, 3)),  # nothing marked
        OBJECT * 255,  # gray
    ],
    ids=["white", "red", "green", "blue", "empty", "gray"],
)
def test_other_masks_are_not_taken_for_them(root, pixels):
    paths = sorted((root / "masks").rglob("*.png"))
    for path in paths:
        paint(path, pixels)
    assert not hold_class_ids(paths)
    data = open_data(root / "images", masks=root / "masks")
    assert np.array_equal(
        data[0].aux["mask"][0].numpy() > 0, np.asarray(pixels).reshape(3, 4, -1).max(-1) > 0
    )


def test_one_other_mask_among_them_is_enough_to_doubt(root):
    paint(root / "masks" / "n01491361" / "ILSVRC2012_val_1.png", np.full((3, 4, 3), 255))
    assert not any(
        "ImageNet-S" in guess for guess in open_data(root / "images", masks=root / "masks").guesses
    )


def test_a_later_mask_that_is_none_of_them_is_named(root):
    data = open_data(root / "images", masks=root / "masks")
    paint(root / "masks" / "n01491361" / "ILSVRC2012_val_1.png", np.full((3, 4, 3), 255))
    with pytest.raises(DataError, match="colors that are no class ids of ImageNet-S"):
        data[1]


def test_a_broken_file_is_left_to_the_reading(root):
    path = root / "masks" / "n01443537" / "ILSVRC2012_val_0.png"
    path.write_bytes(b"no image")
    assert not hold_class_ids([path])
