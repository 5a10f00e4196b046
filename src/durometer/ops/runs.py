"""Masks as run lengths: column by column, a run of zeros first, plain or packed into COCO's text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def mask_to_runs(mask: Array) -> Array:
    """Return the run lengths (int64) of an (H, W) mask, what is not 0 being object."""
    flat = np.asarray(mask, dtype=bool).T.reshape(-1)
    changes = np.flatnonzero(np.diff(flat, prepend=False)) if flat.size else np.zeros(0, np.int64)
    return np.diff(changes, prepend=0, append=flat.size)


def runs_to_mask(counts: Sequence[int] | Array, height: int, width: int) -> Array:
    """Return (H, W) bool from run lengths: column by column, starting with a run of zeros.

    Raises:
        ValueError: if the runs don't add up to height × width.
    """
    runs = np.asarray(counts, dtype=np.int64)
    if (runs < 0).any() or runs.sum() != height * width:
        raise ValueError(f"its runs add up to {runs.sum()}, not to {height} × {width}")
    values = np.arange(len(runs)) % 2 == 1
    mask: Array = np.repeat(values, runs).reshape(width, height).T
    return mask


def pack(counts: Sequence[int] | Array) -> str:
    """Return run lengths as COCO's packed text; `unpack` says how it is written."""
    runs = [int(count) for count in counts]
    said = [*runs[:3], *(now - before for now, before in zip(runs[3:], runs[1:-2], strict=True))]
    return "".join(map(_packed, said))


def _packed(value: int) -> str:
    text = ""
    while True:
        group, value = value & 31, value >> 5
        last = value == (-1 if group & 16 else 0)  # what is left is the sign of what is written
        text += chr(48 + (group if last else group | 32))
        if last:
            return text


def unpack(text: str) -> list[int]:
    """Return the run lengths of COCO's packed text (the `counts` string).

    Each number is written in groups of five bits, lowest first, one character (code 48 + group) a group; 32
    says that another group follows, 16 in the last group that the number is negative. From the fourth number
    on, what is written is the difference to the number two places before.

    Raises:
        ValueError: if the text ends within a number or holds a strange character.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        group = ord(character) - 48
        if not 0 <= group < 64:
            raise ValueError(f"{character!r} is not a character of packed runs")
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("the packed runs end within a number")
    return counts


def areas(masks: Sequence[Array]) -> Array:
    """Return (N,) int64: how many pixels each of N masks, given as run lengths, covers."""
    return np.array([int(runs[1::2].sum()) for runs in masks], dtype=np.int64)


def intersections(first: Sequence[Array], second: Sequence[Array]) -> Array:
    """Return (N, M) int64: how many pixels two lists of masks share, from run lengths alone.

    A mask's pixels before a place are a sum of whole runs and a piece of one; what lies within a run of
    another mask is the difference of two such sums. So nothing of the size of the picture is made.
    """
    shared = np.zeros((len(first), len(second)), dtype=np.int64)
    if not len(first) or not len(second):
        return shared
    ends = [np.cumsum(runs) for runs in first]
    owner = np.repeat(np.arange(len(first)), [len(runs) // 2 for runs in first])
    begin = np.concatenate([e[0 : len(e) // 2 * 2 : 2] for e in ends])
    end = np.concatenate([e[1::2] for e in ends])
    for m, runs in enumerate(second):
        within = _covered(runs, end) - _covered(runs, begin)
        np.add.at(shared[:, m], owner, within)
    return shared


def _covered(runs: Array, places: Array) -> Array:
    """Return how many pixels of a mask lie before each place."""
    edges = np.concatenate(([0], np.cumsum(runs)))
    before = np.concatenate(([0], np.cumsum(np.where(np.arange(len(runs)) % 2, runs, 0))))
    run = np.minimum(np.searchsorted(edges, places, side="right") - 1, len(runs) - 1)
    piece: Array = before[run] + np.where(run % 2, places - edges[run], 0)
    return piece
