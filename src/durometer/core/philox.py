"""Philox-4x64-10, the counter-based generator (Salmon et al., 2011): the same words on any device.

On the CPU numpy's own implementation makes them; elsewhere integer tensor operations do, and a test holds
the two against each other word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10
_LOW32 = 0xFFFFFFFF


def words(keys: Sequence[int], n: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the first n 64-bit words of each 128-bit key's stream as (B, n) int64 (two's complement)."""
    if torch.device(device).type == "cpu":
        raw = np.empty((len(keys), n), np.uint64)
        generator = np.random.Philox(key=0)
        for row, key in zip(raw, keys, strict=True):
            generator.state = _start(key)  # a new generator would cost five times as much
            row[:] = generator.random_raw(n)
        return torch.from_numpy(raw.view(np.int64))
    return words_by_tensor(keys, n, device)


def _start(key: int) -> Any:
    """The state of numpy's generator of this key before its first word."""
    halves = np.array((key & (2**64 - 1), key >> 64), np.uint64)
    state = {"counter": np.zeros(4, np.uint64), "key": halves}
    empty = {"buffer": np.zeros(4, np.uint64), "buffer_pos": 4, "has_uint32": 0, "uinteger": 0}
    return {"bit_generator": "Philox", "state": state, **empty}


def words_by_tensor(keys: Sequence[int], n: int, device: torch.device | str) -> Tensor:
    """The same words by integer tensor operations, all keys and counters at once."""
    blocks = -(-n // 4)
    halves = [[_signed(k & (2**64 - 1)), _signed(k >> 64)] for k in keys]
    key = torch.tensor(halves, dtype=torch.int64, device=device)
    k0, k1 = key[:, :1], key[:, 1:]  # (B, 1)
    # numpy raises the counter before the first block, so blocks count from 1
    c0 = torch.arange(1, blocks + 1, dtype=torch.int64, device=device).expand(len(keys), -1)
    c1 = c2 = c3 = torch.zeros_like(c0)
    for _ in range(ROUNDS):
        high0, low0 = _multiply(c0, MULTIPLIERS[0])
        high1, low1 = _multiply(c2, MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + _signed(WEYL[0]), k1 + _signed(WEYL[1])  # int64 wraps, as the generator wants
    return torch.stack((c0, c1, c2, c3), dim=-1).flatten(1)[:, :n]


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word


def _multiply(a: Tensor, b: int) -> tuple[Tensor, Tensor]:
    """Return the high and low 64 bits of the unsigned product, by 32-bit limbs."""
    a_low, a_high = a & _LOW32, (a >> 32) & _LOW32
    b_low, b_high = b & _LOW32, b >> 32
    low_low, middle1, middle2 = a_low * b_low, a_high * b_low, a_low * b_high
    carry = ((low_low >> 32) & _LOW32) + (middle1 & _LOW32) + (middle2 & _LOW32)
    high = (
        a_high * b_high + ((middle1 >> 32) & _LOW32) + ((middle2 >> 32) & _LOW32) + ((carry >> 32) & _LOW32)
    )
    return high, a * _signed(b)
