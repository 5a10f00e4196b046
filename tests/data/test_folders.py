"""Class folders: what is a sample, what is left out, and every way that such a folder can be wrong."""

import os

import pytest

from durometer.core import DataError
from durometer.data import open_data


def test_folders_are_classes_in_order(tmp_path, paint):
    for name in ("dog/b.JPEG", "cat/z.png", "cat/deep/a.bmp", "cat/a.webp"):
        paint(tmp_path / "pets" / name)
    data = open_data(tmp_path / "pets")
    assert data.name == "pets"
    assert data.labels == ("cat", "dog")
    assert list(data.ids()) == ["cat/a.webp", "cat/z.png", "cat/deep/a.bmp", "dog/b.JPEG"]
    assert [data[i].y for i in range(len(data))] == [frozenset({0})] * 3 + [frozenset({1})]
    assert [data[i].id for i in range(len(data))] == list(data.ids())
    assert data.guesses == ()
    assert data.left_out == ()


def test_order_is_by_code_point_as_torchvision_sorts_folders(tmp_path, paint):
    for name in ("b", "B", "a_2", "a_10", "é"):
        paint(tmp_path / name / "x.png")
    assert open_data(tmp_path).labels == ("B", "a_10", "a_2", "b", "é")


def test_strange_names_stay_text(tmp_path, paint):
    names = ["<script>alert(1)<script>/a b.png", "naïve/日本 (1).png", "quote's/x&y.png"]
    for name in names:
        paint(tmp_path / name)
    data = open_data(tmp_path)
    assert sorted(data.ids()) == sorted(names)
    assert "<script>alert(1)<script>" in data.labels
    assert data[0].x.shape == (3, 4, 6)


def test_what_is_left_out_is_counted(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    paint(tmp_path / "dog/a.png")
    paint(tmp_path / "stray.png")
    paint(tmp_path / "cat/.hidden.png")
    (tmp_path / "cat/notes.txt").write_text("x")
    (tmp_path / "cow").mkdir()
    data = open_data(tmp_path)
    assert len(data) == 2
    assert data.left_out == (
        ("class folders", 1, "there are no images in 'cow'"),
        ("images", 1, "they are outside of the class folders"),
        ("files", 1, "they are not images"),
    )


def test_names_that_are_not_utf8_are_left_out_and_counted(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    try:
        os.rename(tmp_path / "cat/a.png", os.fsencode(tmp_path / "cat") + b"/\xff.png")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    paint(tmp_path / "cat/b.png")
    data = open_data(tmp_path)
    assert list(data.ids()) == ["cat/b.png"]
    assert data.left_out == (("files or folders", 1, "their names are not UTF-8"),)


def test_one_class_is_allowed_and_said(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    assert open_data(tmp_path).guesses == (
        "All samples are of one class, 'cat': a model that always says so scores 100 %.",
    )


def test_masks_inside_the_folder_are_no_class(tmp_path, paint):
    paint(tmp_path / "cat/a.jpg")
    paint(tmp_path / "dog/b.jpg")
    paint(tmp_path / "masks/cat/a.png")
    assert open_data(tmp_path, masks=tmp_path / "masks").labels == ("cat", "dog")


def test_images_folder_is_entered(tmp_path, paint):
    paint(tmp_path / "images/cat/a.jpg")
    paint(tmp_path / "masks/cat/a.png")
    data = open_data(tmp_path, masks=tmp_path / "masks")
    assert data.labels == ("cat",)
    assert data.mask_count == 1
    assert "The classes are the folders inside 'images'." in data.guesses


def test_a_csv_beside_class_folders_is_something_else(tmp_path, paint):
    paint(tmp_path / "cat/a.jpg")
    (tmp_path / "results.csv").write_text("run,value\n1,2\n")
    assert list(open_data(tmp_path).ids()) == ["cat/a.jpg"]


def test_splits(tmp_path, paint):
    for name in ("train/cat/a.png", "val/dog/b.png"):
        paint(tmp_path / name)
    assert open_data(tmp_path, split="val").labels == ("dog",)
    with pytest.raises(DataError, match="holds the splits train, val, not classes"):
        open_data(tmp_path)
    with pytest.raises(DataError, match=r"no split 'test'\. There are: train, val"):
        open_data(tmp_path, split="test")


def test_a_corrupt_image_is_that_samples_error(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    (tmp_path / "cat/b.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    data = open_data(tmp_path)
    assert data[0].x.shape == (3, 4, 6)
    with pytest.raises(DataError, match=r"cat/b\.png: "):
        data[1]


def test_a_file_that_goes_away_is_that_samples_error(tmp_path, paint):
    path = paint(tmp_path / "cat/a.png")
    data = open_data(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=r"cat/a\.png: there is no such file"):
        data[0]


def test_reading_twice_gives_the_same_sample(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    data = open_data(tmp_path)
    assert data[0].x.equal(data[0].x)
    assert data.content(0) == data.content(0)


class TestErrors:
    def test_missing(self, tmp_path):
        with pytest.raises(DataError, match="there is no such folder, file or embedded data set"):
            open_data(tmp_path / "no")

    def test_empty(self, tmp_path):
        with pytest.raises(
            DataError, match=r"the folder is empty\. Give a folder with one folder of images a class"
        ):
            open_data(tmp_path)

    def test_no_images(self, tmp_path):
        (tmp_path / "readme.md").write_text("x")
        with pytest.raises(DataError, match=r"holds no images, only 'readme\.md'"):
            open_data(tmp_path)

    def test_images_without_classes(self, tmp_path, paint):
        paint(tmp_path / "a.png")
        paint(tmp_path / "b.png")
        with pytest.raises(
            DataError, match="its 2 images are neither in class folders nor in a table of labels"
        ):
            open_data(tmp_path)

    def test_an_archive(self, tmp_path):
        (tmp_path / "a.zip").write_bytes(b"PK")
        with pytest.raises(DataError, match="Unpack it"):
            open_data(tmp_path / "a.zip")

    def test_a_misspelled_embedded_name(self):
        with pytest.raises(DataError, match="Did you mean 'digits'"):
            open_data("digit")
