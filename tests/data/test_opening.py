"""One way in: names, readers of third parties, and what nobody can open."""

import sys
import types

import pytest
import torch

from durometer.core import DataError, Registry, Sample
from durometer.data import DATASETS, Data, InMemory, Options, open_data, opening


def test_builtin_readers_load():
    assert set(DATASETS.names()) >= {"digits", "folders", "hf", "npz", "scenes", "table"}
    for name in ("digits", "folders", "hf", "npz", "scenes", "table"):
        assert callable(DATASETS.get(name))
        assert DATASETS.get(name).__doc__


def test_a_reader_by_name_takes_the_rest_as_its_place(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    assert list(open_data(f"folders:{tmp_path}").ids()) == ["cat/a.png"]


def test_a_third_partys_reader(monkeypatch):
    def read(where, options):
        assert isinstance(options, Options)
        return InMemory(torch.zeros(options.n, 2, 2, dtype=torch.uint8), [where] * options.n, name="theirs")

    module = types.ModuleType("their_package")
    module.read = read
    monkeypatch.setitem(sys.modules, "their_package", module)
    monkeypatch.setattr(opening, "DATASETS", Registry("data", {"theirs": "their_package:read"}))
    data = open_data("theirs:here", n=3)
    assert len(data) == 3
    assert data.labels == ("here",)


def test_scenes_are_handed_what_they_know(monkeypatch):
    class Scenes(Data):
        labels = ("a",)

        def __init__(self, split="same", *, n=5, seed=0):
            self.name, self.n, self.seed = split, n, seed

        def __len__(self):
            return self.n

        def __getitem__(self, i):
            return Sample(f"{i}", torch.zeros(3, 2, 2, dtype=torch.uint8), frozenset({0}))

    module = types.ModuleType("durometer.data.scenes")
    module.Scenes = Scenes
    monkeypatch.setitem(sys.modules, "durometer.data.scenes", module)
    assert (open_data("scenes").name, len(open_data("scenes"))) == ("same", 5)
    data = open_data("scenes:uniform", n=7, size=32, seed=3)
    assert (data.name, len(data), data.seed) == ("uniform", 7, 3)


def test_a_folder_named_as_a_reader_is_reached_with_a_dot(tmp_path, paint, monkeypatch):
    paint(tmp_path / "digits/cat/a.png")
    monkeypatch.chdir(tmp_path)
    assert open_data("digits").labels == tuple("0123456789")
    assert open_data("./digits").labels == ("cat",)


@pytest.mark.parametrize("where", ["no/such/folder", "C:\\no", ""])
def test_nothing_there(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        open_data(where)


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"a data set is a folder, a \.npz or a \.csv file"):
        open_data(tmp_path / "a.txt")
