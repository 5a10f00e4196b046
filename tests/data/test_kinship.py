"""Donors of the same class and of another one."""

import pytest
import torch

from durometer.core import DataError, Dice
from durometer.data.bank import MemoryBank, pick

CLASSES = [frozenset({0}), frozenset({0}), frozenset({1}), frozenset({2, 1})]


def bank(targets=tuple(CLASSES)):
    images = [torch.full((3, 8, 8), i, dtype=torch.uint8) for i in range(4)]
    return MemoryBank([f"d{i}" for i in range(4)], images, targets=targets)


def drawn(of, y, n=400, own="s"):
    ids = tuple(f"{own}{i}" for i in range(n))
    return pick(bank(), ids, Dice(0, "x", 1, ids), targets=[y] * n, of=of)


def test_oracle_donors_are_of_the_class_asked_for():
    assert set(drawn("same class", frozenset({0}))) == {0, 1}
    assert set(drawn("another class", frozenset({0}))) == {2, 3}
    assert set(drawn("same class", frozenset({1}))) == {2, 3}  # one accepted class in common is enough
    assert set(drawn("any", frozenset({0}))) == {0, 1, 2, 3}


def test_never_its_own():
    ids = ("d0",)
    assert pick(bank(), ids, Dice(0, "x", 1, ids), targets=[frozenset({0})], of="same class") == [1]


def test_errors():
    for of, target, message in (
        ("same class", frozenset({7}), "the bank holds no background of the same class. Hold more"),
        ("another class", frozenset({0, 1, 2}), "no background of another class"),
    ):
        with pytest.raises(DataError, match=message):
            pick(bank(), ("s",), Dice(0, "x", 1, ("s",)), targets=[target], of=of)
    folder = bank(targets=())  # a folder of backgrounds: nobody knows their classes
    with pytest.raises(DataError, match="no background of the same class"):
        pick(folder, ("s",), Dice(0, "x", 1, ("s",)), targets=[frozenset({0})], of="same class")
