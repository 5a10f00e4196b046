"""Frames of sequences side by side: the same samples in all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from durometer.core import Rows, UsageError
from durometer.measures.arms import answered, one_model, only

Column = np.ndarray[Any, Any]


def framed(rows: Rows, sequences: Sequence[Sequence[str]], column: str) -> list[Column]:
    """Return for each sequence the values (n, frames, …) of the samples that all frames of all could edit.

    Args:
        rows: Of one model.
        sequences: Spec keys of the frames of each; one that comes again in it is its condition's next draw.
        column: Of numbers, or of arrays of one length.
    """
    one_model(rows)
    kept = answered(rows)
    keys = dict.fromkeys(key for frames in sequences for key in frames)
    of = {key: only(kept, kept["condition"] == key) for key in keys}
    found = [[_of_draw(of[key], draw, column) for key, draw in _numbered(frames)] for frames in sequences]
    shared = sorted(set.intersection(*(set(frame) for frames in found for frame in frames)))
    if not shared:
        return [np.empty((0, len(frames))) for frames in found]
    return [np.array([[frame[unit] for frame in frames] for unit in shared]) for frames in found]


def in_turn(
    sequences: Sequence[str], lengths: Sequence[int], frames: Sequence[str], *, of: str
) -> list[Sequence[str]]:
    """Return the frames of each sequence.

    Raises:
        UsageError: lengths that do not fit, or a sequence of fewer than two frames.
    """
    if not sequences or len(lengths) != len(sequences) or sum(lengths) != len(frames):
        raise UsageError(
            f"{of} of {len(sequences)} sequences was given {len(lengths)} lengths, together "
            f"{sum(lengths)}, and {len(frames)} frames",
            fix="Give one length a sequence, and as many frames as they sum to",
        )
    if min(lengths) < 2:
        raise UsageError(f"{of} needs two frames of each sequence at least", fix="Give more frames")
    ends = np.cumsum(lengths).tolist()
    return [frames[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def before(frames: Column, *, first: bool) -> Column:
    """Return what each of (n, frames, …) after the first is compared with: the first or its forerunner."""
    return frames[:, :1] if first else frames[:, :-1]


def _of_draw(rows: Rows, draw: int, column: str) -> Mapping[int, Any]:
    at = rows["draw"] == draw
    return dict(zip(rows["position"][at].tolist(), rows[column][at], strict=True))


def _numbered(frames: Sequence[str]) -> list[tuple[str, int]]:
    seen: Counter[str] = Counter()
    found = []
    for key in frames:
        found.append((key, seen[key]))
        seen[key] += 1
    return found
