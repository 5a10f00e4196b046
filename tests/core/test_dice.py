"""Dice belong to a sample: the same numbers in any company, other numbers for anything else."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Dice, order_key
from durometer.core.dice import _key
from durometer.core.philox import words

IDS = tuple(f"photos/{i}.png" for i in range(7))
DICE = Dice(3, "size", 1, IDS)


def numbers(dice):
    return [
        dice.uniform("a", (3,)),
        dice.normal("a", (2, 2)),
        dice.integers("a", -5, 5, (4,)),
        dice.permutation("a", 6),
    ]


@given(st.permutations(range(7)), st.integers(1, 7))
@settings(deadline=None, max_examples=30)
def test_properties_a_sample_keeps_its_numbers_in_any_company(order, n):
    index = order[:n]
    for part, whole in zip(numbers(DICE.select(index)), numbers(DICE), strict=True):
        assert torch.equal(part, whole[index])


@pytest.mark.parametrize(
    "other",
    [
        replace(DICE, seed=4),
        replace(DICE, stream="siz"),
        replace(DICE, version=2),
        DICE.for_draw(1),
        replace(DICE, ids=tuple(f"{i}x" for i in IDS)),
    ],
    ids=["seed", "stream", "version", "draw", "sample"],
)
def test_properties_everything_in_the_key_counts(other):
    assert not (DICE.uniform("a", (4,)) == other.uniform("a", (4,))).any()


def test_properties_purposes_are_apart_and_repeatable():
    assert torch.equal(DICE.uniform("a"), DICE.uniform("a"))
    assert not (DICE.uniform("a") == DICE.uniform("b")).any()


PART = st.text(st.sampled_from("a1\x1f"), max_size=4)


@given(st.tuples(PART, PART, PART), st.tuples(PART, PART, PART))
@settings(max_examples=300)
def test_properties_no_two_keys_share_a_text(a, b):
    def key(parts):
        return _key(1, parts[0], 1, parts[1], 0, parts[2])

    assert (key(a) == key(b)) == (a == b)


def test_ids_that_are_not_utf8_have_dice():
    assert Dice(0, "s", 1, ("caf\udce9.png",)).uniform("a").shape == (1,)


def test_oracle_uniform_is_the_upper_24_bits_of_each_half_word_low_half_first():
    raw = words([_key(3, "size", 1, IDS[0], 0, "a")], 2)[0].tolist()
    raw = [w % 2**64 for w in raw]
    halves = [raw[0] % 2**32, raw[0] >> 32, raw[1] % 2**32]
    wanted = [(h >> 8) / 2**24 for h in halves]
    assert DICE.select([0]).uniform("a", (3,))[0].tolist() == wanted


def test_oracle_integers_and_permutation_from_words():
    raw = words([_key(3, "size", 1, IDS[0], 0, "a")], 5)[0].tolist()
    # upper 53 bits as a fraction of 2**53
    wanted = [10 + math.floor((w % 2**64 >> 11) / 2**53 * 7) for w in raw]
    assert DICE.select([0]).integers("a", 10, 17, (5,))[0].tolist() == wanted
    assert DICE.select([0]).permutation("a", 5)[0].tolist() == sorted(range(5), key=lambda i: raw[i])


def test_golden_numbers():
    # print(Dice(0, "golden", 1, ("a.png", "b.png")).integers("x", 0, 1000, (3,)).tolist())
    dice = Dice(0, "golden", 1, ("a.png", "b.png"))
    assert dice.integers("x", 0, 1000, (3,)).tolist() == [[895, 938, 55], [355, 452, 421]]


def test_shapes():
    assert DICE.uniform("a").shape == (7,)
    assert DICE.normal("a", (2, 3)).shape == (7, 2, 3)
    assert DICE.integers("a", 0, 2, (5,)).dtype == torch.int64
    assert DICE.uniform("a", low=2, high=3).dtype == torch.float32


# One sample with many numbers and many samples with one number must both look uniform. The bounds are
# chi-square quantiles at 1e-6 for 99 degrees of freedom: 99 + ~5 sqrt(2 * 99) = 172.
@pytest.mark.parametrize("many", ["numbers", "samples"])
def test_theorem_uniform_numbers_are_uniform(many):
    if many == "numbers":
        u = Dice(1, "s", 1, ("a",)).uniform("p", (20_000,))[0]
    else:
        u = Dice(1, "s", 1, tuple(map(str, range(20_000)))).uniform("p")
    counts = torch.histc(u, 100, 0, 1)
    assert ((counts - 200) ** 2 / 200).sum() < 172
    assert u.min() >= 0
    assert u.max() < 1


def test_theorem_normal_numbers_are_normal():
    z = Dice(2, "s", 1, ("a",)).normal("p", (40_000,))[0].double()
    assert torch.isfinite(z).all()
    # mean 0 +- 5 / sqrt(n); variance 1 +- 5 sqrt(2 / n); kurtosis 3 +- 5 sqrt(24 / n)
    assert abs(z.mean()) < 5 / 200
    assert abs(z.var() - 1) < 5 * math.sqrt(2 / 40_000)
    assert abs((z**4).mean() - 3) < 5 * math.sqrt(96 / 40_000)
    assert abs((z < 1).double().mean() - 0.841345) < 5 * math.sqrt(0.8413 * 0.1587 / 40_000)


def test_theorem_integers_and_permutations_are_even():
    drawn = Dice(3, "s", 1, ("a",)).integers("p", -2, 5, (21_000,))[0]
    counts = torch.bincount(drawn + 2, minlength=7).double()
    assert len(counts) == 7
    assert ((counts - 3000) ** 2 / 3000).sum() < 42  # chi-square, 6 degrees of freedom, 1e-7
    orders = Dice(3, "s", 1, tuple(map(str, range(6000)))).permutation("p", 3)
    codes = torch.bincount(orders[:, 0] * 3 + orders[:, 1], minlength=9).double()
    seen = codes[codes > 0]
    assert len(seen) == 6
    assert ((seen - 1000) ** 2 / 1000).sum() < 39  # 5 degrees of freedom, 2e-7


def test_theorem_order_keys_are_uniform_and_a_samples_own():
    keys = torch.tensor([order_key(0, f"{i}.png", "limit") for i in range(10_000)], dtype=torch.float64)
    counts = torch.histc(keys, 100, 0, 1)
    assert ((counts - 100) ** 2 / 100).sum() < 172
    assert order_key(0, "a", "limit") == order_key(0, "a", "limit") != order_key(0, "a", "gallery")
    assert order_key(0, "a", "limit") != order_key(1, "a", "limit")
