"""Which pictures are kept: few, of answers that changed, the same ones however the run was cut."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.run.gallery import PER_CELL, SIDE, Gallery, suffix, thumbnail

CANVAS, EDIT = "c", "e"


def row(position, condition, score, model="m"):
    return {"position": position, "sample": f"s{position}", "model": model, "condition": condition, "draw": 0,
            "score": score, "status": "ok"}  # fmt: skip


def test_oracle_small_pictures_are_kept_exactly():
    levels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 32, 20), dtype=np.uint8))
    encoded = thumbnail(levels)
    assert suffix(encoded) == ".webp"
    decoded = np.asarray(Image.open(io.BytesIO(encoded)))
    np.testing.assert_array_equal(decoded, levels.permute(1, 2, 0).numpy())


def test_oracle_large_pictures_shrink_and_keep_their_aspect():
    levels = torch.arange(200, dtype=torch.uint8).expand(3, 400, 200)
    encoded = thumbnail(levels)
    assert suffix(encoded) == ".jpg"
    image = Image.open(io.BytesIO(encoded))
    assert image.size == (SIDE // 2, SIDE)
    # the ramp 0 … 199 over 200 pixels: the middle of 80 is 99.5
    assert np.asarray(image)[SIDE // 2, 40].mean() == pytest.approx(100, abs=3)


def shown(gallery, scores):
    """See each sample's canvas (right) and edit, then choose."""
    picture = torch.zeros(3, 8, 8, dtype=torch.uint8)
    rows = []
    for position, score in enumerate(scores):
        for r in (row(position, CANVAS, 1.0), row(position, EDIT, score)):
            gallery.see(r, picture)
            rows.append(r)
    return gallery.choose(rows)


def test_oracle_flips_up_to_the_cap_and_hardly_anything_else():
    scores = [0.0] * 20 + [1.0] * 20
    chosen = shown(Gallery(0, 40, CANVAS), scores)
    flips = [p for p, _, _ in chosen if p < 20]
    assert flips == list(range(PER_CELL["flip"]))
    assert len(chosen) - len(flips) <= PER_CELL["same"]


def test_properties_two_segments_keep_what_one_would():
    scores = np.random.default_rng(1).integers(0, 2, 60).astype(float).tolist()
    at_once = shown(Gallery(0, 60, CANVAS), scores)
    halves = Gallery(0, 60, CANVAS)
    first = shown(halves, scores[:30])
    halves.close()
    picture = torch.zeros(3, 8, 8, dtype=torch.uint8)
    rows = [row(p, c, s) for p in range(30, 60) for c, s in ((CANVAS, 1.0), (EDIT, scores[p]))]
    for r in rows:
        halves.see(r, picture)
    assert first + halves.choose(rows) == at_once
