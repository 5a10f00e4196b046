"""Pictures for the gallery: thumbnails of a bounded, fixed sample of each cell."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from durometer.core import order_key
from durometer.run.tables import Row

SIDE = 160
"""Longest side of a thumbnail, in pixels."""
CANDIDATES = 400
"""So many samples of the data set, drawn by their own dice, may appear with an answer that changed."""
ALWAYS = 8
"""So many of them may appear under every condition, whatever the answer."""
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

    Which are kept depends on rows in sorted order only, so a resumed run keeps the same ones. Only what may
    be kept is encoded: a picture costs more than a row.

    Args:
        seed: The plan's seed.
        n: Samples of the plan.
        canvas: Spec key of the unedited canvas.
    """

    seed: int
    n: int
    canvas: str
    kept: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    waiting: dict[Key, bytes] = field(default_factory=dict)
    before: dict[tuple[int, str], float] = field(default_factory=dict)
    originals: dict[int, Tensor] = field(default_factory=dict)

    def wants(self, sample: str) -> bool:
        """Whether a sample may appear at all."""
        return self._among(sample, CANDIDATES)

    def see(self, row: Row, picture: Tensor | None) -> None:
        """Take an answered row with what was shown; the canvas of a sample comes before its edits."""
        if row["condition"] == self.canvas:
            self.before[row["position"], row["model"]] = float(row["score"])
            if picture is not None:
                self.originals[row["position"]] = picture
        elif picture is not None and (self._flipped(row) or self._among(row["sample"], ALWAYS)):
            key = (row["position"], row["condition"], row["draw"])
            if key not in self.waiting:
                self.waiting[key] = thumbnail(picture)

    def choose(self, rows: Sequence[Row]) -> list[Key]:
        """Return which waiting pictures to keep, given the segment's rows; counts them."""
        self.before |= {
            (r["position"], r["model"]): float(r["score"]) for r in rows if r["condition"] == self.canvas
        }
        chosen = []
        for row in sorted(rows, key=lambda r: (r["position"], r["model"], r["condition"], r["draw"])):
            key = (row["position"], row["condition"], row["draw"])
            if key not in self.waiting or row["status"] != "ok":
                continue
            cell = (row["model"], row["condition"], "flip" if self._flipped(row) else "same")
            if self.kept[cell] < PER_CELL[cell[2]]:
                self.kept[cell] += 1
                chosen.append(key)
        return list(dict.fromkeys(chosen))

    def close(self) -> tuple[Mapping[Key, bytes], Mapping[int, Tensor]]:
        """Empty the segment's pictures and return (edited by key, original by position)."""
        waiting, originals = self.waiting, self.originals
        self.waiting, self.originals, self.before = {}, {}, {}
        return waiting, originals

    def _flipped(self, row: Row) -> bool:
        was = self.before.get((row["position"], row["model"]), float(row["score"]))
        return (was >= 0.5) != (float(row["score"]) >= 0.5)

    def _among(self, sample: str, many: int) -> bool:
        return self.n <= many or order_key(self.seed, sample, "gallery") < many / self.n
