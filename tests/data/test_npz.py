"""Arrays in .npz files and in memory: layouts, ranges, labels, masks, and what is refused."""

import numpy as np
import pytest
import torch

from durometer.core import DataError
from durometer.data import InMemory, open_data

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (4, 5, 6, 3), np.uint8)
Y = np.array([2, 0, 7, 2])


def npz(tmp_path, name="set.npz", **arrays):
    np.savez(tmp_path / name, **arrays)
    return tmp_path / name


def test_images_labels_and_ids(tmp_path):
    data = open_data(npz(tmp_path, x=X, y=Y))
    assert data.labels == ("0", "2", "7")
    assert [data.labels[min(data[i].y)] for i in range(4)] == ["2", "0", "7", "2"]
    assert list(data.ids()) == [f"set/x/{i:06d}" for i in range(4)]
    assert torch.equal(data[1].x, torch.from_numpy(X[1]).permute(2, 0, 1))
    assert data.guesses == ("set.npz: 'x' are the images, 'y' the labels.",)


@pytest.mark.parametrize(
    "values",
    [
        X,
        X.transpose(0, 3, 1, 2),
        X / 255,
        (X / 255).astype(np.float32),
        X.astype(np.uint16) * 257,
        X.astype(np.int64),
    ],
    ids=["nhwc", "nchw", "float64", "float32", "uint16", "int64"],
)
def test_layouts_and_ranges_mean_the_same_pixels(tmp_path, values):
    data = open_data(npz(tmp_path, images=values, labels=Y))
    assert all(torch.equal(data[i].x, torch.from_numpy(X[i]).permute(2, 0, 1)) for i in range(4))


@pytest.mark.parametrize("values", [X[..., 0], X[..., :1], X[:, None, :, :, 0]], ids=["nhw", "nhw1", "n1hw"])
def test_gray_becomes_three_equal_channels(values):
    sample = InMemory(values, Y)[2]
    assert torch.equal(sample.x, torch.from_numpy(X[2, ..., 0]).expand(3, -1, -1))


def test_alpha_is_dropped_and_booleans_are_black_and_white():
    with_alpha = np.concatenate([X, X[..., :1]], axis=-1)
    assert torch.equal(InMemory(with_alpha, Y)[0].x, torch.from_numpy(X[0]).permute(2, 0, 1))
    assert InMemory(np.array([[[True, False]]]), [0])[0].x[0].tolist() == [[255, 0]]


def test_an_ambiguous_axis_is_said():
    data = InMemory(np.zeros((2, 3, 5, 3), np.uint8), [0, 1])
    assert data[0].x.shape == (3, 3, 5)
    assert "Of the shape (2, 3, 5, 3), the last axis is taken to be the channels." in data.guesses


def test_splits(tmp_path):
    path = npz(tmp_path, x_train=X, y_train=Y, val_images=X[:2], val_labels=Y[:2, None])
    data = open_data(path)
    assert len(data) == 2
    assert data.guesses[1] == "Of the splits val, train, 'val' is used."
    assert len(open_data(path, split="train")) == 4
    with pytest.raises(DataError, match=r"no split 'test'\. There are: val, train"):
        open_data(path, split="test")


def test_names_masks_and_unlabeled(tmp_path):
    masks = np.zeros((4, 5, 6), np.uint8)
    masks[:, 1] = 9
    path = npz(
        tmp_path, x=X, y=np.array([1, -1, 0, 1]), class_names=np.array(["ant", "bee", "cow"]), masks=masks
    )
    data = open_data(path)
    assert data.labels == ("ant", "bee", "cow")
    assert [min(data[i].y) for i in range(3)] == [1, 0, 1]
    assert list(data.ids()) == ["set/x/000000", "set/x/000002", "set/x/000003"]
    assert data.left_out == (("samples", 1, "they have no label"),)
    assert data[0].aux["mask"].sum() == 6  # one row of six
    assert data.mask_count == 3


def test_labels_may_be_the_names_beside_y(tmp_path):
    assert open_data(npz(tmp_path, x=X, y=Y % 2, labels=np.array(["a", "b"]))).labels == ("a", "b")


