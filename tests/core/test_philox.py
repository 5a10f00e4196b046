"""Philox against its authors' known answers, and the two implementations against each other."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core.philox import words, words_by_tensor

MASK = 2**64 - 1

# "philox4x64 10" of Random123's kat_vectors (Salmon et al., 2011): counter, key, result
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)),
    (
        (MASK,) * 4,
        (MASK,) * 2,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]


def block(counter, key):
    """Philox-4x64-10 from the paper's figure, in Python's unbounded integers."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(p1 >> 64) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 64) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B97F4A7C15) & MASK, (k[1] + 0xBB67AE8584CAA73B) & MASK]
    return tuple(c)


def by_hand(key, n):
    """The first n words: blocks of counters 1, 2, …, as signed 64-bit integers."""
    halves = (key & MASK, key >> 64)
    stream = [w for i in range(-(-n // 4)) for w in block((i + 1, 0, 0, 0), halves)][:n]
    return [w - 2**64 if w >= 2**63 else w for w in stream]


@pytest.mark.parametrize(("counter", "key", "wanted"), KNOWN)
def test_golden_known_answers(counter, key, wanted):
    assert block(counter, key) == wanted


@pytest.mark.parametrize(("counter", "key", "wanted"), KNOWN)
def test_golden_known_answers_hold_for_numpy(counter, key, wanted):
    # numpy raises the counter before the first block
    whole = sum(c << (64 * i) for i, c in enumerate(counter))
    start = (whole - 1) % 2**256
    generator = np.random.Philox(counter=start, key=key[0] | key[1] << 64)
    assert tuple(int(w) for w in generator.random_raw(4)) == wanted


KEYS = st.lists(st.integers(0, 2**128 - 1), min_size=1, max_size=4)


@given(KEYS, st.integers(1, 19))
@settings(deadline=None, max_examples=60)
def test_oracle_three_implementations_give_equal_words(keys, n):
    wanted = [by_hand(key, n) for key in keys]
    assert words(keys, n).tolist() == wanted
    assert words_by_tensor(keys, n, "cpu").tolist() == wanted


def test_oracle_extreme_keys_and_long_streams():
    keys = [0, 1, 2**64 - 1, 2**64, 2**127, 2**128 - 1, 0x5555 << 60]
    assert torch.equal(words(keys, 5000), words_by_tensor(keys, 5000, "cpu"))


def test_properties_a_longer_stream_begins_with_the_shorter():
    assert torch.equal(words([7, 8], 100)[:, :33], words([7, 8], 33))
    assert torch.equal(words_by_tensor([7, 8], 100, "cpu")[:, :33], words_by_tensor([7, 8], 33, "cpu"))
