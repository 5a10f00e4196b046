"""Hugging Face data sets from disk, without any network; and the sentence when the package is not there."""

import sys

import numpy as np
import pytest
from PIL import Image

from durometer.core import DataError, MissingExtraError
from durometer.data import open_data


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    datasets = pytest.importorskip("datasets")
    folder = tmp_path_factory.mktemp("hub")
    images = [Image.fromarray(np.full((4, 6, 3), level, np.uint8)) for level in (10, 20, 30, 40)]
    kinds = {"img": datasets.Image(), "fine": datasets.ClassLabel(names=["ant", "bee"])}
    features = datasets.Features({**kinds, "n": datasets.Value("int64")})
    table = datasets.Dataset.from_dict(
        {"img": images, "fine": [1, 0, -1, 1], "n": [5, 6, 7, 5]}, features=features
    )
    table.save_to_disk(str(folder / "one"))
    datasets.DatasetDict({"train": table, "test": table.select([0, 1])}).save_to_disk(str(folder / "two"))
    table.remove_columns(["img"]).save_to_disk(str(folder / "blind"))
    return folder


def test_images_and_labels(saved):
    data = open_data(f"hf:{saved}/one")
    assert data.labels == ("ant", "bee")
    assert list(data.ids()) == ["one/000000", "one/000001", "one/000003"]
    assert [(int(data[i].x[0, 0, 0]), data[i].y) for i in range(3)] == [(10, {1}), (20, {0}), (40, {1})]
    assert data.left_out == (("rows", 1, "they have no label"),)
    assert data.guesses == ("one: 'img' is the image, 'fine' the label.",)
    assert len({data.content(i) for i in range(3)}) == 3


def test_another_column_and_the_folder_without_its_prefix(saved):
    data = open_data(saved / "one", label_column="n")
    assert data.labels == ("5", "6", "7")
    assert [data[i].y for i in range(4)] == [{0}, {1}, {2}, {0}]


def test_splits(saved):
    assert open_data(f"hf:{saved}/two").name == "two:test"
    assert len(open_data(f"hf:{saved}/two", split="train")) == 3
    with pytest.raises(DataError, match=r"no split 'dev'\. There are: train, test"):
        open_data(f"hf:{saved}/two", split="dev")


def test_errors(saved, tmp_path):
    with pytest.raises(DataError, match=r"nothing is fetched without being asked\. Add --download"):
        open_data("hf:some/name")
    with pytest.raises(DataError, match="not a folder that datasets' save_to_disk wrote"):
        open_data(f"hf:{tmp_path}")
    with pytest.raises(DataError, match="lacks a label column; there are img, fine, n"):
        open_data(f"hf:{saved}/one", label_column="no")
    with pytest.raises(DataError, match="lacks an image column; there are fine, n"):
        open_data(f"hf:{saved}/blind")


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'durometer\[hub\]'"):
        open_data("hf:some/name")
