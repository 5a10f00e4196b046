"""The fingerprint, what is unreadable, and subsets."""

import hashlib

import pytest

from durometer.core import DataError, UsageError, order_key
from durometer.data import Fingerprint, Subset, Unreadable, content_of, fingerprint, open_data


def test_fingerprint_by_hand():
    total = Fingerprint()
    total.add("a/b.png", "00ff", ["dog", "cat"])
    total.add("é", "11", [])
    lines = b"durometer data 1\n" + b'["a/b.png","00ff",["cat","dog"]]\n' + '["é","11",[]]\n'.encode()
    assert total.digest() == hashlib.sha256(lines).hexdigest()
    assert total.n == 2


def test_fingerprint_sees_ids_contents_labels_and_order():
    base = [("a", "1", ["x"]), ("b", "2", ["y"])]
    others = [
        base[::-1],
        [("c", "1", ["x"]), base[1]],
        [("a", "3", ["x"]), base[1]],
        [("a", "1", ["y"]), base[1]],
        base[:1],
        [("a", "1", ["x", "y"]), ("b", "2", [])],
    ]

    def digest(rows):
        total = Fingerprint()
        for row in rows:
            total.add(*row)
        return total.digest()

    assert len({digest(rows) for rows in [base, *others]}) == 7


def test_fingerprint_of_a_folder(tmp_path, paint):
    paint(tmp_path / "cat/a.png")
    paint(tmp_path / "dog/b.png")
    data = open_data(tmp_path)
    wanted = Fingerprint()
    for name, label in (("cat/a.png", "cat"), ("dog/b.png", "dog")):
        wanted.add(name, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest(), [label])
    assert fingerprint(data) == wanted.digest()
    (tmp_path / "dog/b.png").write_bytes(b"no")
    assert fingerprint(data) != wanted.digest()


def test_content_without_files_is_of_the_pixels():
    data = open_data("digits")
    assert data.content(3) == content_of(data, 3, data[3])
    assert data.content(3) != data.content(4)


class TestUnreadable:
    def test_stops_above_the_share(self):
        unread = Unreadable(100, share=0.02)
        unread.add("a", DataError("damaged", where="a"))
        unread.add("b", "damaged")
        with pytest.raises(DataError) as error:
            unread.add("c", "damaged")
        assert str(error.value) == (
            "3 of 100 samples could not be read, more than the allowed share of 0.02: 'a', 'b', 'c'; "
            "the first: a: damaged. Repair or remove them, or allow more with --unreadable SHARE."
        )
        assert len(unread) == 3

    def test_none_or_all_may_be_allowed(self):
        with pytest.raises(DataError, match="1 of 1000 samples"):
            Unreadable(1000, share=0).add("a", "x")
        unread = Unreadable(2, share=1)
        unread.add("a", "x")
        unread.add("b", "y")
        assert unread.found == [("a", "x"), ("b", "y")]


class TestSubset:
    def test_limit_draws_by_id_and_keeps_the_order(self):
        everything, some = open_data("digits"), open_data("digits", limit=20, seed=4)
        chosen = sorted(everything.ids(), key=lambda name: order_key(4, name, "limit"))[:20]
        assert list(some.ids()) == [name for name in everything.ids() if name in chosen]
        assert [some[i].id for i in range(20)] == list(some.ids())
        assert "20 of 500 samples were drawn (seed 4)." in some.guesses
        assert set(some.ids()) < set(open_data("digits", limit=40, seed=4).ids())
        assert some.mask_count == 20
        assert len(open_data("digits", limit=9999)) == 500

    def test_shards_give_each_sample_as_the_whole_does(self):
        data = open_data("digits")
        shards = [Subset(data, range(k, len(data), 3)) for k in range(3)]
        assert sorted(name for shard in shards for name in shard.ids()) == sorted(data.ids())
        assert shards[1][2].x.equal(data[7].x)
        assert shards[1].content(2) == data.content(7)
        assert shards[0].titles == data.titles

    def test_errors(self):
        with pytest.raises(UsageError, match="a limit of 0 samples leaves nothing"):
            open_data("digits", limit=0)
