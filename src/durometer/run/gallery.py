"""Pictures for the gallery: thumbnails of a bounded, fixed sample of each cell."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from durometer.core import order_key
from durometer.run.tables import Row

SIDE = 160
"""Longest side of a thumbnail, in pixels."""
CANDIDATES = 400
"""So many samples of the data set, drawn by their own dice, may appear in the gallery."""
PER_CELL = {"flip": 12, "same": 2}
"""Pictures kept for each model and condition: of answers that changed between right and wrong, of others."""

Key = tuple[int, str, int]
"""Position, condition and draw."""


def thumbnail(levels: Tensor) -> bytes:
    """Return an 8-bit (C, H, W) image as JPEG, at most 160 px; up to 32 px it is kept exactly, as WebP.

    Both are the fastest encodings of their kind: thumbnails must not slow a run down.
    """
    from PIL import Image

    image = Image.fromarray(levels.permute(1, 2, 0).squeeze(-1).contiguous().numpy())
    buffer = io.BytesIO()
    if max(image.size) <= 32:
        image.save(buffer, "WEBP", lossless=True, method=0)
    else:
        image.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
        image.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()


def suffix(picture: bytes) -> str:
    """Return the ending of a thumbnail's file."""
    return ".webp" if picture[:4] == b"RIFF" else ".jpg"


@dataclass
class Gallery:
    """Thumbnails of the segment in hand, and how many of each cell are kept already.

    Which are kept depends on rows in sorted order only, so a resumed run keeps the same ones.
    """

    seed: int
    n: int
    kept: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    waiting: dict[Key, bytes] = field(default_factory=dict)

    def wants(self, sample: str) -> bool:
        """Whether a sample may appear at all."""
        return self.n <= CANDIDATES or order_key(self.seed, sample, "gallery") < CANDIDATES / self.n

    def offer(self, position: int, condition: str, draw: int, x: Tensor) -> None:
        """Keep a thumbnail until the segment closes."""
        levels = x.detach().mul(255).round().to(torch.uint8).cpu()
        self.waiting[position, condition, draw] = thumbnail(levels)

    def choose(self, rows: Sequence[Row], canvas: str, edits: Sequence[str]) -> list[Key]:
        """Return which offered pictures to keep, given the segment's rows; counts them."""
        before = {(r["position"], r["model"]): float(r["score"]) for r in rows if r["condition"] == canvas}
        wanted = set(edits)
        chosen = []
        for row in sorted(rows, key=lambda r: (r["position"], r["model"], r["condition"], r["draw"])):
            key = (row["position"], row["condition"], row["draw"])
            if row["condition"] not in wanted or row["status"] != "ok" or key not in self.waiting:
                continue
            was = before.get((row["position"], row["model"]), float(row["score"]))
            kind = "same" if (was >= 0.5) == (row["score"] >= 0.5) else "flip"
            cell = (row["model"], row["condition"], kind)
            if self.kept[cell] < PER_CELL[kind]:
                self.kept[cell] += 1
                chosen.append(key)
        return list(dict.fromkeys(chosen))

    def close(self) -> Mapping[Key, bytes]:
        """Empty the waiting thumbnails and return them."""
        waiting, self.waiting = self.waiting, {}
        return waiting
