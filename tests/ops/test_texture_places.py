"""Textures from dice, and places where a hole fits."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Dice
from durometer.ops.beside import beside
from durometer.ops.places import elsewhere
from durometer.ops.texture import PATTERNS, texture

IDS = tuple(f"s{i}" for i in range(9))


def dice(ids=IDS):
    return Dice(3, "texture-background", 1, tuple(ids))


class TestTexture:
    @pytest.mark.parametrize("kind", ["random", *PATTERNS])
    def test_a_sample_keeps_its_texture_in_any_batch(self, kind):
        together, kinds = texture(dice(), 3, 37, 53, kind=kind)
        for i in (0, 4, 8):
            alone, name = texture(dice(IDS[i : i + 1]), 3, 37, 53, kind=kind)
            assert torch.equal(alone[0], together[i])
            assert name == [kinds[i]]
        assert len({t.numpy().tobytes() for t in together}) == len(IDS)

    @pytest.mark.parametrize("kind", PATTERNS)
    def test_two_colors_a_third_apart_and_both_seen(self, kind):
        made, _ = texture(dice(), 3, 96, 96, kind=kind)
        assert 0 <= float(made.min()) <= float(made.max()) <= 1
        spread = made.flatten(2).amax(2) - made.flatten(2).amin(2)
        assert float(spread.min()) > 0.15  # colors are at least 1/3 apart; clouds may not reach both ends

    def test_it_looks_alike_at_any_resolution(self):
        small, _ = texture(dice(), 3, 64, 64)
        large, _ = texture(dice(), 3, 256, 256)
        shrunk = torch.nn.functional.avg_pool2d(large, 4)
        assert (shrunk - small).abs().mean() < 0.06

    def test_random_draws_all_kinds(self):
        many = tuple(f"t{i}" for i in range(60))
        assert set(texture(dice(many), 1, 8, 8)[1]) == set(PATTERNS)


def pieces(seed, height=64, width=80):
    generator = np.random.default_rng(seed)
    shape, blocked = np.zeros((2, height, width), np.float32)
    h, w = generator.integers(4, 30, 2)
    y, x = generator.integers(0, height - h), generator.integers(0, width - w)
    shape[y : y + h, x : x + w] = generator.random((h, w)) > 0.2
    shape[y : y + 3, x : x + 3] = 1
    blocked[y : y + h, x : x + w] = 1
    return torch.from_numpy(shape)[None, None], torch.from_numpy(blocked)[None, None]


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_what_fits_lies_whole_and_free(seed):
    shape, blocked = pieces(seed)
    placed, fits = elsewhere(shape, blocked, Dice(0, "p", 1, (str(seed),)))
    if bool(fits[0]):
        assert placed.sum() == shape.sum()
        assert float((placed * blocked).sum()) == 0


def test_places_are_drawn_from_all_that_are_free():
    # a 4×4 block on a 16×16 canvas whose left half is blocked: columns 8 to 12, rows 0 to 12, on a grid of 1
    shape, blocked = torch.zeros(2, 1, 1, 16, 16)
    shape[..., 2:6, 2:6] = 1
    blocked[..., :8] = 1
    n = 600
    ids = tuple(str(i) for i in range(n))
    placed, fits = elsewhere(shape.expand(n, -1, -1, -1), blocked.expand(n, -1, -1, -1), Dice(0, "p", 1, ids))
    assert bool(fits.all())
    corners = {tuple(p[0].nonzero()[0].tolist()) for p in placed}
    # 5 · 13 = 65 places; the chance to miss a given one is (64/65)^600 < 1e-4
    assert corners == {(row, column) for row in range(13) for column in range(8, 13)}


def test_it_is_turned_only_where_it_does_not_fit_upright():
    shape, blocked = torch.zeros(2, 1, 1, 16, 16)
    shape[..., :12, :3] = 1
    blocked[..., :] = 1
    blocked[..., 10:14, 1:15] = 0
    placed, fits = elsewhere(shape, blocked, Dice(0, "p", 1, ("a",)))
    assert bool(fits[0])
    rows, columns = placed[0, 0].nonzero().T
    assert (len(rows), int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1) == (
        36,
        3,
        12,
    )


def test_no_room_is_said():
    shape = torch.ones(1, 1, 16, 16)
    _, fits = elsewhere(shape, shape, Dice(0, "p", 1, ("a",)))
    assert not bool(fits[0])


def test_beside_keeps_as_much_as_there_is_room_for():
    # a 16×16 object in a corner of 32×32 with an L of free canvas 16 wide around: the square moves whole
    shape = torch.zeros(1, 1, 32, 32)
    shape[..., :16, :16] = 1
    kept, left = beside(shape, shape, Dice(0, "b", 1, ("a",)))
    assert left.item() >= 0.95
    assert float((kept * shape).sum()) == 0
    assert beside(torch.ones(1, 1, 32, 32), torch.ones(1, 1, 32, 32), Dice(0, "b", 1, ("a",)))[1].item() == 0


def test_beside_is_the_same_alone():
    parts = [pieces(s) for s in range(7)]
    shape, blocked = (torch.cat(t) for t in zip(*parts, strict=True))
    together = beside(shape, blocked, Dice(0, "b", 1, IDS[:7]))
    for i in range(7):
        alone = beside(shape[i : i + 1], blocked[i : i + 1], Dice(0, "b", 1, IDS[i : i + 1]))
        assert torch.equal(alone[0][0], together[0][i])
        assert alone[1][0] == together[1][i]
