"""Occluders and cast shadows: shares met, shapes nested, places as PIL and plain geometry have them."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from durometer.core import Dice
from durometer.ops.beside import placed
from durometer.ops.cast import Cast, cast
from durometer.ops.masks import TRACE, bounding_box
from durometer.ops.occluders import FIELDS, covering

SHARES = (0.02, 0.25, 0.5, 0.93)


def masks(n, height, width, seed=0):
    """Blobs of any size, some in parts, some cut by the frame, every third one soft."""
    out = []
    for i in range(n):
        generator = np.random.default_rng((seed, i))
        rough = ndimage.gaussian_filter(generator.normal(size=(height, width)), generator.uniform(3, 10))
        shape = (rough > np.quantile(rough, generator.uniform(0.3, 0.97))).astype(np.float32)
        out.append(ndimage.gaussian_filter(shape, 0.8) if i % 3 == 0 else shape)
    return torch.from_numpy(np.stack(out))[:, None].contiguous()


def boxes(mask):
    return [tuple(b) for b in bounding_box(mask, TRACE).tolist()]


def hidden(shape, mask):
    shape, mask = (t.double().numpy() for t in (shape, mask))
    return (shape * mask).sum(axis=(1, 2, 3)) / mask.sum(axis=(1, 2, 3))


@pytest.mark.parametrize("kind", sorted(FIELDS))
class TestCovering:
    def test_the_share_is_met_on_any_mask(self, kind):
        mask = masks(60, 48, 64)
        dice = Dice(0, "x", 1, tuple(map(str, range(60))))
        field = FIELDS[kind](dice, mask, boxes(mask))
        for share in SHARES:
            shape, told = covering(field, mask, share)
            assert np.abs(hidden(shape, mask) - share).max() < 1e-3  # a fifth of what is promised
            assert np.abs(told.numpy() - hidden(shape, mask)).max() < 1e-4

    def test_what_hides_more_hides_all_that_was_hidden(self, kind):
        mask = masks(12, 40, 40, seed=1)
        dice = Dice(3, "x", 1, tuple(map(str, range(12))))
        field = FIELDS[kind](dice, mask, boxes(mask))
        shapes = [covering(field, mask, share)[0] for share in SHARES]
        for smaller, larger in pairwise(shapes):
            assert bool((larger >= smaller).all())


def test_an_ellipse_is_one_and_a_blob_is_in_one_piece():
    mask = torch.ones(20, 1, 64, 64)
    dice = Dice(1, "x", 1, tuple(map(str, range(20))))
    blob, _ = covering(FIELDS["blob"](dice, mask, boxes(mask)), mask, 0.1)
    round_, _ = covering(FIELDS["ellipse"](dice, mask, boxes(mask)), mask, 0.1)
    for i in range(20):
        assert ndimage.label(blob[i, 0].numpy() > 0.5)[1] == 1
        y, x = np.nonzero(round_[i, 0].numpy() > 0.5)
        if y.min() > 0 and y.max() < 63 and x.min() > 0 and x.max() < 63:
            # a uniform ellipse with second moments S has the area 4 π √det S
            area = 4 * np.pi * np.sqrt(np.linalg.det(np.cov(np.stack((x, y)))))
            assert len(x) == pytest.approx(area, rel=0.03)


def test_four_bars_cross_a_square_at_its_share():
    # of a square of 60 pixels a share of 1/2 in bars: the covered rows or columns alternate, 3 to 5 runs
    mask = torch.zeros(8, 1, 80, 80)
    mask[..., 10:70, 10:70] = 1
    dice = Dice(2, "x", 1, tuple(map(str, range(8))))
    shape, _ = covering(FIELDS["bars"](dice, mask, boxes(mask)), mask, 0.5)
    for i in range(8):
        assert 3 <= ndimage.label(shape[i, 0].numpy() > 0.5)[1] <= 5
        assert shape[i, 0, :7].max() == 0  # beyond the box and its margin of 2 stands nothing


def test_where_there_is_room_the_whole_shape_is_placed():
    shape, wall = torch.zeros(1, 1, 40, 40), torch.zeros(1, 1, 40, 40)
    shape[..., 5:15, 5:12] = 1
    wall[..., :, :20] = 1
    there, left = placed(shape, wall, Dice(0, "x", 1, ("a",)))
    assert left.item() == 1
    assert there.sum() == 70
    assert (there * wall).sum() == 0
    _, none = placed(shape, torch.ones_like(wall), Dice(0, "x", 1, ("a",)))
    assert none.item() == 0


class TestCast:
    @pytest.mark.parametrize("degrees", [40.0, -60.0, 140.0])
    def test_the_top_of_a_pole_falls_where_geometry_says(self, degrees):
        # a pole from (50, 20) down to its foot at (50, 60); its shadow is half as long, 20 pixels
        fall = Cast.falling((49.0, 20.0, 51.0, 60.0), degrees, 0.5)
        a, b, c, d, e, f = fall.backward()
        angle = np.radians(degrees)
        x, y = 50 + 20 * np.sin(angle), 60 - 20 * np.cos(angle)
        assert (a * x + b * y + c, d * x + e * y + f) == pytest.approx((50, 20))
        assert (a * 50 + b * 60 + c, d * 50 + e * 60 + f) == pytest.approx((50, 60))  # the foot stays

    @pytest.mark.parametrize(("degrees", "length"), [(30.0, 1.0), (-55.0, 0.7), (150.0, 0.6)])
    def test_it_is_pils_affine_map_smoothed_by_scipy(self, degrees, length):
        mask = masks(3, 60, 80, seed=5)
        mask[..., 36:, :] = 0  # room in front
        every = boxes(mask)
        shadows = [Cast.falling(b, degrees, length) for b in every]
        got = cast(mask, shadows, every, sigma=2.0)
        for i, shadow in enumerate(shadows):
            flat = Image.fromarray(mask[i, 0].numpy()).transform(
                (80, 60), Image.Transform.AFFINE, shadow.backward(), Image.Resampling.NEAREST
            )
            want = ndimage.gaussian_filter(np.asarray(flat, float), 2.0, mode="reflect", radius=6)
            assert np.abs(got[i, 0].numpy() - want).mean() < 0.01
            assert np.corrcoef(got[i, 0].numpy().ravel(), want.ravel())[0, 1] > 0.99
