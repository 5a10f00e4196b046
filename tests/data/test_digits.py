"""The embedded digits against scikit-learn's own array."""

import hashlib

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from durometer.core import DataError
from durometer.data import open_data
from durometer.data.digits import Digits


def test_pixels_are_scikit_learns_in_squares_and_the_mask_is_the_ink():
    images, targets = load_digits(return_X_y=True)
    data = Digits("all", size=32)
    for i in (0, 700, 1796):
        level = torch.from_numpy(images[i].reshape(8, 8))
        sample = data[i]
        assert torch.equal(sample.x[:, ::4, ::4].double(), (level * 255 / 16).round().expand(3, -1, -1))
        assert torch.equal(
            sample.x.reshape(3, 8, 4, 8, 4).amin((2, 4)), sample.x.reshape(3, 8, 4, 8, 4).amax((2, 4))
        )
        assert torch.equal(sample.aux["mask"][0, ::4, ::4].double(), level / 16)
        assert sample.y == {int(targets[i])}


def test_splits_share_nothing_and_cover_everything():
    train, test, everything = (Digits(split).ids() for split in ("train", "test", "all"))
    assert (len(train), len(test), len(everything)) == (1297, 500, 1797)
    assert [*train, *test] == list(everything)
    assert Digits("test")[0].id == "digits/1297"
    assert torch.equal(Digits("test")[0].x, Digits("all")[1297].x)


def test_golden_pixels():
    # hashlib.sha256(b"".join(Digits("test")[i].x.numpy().tobytes() for i in range(500))).hexdigest()
    total = hashlib.sha256(b"".join(Digits("test")[i].x.numpy().tobytes() for i in range(500)))
    assert total.hexdigest() == "aba182e238dfcd0c3ef43745e9919b7e1cd0d27c8481488de96e0d42a620be3f"


def test_opening():
    assert len(open_data("digits")) == 500
    assert len(open_data("digits:train")) == 1297
    assert len(open_data("digits", split="all")) == 1797
    data = open_data("digits", size=8)
    assert data[0].x.shape == (3, 8, 8)
    assert data.mask_count == 500
    assert data.labels == tuple("0123456789")
    assert data.name == "digits, test"


def test_every_class_is_in_the_test_split():
    data = open_data("digits")
    counts = np.bincount([min(data[i].y) for i in range(len(data))], minlength=10)
    assert counts.min() >= 40


def test_errors():
    with pytest.raises(DataError, match=r"no split 'dev'\. There are: train, test, all"):
        open_data("digits:dev")
    with pytest.raises(DataError, match="not a multiple of 8"):
        open_data("digits", size=30)
    with pytest.raises(IndexError):
        Digits()[500]
