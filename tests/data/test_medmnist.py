"""MedMNIST files: which one it is, which split, and what can't be read."""

import os
from pathlib import Path

import numpy as np
import pytest

from durometer.core import DataError
from durometer.data import match_labels, open_data
from durometer.data.medmnist import data_set_of
from durometer.data.medmnist_names import CLASSES, TITLES
from durometer.stress.corruptions.medmnist.constants import DATA_SETS


@pytest.fixture
def write(tmp_path):
    def make(name="pneumoniamnist.npz", shape=(28, 28), splits=("train", "val", "test"), y=(0, 1, 1), **more):
        arrays = {}
        for k, split in enumerate(splits):
            arrays[f"{split}_images"] = np.full((len(y), *shape), 10 * (k + 1), np.uint8)
            arrays[f"{split}_labels"] = np.array(y, np.uint8).reshape(len(y), -1)
        np.savez(tmp_path / name, **arrays, **more)
        return tmp_path / name

    return make


@pytest.mark.parametrize("shape", [(28, 28), (64, 64), (128, 128), (224, 224), (28, 28, 3), (224, 224, 3)])
def test_all_sizes_gray_and_color(write, shape):
    data = open_data(write(shape=shape))
    assert data[0].x.shape == (3, *shape[:2])
    assert (data.labels, data.titles) == (("0", "1"), ("normal", "pneumonia"))
    assert [sorted(data[i].y) for i in range(3)] == [[0], [1], [1]]
    assert data.suite == "medmnist-c-pneumoniamnist"
    assert data.ids()[0] == "pneumoniamnist/test/000000"


def test_the_split_is_chosen_or_said(write):
    path = write()
    assert open_data(path)[0].x[0, 0, 0] == 30
    assert "Of the splits test, val, train, 'test' is used." in open_data(path).guesses
    assert open_data(path, split="train")[0].x[0, 0, 0] == 10
    assert open_data(path, split="val").name == "PneumoniaMNIST, val"
    assert open_data(write("breast_no_test.npz", splits=("train", "val")))[0].x[0, 0, 0] == 20
    with pytest.raises(DataError, match=r"there is no split 'test'.*There are: val, train"):
        open_data(write("octmnist.npz", splits=("train", "val")), split="test")


def test_a_file_is_known_by_its_name_and_that_is_said(write, tmp_path):
    for name, data in (
        ("PneumoniaMNIST_224", "pneumoniamnist"), ("pneumonia_train_val", "pneumoniamnist"),
        ("organamnist_64", "organamnist"), ("organmnist3d", ""), ("nodulemnist3d", ""), ("faces", ""),
        ("pathology", ""), ("28", ""),
    ):  # fmt: skip
        assert data_set_of(tmp_path / f"{name}.npz") == data
    said = open_data(write("blood_224.npz")).guesses[0]
    assert said == "By its name, blood_224.npz is BloodMNIST; if it isn't, give npz:FILE."
    assert open_data(write("faces.npz")).suite == ""
    assert open_data(write("derma.npz", masks=np.zeros((3, 28, 28)))).suite == ""  # not its arrays
    assert open_data(f"npz:{write('retina.npz')}").labels == ("0", "1")
    assert open_data(f"medmnist:{write('octmnist.npz')}").titles[3] == "normal"


def test_a_class_that_a_split_lacks_is_still_a_class(write):
    data = open_data(write("dermamnist.npz", y=(0, 6, 6)))
    assert data.titles == CLASSES["dermamnist"]
    # names in MedMNIST's order are not in the alphabet's: outputs without names are matched by number
    match = match_labels(data.labels, tuple(f"class {i}" for i in range(7)), n_outputs=7)
    assert match.accepted == tuple(frozenset({i}) for i in range(7))


def test_the_data_sets_are_those_that_have_corruptions():
    assert set(CLASSES) == set(TITLES) == set(DATA_SETS)
    # classes by MedMNIST's INFO
    assert [len(CLASSES[n]) for n in sorted(CLASSES)] == [8, 2, 14, 7, 4, 11, 11, 11, 9, 2, 5, 8]


class TestErrors:
    def test_several_labels_a_picture(self, write):
        path = write("chestmnist.npz", y=[[0] * 13 + [1], [1] * 14])
        with pytest.raises(DataError, match=r"ChestMNIST has 14 labels a picture.*one class.*shape \(N, 1\)"):
            open_data(path)

    def test_labels_beyond_the_classes(self, write):
        with pytest.raises(DataError, match=r"not numbers from 0 to 1, as those of Pneumonia.*npz:FILE"):
            open_data(write(y=(0, 1, 2)))

    def test_another_name(self, write):
        with pytest.raises(DataError, match=r"not that of a MedMNIST data set.*[Dd]id you mean 'pathmnist'"):
            open_data(f"medmnist:{write('pathmnits.npz')}")

    def test_no_labels(self, tmp_path):
        np.savez(tmp_path / "octmnist.npz", test_images=np.zeros((2, 28, 28), np.uint8))
        with pytest.raises(DataError, match=r"a MedMNIST file has test_images, test_labels.*this one has"):
            open_data(tmp_path / "octmnist.npz")

    def test_a_damaged_file(self, tmp_path):
        (tmp_path / "octmnist.npz").write_bytes(b"no")
        with pytest.raises(DataError, match="Save plain arrays of numbers"):
            open_data(tmp_path / "octmnist.npz")


@pytest.mark.real_data
def test_the_real_file():
    folder = os.environ.get("DUROMETER_TEST_DATA", "")
    if not folder:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    path = Path(folder) / "medmnist" / "pneumonia_train_val.npz"
    data = open_data(path)
    assert data.name == "PneumoniaMNIST, val"
    assert len(data) == 524
    assert sum(data[i].y == frozenset({1}) for i in range(len(data))) == 389
    train = open_data(path, split="train")
    assert (len(train), train[0].x.shape) == (3882, (3, 28, 28))
