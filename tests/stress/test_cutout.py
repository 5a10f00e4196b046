"""A square cut out: measured on the output by code that did not make it."""

import pytest
import torch

from durometer.core import Batch, Dice, stress
from durometer.stress.shifts.cutout import Cutout

SIDE = 40


def batch(n=5, height=SIDE, width=SIDE, mask=False):
    generator = torch.Generator().manual_seed(0)
    x = (0.1 + 0.8 * torch.rand(n, 3, height, width, generator=generator)).mul(255).round() / 255
    aux = {}
    if mask:
        aux = {"mask": torch.zeros(n, 1, height, width)}
        aux["mask"][..., : height // 2, :] = 1.0
    return Batch(tuple(f"s{i}" for i in range(n)), x, (frozenset({0}),) * n, aux)


def cut(given, **values):
    return stress(Cutout(**values), given, Dice(3, "cutout", 1, given.ids, 0))


@pytest.mark.parametrize(("share", "side"), [(0.01, 4), (0.1, 13), (0.25, 20), (0.5, 28)])
def test_oracle_black_pixels_are_one_square_of_the_share(share, side):
    given = batch()
    found = cut(given, share=share)
    black = (found.x == 0).all(dim=1)
    for one in black:
        rows, columns = one.any(dim=1).nonzero()[:, 0], one.any(dim=0).nonzero()[:, 0]
        assert len(rows) == len(columns) == side  # round(sqrt(share * 1600))
        assert int(rows[-1] - rows[0]) + 1 == int(columns[-1] - columns[0]) + 1 == side
        assert int(one.sum()) == side**2
    assert torch.equal(
        found.x[~black[:, None].expand_as(found.x)], given.x[~black[:, None].expand_as(given.x)]
    )
    assert found.facts["covered"] == (side**2 / 1600,) * 5


def test_property_a_larger_square_covers_what_a_smaller_did():
    before = torch.zeros(5, SIDE, SIDE, dtype=torch.bool)
    for share in (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8):
        now = (cut(batch(), share=share).x == 0).all(dim=1)
        assert (now | ~before).all()
        before = now


def test_squares_are_placed_alike_everywhere():
    """Middles of 400 small squares: mean of each coordinate near the middle, no side without any."""
    black = (cut(batch(400), share=0.01).x == 0).all(dim=1).float()
    top = black.any(dim=2).float().argmax(dim=1).float()
    left = black.any(dim=1).float().argmax(dim=1).float()
    for corner in (top, left):
        assert abs(float(corner.mean()) - 18) < 3 * 36 / (12 * 400) ** 0.5 + 0.5
        assert corner.min() <= 2
        assert corner.max() >= 34


def test_oracle_a_mask_loses_what_is_hidden():
    found = cut(batch(mask=True), share=0.25)
    black = (found.x == 0).all(dim=1, keepdim=True)
    assert found.aux["mask"][black].sum() == 0
    gone = black[..., : SIDE // 2, :].flatten(1).sum(dim=1) / (SIDE * SIDE / 2)
    assert list(found.facts["object_hidden"]) == pytest.approx(gone.tolist(), abs=1e-5)


def test_a_square_that_does_not_fit_is_refused():
    found = cut(batch(2, 10, 40), share=0.5)  # root of 200 is 14
    assert set(found.refused) == {0, 1}
    assert "choose a smaller one" in found.refused[0]


def test_the_level():
    found = cut(batch(), share=0.1, level=1.0)
    assert ((found.x == 1).all(dim=1).flatten(1).sum(dim=1) == 169).all()
