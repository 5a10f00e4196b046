"""Originals beside folders of their edited versions, as ImageNet-E is published."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import DataError
from durometer.data import Subset, open_data
from durometer.data.edited import holds_edits
from durometer.data.imagenet_e import AVERAGED, EDITS, edit_of

FOLDERS = ("rec", "20_smooth", "20_hard", "20_adv", "random_bg", "full", "01", "008", "005", "rp", "rd")
"""What public evaluation code reads, in the order of the table."""


def paint(path, value, size=(8, 8)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0], 3), value, np.uint8)).save(path)


@pytest.fixture
def root(tmp_path):
    """Three images, JPEG originals and PNG edits, as published; the gray level is 10·edit + image."""
    for i in range(3):
        paint(tmp_path / "ori" / f"val_{i}.JPEG", 200)
        for k, folder in enumerate(FOLDERS):
            paint(tmp_path / folder / f"val_{i}.png", 10 * k + i)
    (tmp_path / "labels.txt").write_text("val_0.JPEG\t281\nval_1.JPEG\t7\nval_2.JPEG\t281\n")
    return tmp_path


def test_oracle_the_layout_is_found_and_read_by_stem(root):
    data = open_data(root)
    assert list(data.ids()) == [f"ori/val_{i}.JPEG" for i in range(3)]
    assert data.labels == ("7", "281")
    assert [data[i].y for i in range(3)] == [frozenset({1}), frozenset({0}), frozenset({1})]
    assert set(data.variants) == set(FOLDERS)
    for k, folder in enumerate(FOLDERS):
        for i in range(3):
            assert torch.equal(data.variant(i, folder), torch.full((3, 8, 8), 10 * k + i, dtype=torch.uint8))


def test_oracle_the_names_of_the_folders_are_the_columns_of_the_table(root):
    data = open_data(root)
    assert [data.edits[folder] for folder in FOLDERS] == [edit.key for edit in EDITS]
    assert len(AVERAGED) == 10
    assert "inver" not in AVERAGED
    assert data.suite == "imagenet-e"
    assert any("rec (Inver)" in guess and "rd (rd)" in guess for guess in data.guesses)
    assert "The originals are those in 'ori'." in data.guesses


def test_no_two_edits_claim_one_name():
    names = [name for edit in EDITS for name in edit.folders]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert edit_of("Random_BG") == "random-background"
    assert edit_of("fog") == ""


def test_an_unknown_folder_keeps_its_name_and_a_second_of_one_edit_is_unknown(root):
    paint(root / "fog" / "val_0.png", 1)
    paint(root / "0.1" / "val_0.png", 1)
    data = open_data(root)
    assert {"fog", "0.1"} <= set(data.variants)
    assert "fog" not in data.edits
    assert [key for key in data.edits.values() if key == "size-0.1"] == ["size-0.1"]
    assert any("left out of its average" in guess and "'fog'" in guess for guess in data.guesses)


def test_a_subset_keeps_its_edits(root):
    data = Subset(open_data(root), [2, 0])
    assert data.suite == "imagenet-e"
    assert torch.equal(data.variant(0, "rd"), torch.full((3, 8, 8), 102, dtype=torch.uint8))
    plain = open_data("digits", limit=3)
    assert (plain.variants, dict(plain.edits), plain.suite) == ((), {}, "")
    with pytest.raises(DataError, match="there are no edited images 'rd'"):
        plain.variant(0, "rd")


def test_what_does_not_pair_is_counted(root):
    paint(root / "ori" / "stray.JPEG", 9)
    with (root / "labels.txt").open("a") as table:
        table.write("val_9.JPEG\t3\n")
    (root / "rd" / "val_1.png").unlink()
    data = open_data(root)
    assert data.left_out == (
        ("rows of labels.txt", 1, "there is no such image in 'ori'"),
        ("images", 1, "labels.txt gives them no label"),
    )
    assert data.labels == ("7", "281")
    with pytest.raises(DataError, match="there is no such edited image"):
        data.variant(1, "rd")
    with pytest.raises(DataError, match="there is no such edited image"):
        data.variant(1, "nowhere")


def test_other_tables_called_labels_are_not_taken_for_it(root, tmp_path):
    assert holds_edits(root)
    (root / "labels.txt").write_text("val_0.JPEG,281\n")
    assert not holds_edits(root)
    (root / "labels.txt").write_text("other.JPEG\t281\n")
    assert not holds_edits(root)
    (root / "labels.txt").unlink()
    assert not holds_edits(root)


def test_errors_name_the_place_and_the_way_out(root):
    (root / "labels.txt").write_text("val_0.JPEG\t281\nval_1.JPEG 7\n")
    with pytest.raises(DataError, match="line 2 is not a file name, a tab and a label"):
        open_data(root)
    (root / "labels.txt").write_text("val_0.JPEG\t281\nval_0.png\t7\n")
    with pytest.raises(DataError, match=r"line 2 gives 'val_0.png' a second label"):
        open_data(root)
    (root / "labels.txt").write_text("val_0.JPEG\t281\n")
    paint(root / "rd" / "val_0.jpg", 9)
    with pytest.raises(DataError, match="are versions of one image"):
        open_data(root)
    (root / "ori").rename(root / "unedited")
    with pytest.raises(DataError, match=r"holds the originals is not known.*Name their folder 'ori'"):
        open_data(f"edited:{root}")


def test_originals_alone_are_no_such_data(tmp_path):
    paint(tmp_path / "ori" / "val_0.JPEG", 1)
    (tmp_path / "labels.txt").write_text("val_0.JPEG\t281\n")
    with pytest.raises(DataError, match="there is no folder of edited images"):
        open_data(f"edited:{tmp_path}")
    paint(tmp_path / "rd" / "val_0.png", 1)
    (tmp_path / "labels.txt").write_text("val_5.JPEG\t281\n")
    with pytest.raises(DataError, match="lists none of the images in 'ori'"):
        open_data(f"edited:{tmp_path}")
