"""COCO instances as targets of detection: written by hand, read back, and what is wrong with them."""

import json

import numpy as np
import pytest
import torch

from durometer.core import DataError
from durometer.data import open_data

SQUARE = [2, 1, 5, 1, 5, 3, 2, 3]
"""x from 2 to 5, y from 1 to 3: three columns, two rows."""


def annotation(**changes):
    return {"id": 1, "image_id": 1, "category_id": 7, "bbox": [2, 1, 3, 2], "iscrowd": 0} | changes


@pytest.fixture
def folder(tmp_path, paint):
    """A folder of three images of 6 × 4 pixels and a function that writes its annotations."""
    for name in ("a.png", "b.png", "c.png"):
        paint(tmp_path / "images" / name)

    def write(*annotations, images=("a.png", "b.png", "c.png"), file="instances.json", **more):
        listed = [{"id": i + 1, "file_name": n, "height": 4, "width": 6} for i, n in enumerate(images)]
        categories = [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}]
        content = {"images": listed, "annotations": list(annotations), "categories": categories} | more
        (tmp_path / file).write_text(json.dumps(content))
        return tmp_path

    return write


def test_oracle_polygons_runs_packed_runs_and_a_crowd(folder):
    dense = np.zeros((4, 6), int)
    dense[1:3, 2:5] = 1
    # column by column, 4 a column: 2 columns and a row of zeros (9), 2 ones, 2 zeros, 2 ones, 2 zeros,
    # 2 ones, then 1 zero and a last column of 4
    runs = [9, 2, 2, 2, 2, 2, 5]
    # packed: 9 2 2, then differences to two places before: 2−2, 2−2, 2−2, 5−2; a group g is chr(48 + g)
    packed = "9220003"
    root = folder(
        annotation(segmentation=[SQUARE]),
        annotation(id=2, category_id=3, segmentation={"size": [4, 6], "counts": runs}, iscrowd=1),
        annotation(id=3, segmentation={"size": [4, 6], "counts": packed}),
        annotation(id=4, image_id=3),
    )
    data = open_data(f"coco:{root}")
    assert data.labels == ("cat", "dog")
    assert list(data.ids()) == ["a.png", "b.png", "c.png"]
    first = data[0]
    assert first.x.shape == (3, 4, 6)
    assert first.y.labels.tolist() == [0, 1, 0]
    assert first.y.boxes.tolist() == [[2, 1, 5, 3]] * 3
    assert first.y.crowd.tolist() == [False, True, False]
    assert [m.int().tolist() for m in first.y.masks] == [dense.tolist()] * 3
    # without a segmentation the mask is the filled box
    assert data[2].y.masks[0].int().tolist() == dense.tolist()
    assert data[2].y.crowd is None
    assert data.left_out == ()


def test_an_image_without_annotations_has_no_objects(folder):
    sample = open_data(f"coco:{folder(annotation())}")[1]
    assert len(sample.y) == 0
    assert sample.y.masks.shape == (0, 4, 6)
    assert sample.facts == {"objects": 0}


def test_what_can_not_be_used_is_left_out_and_counted(folder):
    root = folder(
        annotation(),
        annotation(id=2, category_id=99),
        annotation(id=3, category_id=98),
        annotation(id=4, image_id=99),
        annotation(id=5, bbox=[1, 1, 0, 2]),
        annotation(id=6, bbox=[1, 1, "x", 2]),
        images=("a.png", "gone.png", "b.png"),
    )
    data = open_data(f"coco:{root}")
    assert list(data.ids()) == ["a.png", "b.png"]
    assert data.left_out == (
        ("annotations", 2, "their category is not listed; the first is annotation 2"),
        ("annotations", 1, "their image is not listed; the first is annotation 4"),
        ("annotations", 2, "they have no box of positive size; the first is annotation 5"),
        ("images", 1, "their file is not there; the first is gone.png"),
    )
    assert len(data[0].y) == 1


def test_the_file_can_be_named(folder, tmp_path):
    root = folder(annotation())
    folder(annotation(), annotation(id=2), file="other.json")
    with pytest.raises(
        DataError, match=r"2 \.json files lie in the folder\. Give coco:FOLDER with masks=FILE"
    ):
        open_data(f"coco:{root}")
    assert len(open_data(f"coco:{root}", masks=tmp_path / "other.json")[0].y) == 2
    assert len(open_data(f"coco:{root / 'images'}", masks=tmp_path / "other.json")[0].y) == 2


def test_errors(folder, tmp_path):
    with pytest.raises(DataError, match="there is no such folder of images"):
        open_data(f"coco:{tmp_path / 'no'}")
    with pytest.raises(DataError, match=r"no \.json file lies in the folder"):
        open_data(f"coco:{tmp_path}")
    with pytest.raises(DataError, match="none of its images is in the folder"):
        open_data(f"coco:{folder(images=('x.png',))}")
    (tmp_path / "instances.json").write_text('{"images": []}')
    with pytest.raises(DataError, match=r"this is not a COCO instances file \(no 'categories'\)"):
        open_data(f"coco:{tmp_path}")
    (tmp_path / "instances.json").write_text("{")
    with pytest.raises(DataError, match="this is not JSON"):
        open_data(f"coco:{tmp_path}")


def test_errors_of_one_image(folder, paint, tmp_path):
    data = open_data(f"coco:{folder(annotation(segmentation={'size': [4, 6], 'counts': [3]}))}")
    with pytest.raises(DataError, match=r"a\.png: its COCO annotation can't be read: its runs add up to 3"):
        data[0]
    paint(tmp_path / "images/b.png", size=(5, 4))
    with pytest.raises(DataError, match=r"b\.png: the image is 5×4 pixels, its annotations are for 6×4"):
        data[1]
    (tmp_path / "images/c.png").unlink()
    with pytest.raises(DataError, match=r"c\.png: there is no such file"):
        data[2]


def test_content_is_the_files(folder):
    data = open_data(f"coco:{folder(annotation())}")
    assert data.content(0) == data.content(1)
    assert not data.has_mask(0)
    assert torch.equal(data[0].x, data[1].x)
