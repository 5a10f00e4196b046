"""The fingerprint, what is unreadable, and subsets."""

import hashlib

from durometer.data import Fingerprint, content_of, fingerprint, open_data


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