def test_masks_from_a_second_file(tmp_path):
    np.save(tmp_path / "m.npy", np.full((4, 5, 6), 0.5))
    data = open_data(npz(tmp_path, x=X, y=Y), masks=tmp_path / "m.npy")
    assert torch.equal(data[3].aux["mask"], torch.full((1, 5, 6), 0.5))


class TestErrors:
    @pytest.mark.parametrize(
        ("arrays", "words"),
        [
            ({"a": X, "y": Y}, "no array is named as images are; there are a, y"),
            ({"x": X, "b": Y}, "no array is named as labels are"),
            ({"x": X, "y": Y[:3]}, "there are 4 images but 3 labels"),
            ({"x": X - 300.0, "y": Y}, "white is unknown"),
            ({"x": X / 255 * np.nan, "y": Y}, "white is unknown"),
            ({"x": X[0, 0], "y": Y}, "is not a list of images"),
            ({"x": X[..., [0, 1]], "y": Y}, "no axis of"),
            ({"x": X, "y": Y, "masks": X}, "do not fit 4 images"),
            ({"x": X, "y": -Y - 1}, "no sample has a label"),
            ({"x": X, "y": Y, "class_names": np.array(["a"])}, "is not among the 1 names given"),
        ],
    )
    def test_arrays(self, tmp_path, arrays, words):
        with pytest.raises(DataError, match=words):
            open_data(npz(tmp_path, **arrays))

    def test_pickles_are_not_loaded(self, tmp_path):
        path = npz(tmp_path, x=X, y=np.array([object()] * 4))
        with pytest.raises(DataError, match="holds pickled objects, which are not loaded"):
            open_data(path)

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"hello"])
    def test_not_an_npz(self, tmp_path, content):
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(DataError, match=r"a\.npz"):
            open_data(tmp_path / "a.npz")

    def test_a_folder_of_masks(self, tmp_path):
        with pytest.raises(DataError, match=r"an array 'masks' in it, or a \.npy file"):
            open_data(npz(tmp_path, x=X, y=Y), masks=tmp_path)


class TestInMemory:
    def test_several_accepted_labels_in_every_form(self):
        wanted = [{0, 2}, {1}, {2}]
        marks = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1]])
        for y in ([{0, 2}, {1}, {2}], [(0, 2), 1, [2]], marks, torch.from_numpy(marks)):
            data = InMemory(X[:3], y, labels="abc")
            assert [data[i].y for i in range(3)] == wanted
        data = InMemory(X[:3], [["a", "c"], "b", "c"], labels="abc")
        assert [data[i].y for i in range(3)] == wanted

    def test_names_alone(self):
        data = InMemory(
            torch.from_numpy(X), ["dog", "cat", None, "dog"], facts={"site": [1, 2, 3, 4]}, ids=list("wxyz")
        )
        assert data.labels == ("cat", "dog")
        assert list(data.ids()) == ["w", "x", "z"]
        assert data[2].facts == {"site": 4}

    def test_pairs(self):
        class Pairs:
            classes = ("zero", "one")

            def __len__(self):
                return 3

            def __getitem__(self, i):
                return torch.full((3, 4, 5), i / 2), torch.tensor(i % 2)

        data = InMemory.from_pairs(Pairs(), name="mine")
        assert data.labels == ("zero", "one")
        assert data[1].x.unique().tolist() == [128]  # 0.5 · 255 = 127.5 rounds to even
        assert data[1].y == {1}
        assert list(data.ids())[1] == "mine/000001"

    def test_pairs_of_several_sizes(self):
        pairs = [(np.zeros((2, 3), np.uint8), 0), (np.zeros((3, 2), np.uint8), 0)]
        with pytest.raises(DataError, match=r"of several sizes\. Save them as files"):
            InMemory.from_pairs(pairs)

    def test_ids_must_be_unique_and_as_many(self):
        with pytest.raises(DataError, match="two samples have the same id"):
            InMemory(X, Y, ids=["a", "b", "a", "c"])
        with pytest.raises(DataError, match="4 images but 2 ids"):
            InMemory(X, Y, ids=["a", "b"])
        with pytest.raises(DataError, match="4 images but 1 site"):
            InMemory(X, Y, facts={"site": [1]})

    def test_a_sample_is_a_copy(self):
        values = X.copy()
        InMemory(values, Y)[0].x.zero_()
        assert np.array_equal(values, X)
