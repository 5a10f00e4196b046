"""Masks in files: what counts as object, whose they are, and which way is up."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import DataError
from durometer.data import open_data
from durometer.data.images import Picture, orient
from durometer.data.lean import Names
from durometer.data.maskfile import fit, read_mask, to_mask
from durometer.data.masks import find_masks
from durometer.data.pairing import pair, stem


@pytest.fixture
def folder(tmp_path, paint):
    """Two classes of one image each, 6 by 4."""
    paint(tmp_path / "data/cat/a.jpg")
    paint(tmp_path / "data/dog/b.jpg")
    return tmp_path / "data"


def picture(height=1, width=3, orientation=1):
    return Picture(torch.zeros(3, height, width, dtype=torch.uint8), orientation=orientation)


VALUES = np.array([[0, 1, 127, 128, 255]], np.uint8)


@pytest.mark.parametrize(
    ("values", "threshold", "wanted"),
    [
        (VALUES, None, [0, 1, 1, 1, 1]),
        (VALUES, 0.5, [0, 0, 0, 1, 1]),  # 127 / 255 = 0.498, 128 / 255 = 0.502
        (VALUES, 0.0, [0, 1, 1, 1, 1]),
        (VALUES, "soft", [0, 1 / 255, 127 / 255, 128 / 255, 1]),
        (np.array([[0, 1]], np.uint8), 0.5, [0, 1]),  # 0 and 1 only: 1 is white
        (np.array([[False, True]]), 0.5, [0, 1]),
        (np.array([[0, 40000]], np.uint16), 0.5, [0, 1]),  # 40000 / 65535 = 0.61
        (np.array([[0, 20000]], np.uint16), 0.5, [0, 0]),
        (np.array([[0.0, 0.25, 1.0]]), None, [0, 0.25, 1]),  # floats are soft as they are
        (np.array([[0.0, 0.25, 1.0]]), 0.25, [0, 0, 1]),  # above, not at
        (np.zeros((1, 2), np.uint8), "soft", [0, 0]),
    ],
)
def test_what_counts_as_object(values, threshold, wanted):
    assert to_mask(values, threshold)[0].tolist() == pytest.approx(wanted)


def save(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def test_every_kind_of_mask_file(tmp_path):
    rows = np.array([[0, 0, 200]], np.uint8)
    palette = Image.fromarray(np.array([[0, 0, 2]], np.uint8), "P")
    palette.putpalette([255, 255, 255, 0, 0, 0, 9, 9, 9])  # the index counts, not its color
    color = np.zeros((1, 3, 3), np.uint8)
    color[0, 2] = [0, 7, 0]
    clear = np.full((1, 3, 4), 255, np.uint8)
    clear[0, :2, 3] = 0  # white everywhere, opaque on the object alone
    kinds = {
        "gray.png": Image.fromarray(rows),
        "one.png": Image.fromarray(rows > 0),
        "deep.png": Image.fromarray(rows.astype(np.uint16) * 257),
        "palette.png": palette,
        "color.png": Image.fromarray(color),
        "clear.png": Image.fromarray(clear),
    }
    for name, image in kinds.items():
        assert read_mask(save(tmp_path / name, image), picture()).tolist() == [[[0, 0, 1]]], name
    rows = np.repeat(rows, 2, axis=0)
    for name, array in {
        "a": rows,
        "b": rows[None],
        "c": rows[..., None],
        "d": rows > 0,
        "e": rows / 200,
    }.items():
        np.save(tmp_path / f"{name}.npy", array)
        assert read_mask(tmp_path / f"{name}.npy", picture(2)).tolist() == [[[0, 0, 1]] * 2], name


def test_masks_come_with_their_samples(folder, paint, tmp_path):
    mask = np.zeros((4, 6), np.uint8)
    mask[1:3, 2:5] = 255
    paint(tmp_path / "masks/cat/a.png", mask)
    data = open_data(folder, masks=tmp_path / "masks")
    assert torch.equal(data[0].aux["mask"], torch.from_numpy(mask / 255).float()[None])
    assert "mask" not in data[1].aux
    assert data.mask_count == 1
    assert [data.has_mask(i) for i in range(2)] == [True, False]
    assert "1 of 2 images have a mask; object edits leave the others out." in data.guesses


@pytest.mark.parametrize("place", ["cat/a.png", "a.png", "whatever/a.png", "sub/cat/a.npy"])
def test_a_mask_is_found_by_as_much_of_its_path_as_there_is(folder, paint, tmp_path, place):
    target = tmp_path / "masks" / place
    target.parent.mkdir(parents=True)
    if place.endswith(".npy"):
        np.save(target, np.ones((4, 6), bool))
    else:
        paint(target, np.full((4, 6), 255, np.uint8))
    data = open_data(folder, masks=tmp_path / "masks")
    assert [data.has_mask(i) for i in range(2)] == [True, False]
    assert data[0].aux["mask"].all()


def test_an_image_beside_its_mask_is_no_second_mask(folder, paint):
    paint(folder / "cat/a.png", np.full((4, 6), 255, np.uint8))
    masks = find_masks(folder, Names(["cat/a.jpg"]))
    assert list(masks.names) == ["cat/a.png"]


def test_alpha_as_the_mask(tmp_path, paint):
    pixels = np.zeros((1, 2, 4), np.uint8)
    pixels[0] = [[9, 8, 7, 51], [1, 2, 3, 255]]
    paint(tmp_path / "d/cat/a.png", pixels)
    paint(tmp_path / "d/cat/b.png")
    data = open_data(tmp_path / "d", masks="alpha")
    assert data.mask_count == 1
    assert data[0].aux["mask"].tolist() == [[[pytest.approx(0.2), 1.0]]]
    assert data[0].x[:, 0, 0].tolist() == [9, 8, 7]
    assert "mask" not in data[1].aux


class TestOrientation:
    raw = np.array([[1, 0, 0], [0, 0, 1]], np.float32)

    def test_an_upright_mask_stays(self):
        upright = orient(self.raw, 6)
        assert fit(upright, picture(3, 2, orientation=6), where="a").numpy()[0].tolist() == upright.tolist()

    @pytest.mark.parametrize("orientation", [5, 6, 7, 8])
    def test_a_mask_of_the_raw_size_turns_with_its_image(self, orientation):
        found = fit(self.raw, picture(3, 2, orientation), where="a")
        assert found[0].tolist() == orient(self.raw, orientation).tolist()

    def test_through_files(self, tmp_path, paint):
        exif = Image.Exif()
        exif[0x0112] = 6
        pixels = np.zeros((4, 6, 3), np.uint8)
        pixels[0, 0] = 255  # top left in the file, top right once upright
        paint(tmp_path / "d/cat/a.png", pixels, exif=exif)
        paint(tmp_path / "m/a.png", pixels[..., 0])
        sample = open_data(tmp_path / "d", masks=tmp_path / "m")[0]
        assert sample.aux["mask"].shape == (1, 6, 4)
        assert torch.equal(sample.aux["mask"], sample.x[:1].float() / 255)
        assert sample.aux["mask"][0, 0, 3] == 1


class TestErrors:
    def test_another_size_names_both_and_only_this_sample(self, folder, paint, tmp_path):
        paint(tmp_path / "m/a.png", np.zeros((5, 7), np.uint8))
        paint(tmp_path / "m/b.png", np.zeros((4, 6), np.uint8))
        data = open_data(folder, masks=tmp_path / "m")
        with pytest.raises(DataError) as error:
            data[0]
        assert str(error.value) == (
            "cat/a.jpg: the mask is 7×5 pixels, the image 6×4. Make both the same size."
        )
        assert data[1].aux["mask"].sum() == 0  # an empty mask is a fact, not an error

    def test_a_damaged_mask_is_named(self, folder, tmp_path):
        (tmp_path / "m").mkdir()
        (tmp_path / "m/a.png").write_bytes(b"no")
        with pytest.raises(DataError, match=r"mask 'a\.png': this is not an image"):
            open_data(folder, masks=tmp_path / "m")[0]

    def test_no_folder_an_empty_one_and_none_that_fits(self, folder, paint, tmp_path):
        with pytest.raises(DataError, match="there is no such folder of masks"):
            open_data(folder, masks=tmp_path / "m")
        (tmp_path / "m").mkdir()
        with pytest.raises(DataError, match="holds no masks"):
            open_data(folder, masks=tmp_path / "m")
        paint(tmp_path / "m/a_mask.png")
        with pytest.raises(
            DataError, match=r"none of its 1 masks fits an image by its stem; one is 'a_mask\.png'"
        ):
            open_data(folder, masks=tmp_path / "m")

    def test_one_mask_for_two_images(self, folder, paint, tmp_path):
        paint(folder / "dog/a.jpg")
        paint(tmp_path / "m/a.png")
        with pytest.raises(
            DataError, match=r"'a\.png' would be the mask of both 'cat/a\.jpg' and 'dog/a\.jpg'"
        ):
            open_data(folder, masks=tmp_path / "m")

    def test_images_of_one_stem_share_no_mask(self, folder, paint, tmp_path):
        paint(folder / "cat/a.png")
        paint(tmp_path / "m/cat/a.png")
        with pytest.raises(DataError, match=r"both 'cat/a\.jpg' and 'cat/a\.png'"):
            open_data(folder, masks=tmp_path / "m")

    def test_two_masks_for_one_image(self, folder, paint, tmp_path):
        paint(tmp_path / "m/a.png")
        np.save(tmp_path / "m/a.npy", np.zeros((4, 6)))
        with pytest.raises(DataError, match=r"both 'a\.npy' and 'a\.png' could be the mask"):
            open_data(folder, masks=tmp_path / "m")

    def test_no_alpha(self, folder):
        with pytest.raises(DataError, match="none of the 2 images has an alpha channel"):
            open_data(folder, masks="alpha")

    @pytest.mark.parametrize("threshold", [-0.1, 1, 128])
    def test_threshold(self, folder, tmp_path, threshold):
        with pytest.raises(DataError, match="is not from 0 to below 1"):
            open_data(folder, masks=tmp_path, mask_threshold=threshold)

    @pytest.mark.parametrize(
        ("array", "words"),
        [
            (np.zeros((2, 3, 4)), "is not a mask"),
            (np.array([["a"]]), "is not a mask"),
            (np.array([[2.0]]), "must lie in"),
            (np.array([[np.nan]]), "must lie in"),
        ],
    )
    def test_strange_arrays(self, tmp_path, array, words):
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(DataError, match=words):
            read_mask(tmp_path / "a.npy", picture())

    def test_pickles_are_not_loaded(self, tmp_path):
        np.save(tmp_path / "a.npy", np.array([[object()]]), allow_pickle=True)
        with pytest.raises(DataError, match="without pickles"):
            read_mask(tmp_path / "a.npy", picture())


def test_stems():
    assert [stem(p) for p in ("a/b.c.png", "a", ".hidden", "a.b/c")] == ["a/b.c", "a", ".hidden", "a.b/c"]


def test_an_ambiguous_last_part_is_not_guessed():
    known = {"x/a": "x/a.png", "y/a": "y/a.png"}
    assert list(pair(["z/a.jpg", "y/a.jpg"], known, where="m")) == ["", "y/a.png"]
