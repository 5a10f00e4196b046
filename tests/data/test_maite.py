"""MAITE data sets, by their shape: every kind of input and target a stranger may hand over."""

import numpy as np
import pytest
import torch

from durometer.core import DataError, Dataset
from durometer.data import InMemory
from durometer.data.maite import adopt, from_maite

LEVELS = (np.arange(3 * 6 * 5).reshape(3, 6, 5) * 2).astype(np.uint8)
MASK = np.zeros((6, 5), bool)
MASK[1:4, 2:5] = True


class Foreign:
    """A MAITE data set, without MAITE."""

    def __init__(self, inputs, targets, metadata=None, labels=None):
        self.metadata = {"id": "foreign"} | ({"index2label": labels} if labels else {})
        self._inputs, self._targets = inputs, targets
        self._metadata = metadata or [{"id": i} for i in range(len(inputs))]
        self.reads = []

    def __len__(self):
        return len(self._inputs)

    def __getitem__(self, ind, /):
        self.reads.append(ind)
        return self._inputs[ind], self._targets[ind], self._metadata[ind]


class Fieldwise(Foreign):
    def get_input(self, ind, /):
        return self._inputs[ind]

    def get_target(self, ind, /):
        return self._targets[ind]

    def get_metadata(self, ind, /):
        return self._metadata[ind]


def test_oracle_an_item_becomes_a_sample():
    metadata = [
        {
            "id": "a",
            "mask": MASK,
            "hour": 7,
            "wet": True,
            "place": "quay",
            "track": [1, 2],
            "deep": np.float32(0.5),
            "lost": float("nan"),
        },
        {"id": 5},
    ]
    given = Foreign(
        [LEVELS, LEVELS[::-1]], [np.array([0, 1, 0]), np.array([0, 0, 1])], metadata, {0: "cat", 1: "dog"}
    )
    data = adopt(given)
    assert isinstance(data, Dataset)
    assert (data.name, data.labels, data.ids(), data.mask_count) == (
        "foreign",
        ("cat", "dog", "2"),
        ["a", "5"],
        1,
    )
    first, second = data[0], data[1]
    assert first.x.equal(torch.from_numpy(LEVELS))
    assert second.x.equal(torch.from_numpy(LEVELS[::-1].copy()))
    assert (first.y, second.y) == ({1}, {2})
    assert first.aux["mask"].equal(torch.from_numpy(MASK).float()[None])
    assert "mask" not in second.aux
    assert first.facts == {"hour": 7, "wet": True, "place": "quay", "deep": 0.5}
    assert [data.has_mask(i) for i in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("made", "guessed"),
    [
        (lambda x: torch.from_numpy(x), False),
        (lambda x: x.astype(np.float32) / 255, False),
        (lambda x: torch.from_numpy(x).double() / 255, False),
        (lambda x: x.astype(np.float32), True),
        (lambda x: x.astype(np.int64), True),
        (lambda x: x.astype(np.uint16) * 257, False),
        (lambda x: x.tolist(), True),
    ],
)
def test_oracle_pixels_of_every_kind(made, guessed):
    # black goes with it, which alone would not show what white is
    data = from_maite(Foreign([made(np.zeros_like(LEVELS)), made(LEVELS)], [0, 1]))
    assert data[1].x.equal(torch.from_numpy(LEVELS))
    assert data[0].x.eq(0).all()
    assert bool(data.guesses) == guessed
    if guessed:
        assert "up to 178 are taken to be gray levels of 255" in data.guesses[0]


def test_oracle_gray_and_alpha():
    data = from_maite(Foreign([LEVELS[:1], np.concatenate([LEVELS, LEVELS[:1]])], [0, 1]))
    assert data[0].x.equal(torch.from_numpy(LEVELS[:1]).expand(3, -1, -1))
    assert data[1].x.equal(torch.from_numpy(LEVELS))


@pytest.mark.parametrize(
    ("target", "accepted"),
    [
        (np.array([0, 0, 1]), {2}),
        (torch.tensor([1.0, 0.0, 1.0]), {0, 2}),
        ([0.2, 0.5, 0.3], {1}),
        (2, {2}),
        (np.int64(1), {1}),
        (torch.tensor([2]), {2}),
    ],
)
def test_oracle_targets_of_every_kind(target, accepted):
    data = from_maite(Foreign([LEVELS] * 2, [target, np.array([1, 0, 0])]))
    assert data[0].y == accepted


def test_unlabeled_samples_are_left_out_and_counted():
    data = from_maite(Foreign([LEVELS, LEVELS + 1, LEVELS], [np.zeros(3), np.array([0, 1, 0]), -1]))
    assert (len(data), data.ids(), data.left_out) == (1, ["1"], (("samples", 2, "they have no label"),))
    assert data[0].x.equal(torch.from_numpy(LEVELS + 1))


def test_a_fieldwise_data_set_is_not_read_as_a_whole():
    given = Fieldwise([LEVELS] * 100, list(range(100)))
    from_maite(given)
    assert len(given.reads) <= 32


def test_a_data_loader_is_read_once():
    class Loader:
        turns = 0

        def __iter__(self):
            self.turns += 1
            yield [LEVELS, LEVELS], [0, 1], [{"id": "a"}, {"id": "b", "mask": MASK}]
            yield [LEVELS + 1], [1], [{"id": "c"}]

    loader = Loader()
    data = adopt(loader)
    assert (data.ids(), data.name, data.mask_count) == (["a", "b", "c"], "Loader", 1)
    assert data[2].x.equal(torch.from_numpy(LEVELS + 1))
    assert data[2].x.equal(data[2].x)
    assert loader.turns == 1


def test_an_item_that_fails_is_the_runs_to_count():
    class Broken(Foreign):
        def __getitem__(self, ind, /):
            if ind == 1:
                raise OSError("the disk is gone")
            return super().__getitem__(ind)

    data = from_maite(Broken([LEVELS] * 3, [0, 1, 2]))
    assert data.ids() == ["0", "item 1", "2"]
    with pytest.raises(DataError, match="foreign: item 1 can't be read: the disk is gone"):
        data[1]
    assert data[2].y == {2}


def test_ours_stay_what_they_are():
    own = InMemory(np.zeros((2, 4, 4, 3), np.uint8), [0, 1])
    assert adopt(own) is own


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: Foreign([], []), "foreign: the data set is empty"),
        (lambda: Foreign([LEVELS], [0], [{"name": "a"}]), "the metadata of item 0 has no 'id'"),
        (lambda: Foreign([LEVELS] * 2, [0, 1], [{"id": 1}, {"id": "1"}]), "two items have the id '1'"),
        (
            lambda: Foreign([LEVELS * 0.1 - 5], [0]),
            "so that white is unknown. Give 0 to 255, or floats from 0",
        ),
        (
            lambda: Foreign([LEVELS], [np.zeros((2, 2))]),
            r"a target of shape \(2, 2\) and type float64 is no label",
        ),
        (lambda: Foreign([LEVELS], [type("Boxes", (), {"boxes": []})()]), "its targets are boxes"),
        (lambda: [LEVELS], "list is no data set. Give a folder"),
        (lambda: iter([([LEVELS], [0])]), r"a batch is not \(inputs, targets, metadata\) of one length"),
    ],
)
def test_errors(given, said):
    with pytest.raises(DataError, match=said):
        adopt(given())


def test_errors_of_one_sample():
    channels_last = LEVELS.transpose(1, 2, 0)
    data = from_maite(Foreign([LEVELS, channels_last], [0, 1]))
    with pytest.raises(
        DataError, match=r"1: an input of shape \(6, 5, 3\) and type uint8 is not \(C, H, W\)"
    ):
        data[1]
    metadata = [{"id": "a", "mask": MASK.T}, {"id": "b"}]
    data = from_maite(Foreign([LEVELS, LEVELS], [0, 1], metadata))
    with pytest.raises(
        DataError, match=r"a: the mask is \(5, 6\), the image \(6, 5\). Give masks as \(H, W\)"
    ):
        data[0]
    outside = np.full((3, 6, 5), 2.0)
    few = [LEVELS / 255.0] * 40
    data = from_maite(Foreign([*few[:3], outside, *few], list(range(44))))
    with pytest.raises(DataError, match="3: has pixels outside 0 to 1, the range of the others"):
        data[3]
