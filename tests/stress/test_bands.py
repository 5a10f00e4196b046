"""Octave noise: bands against pyrtools' numbers and the spectrum, strength, pattern and range by numpy."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import Batch, Dice, stress
from durometer.ops.octaves import BANDS, band, center, rms
from durometer.run import suites
from durometer.run.conditions import expand, make, with_controls
from durometer.stress import STRESSORS
from durometer.stress.bands.band_noise import of_band

# pyrtools 1.1.1, its LaplacianPyramid with defaults, of this picture of 224 × 301:
#   x = ((np.arange(224)[:, None] * 37 + np.arange(301)[None] * 101) % 256) / 255
#   p = pyrtools.pyramids.LaplacianPyramid(x)
#   [(r := p.recon_pyr(levels=6 - i))[0, 0], r[100, 150], r[223, 300]] for i in range(7)
GOLDEN = [
    [0.5001570910402695, 0.5000010686087955, 0.5000211538113315],
    [0.0008365537467389452, -6.865428381553867e-06, 0.0002983500965817099],
    [0.003136128922499143, -0.0008970923805690807, -0.0017500952018884432],
    [0.00021472312266751183, -0.002217208464814543, -0.0077018308914358815],
    [-0.004942222494705197, 0.0034978125326552982, -0.0032153489542943977],
    [-0.05405913708256758, -0.007730656044156139, -0.05995615042892184],
    [-0.44534313725490215, 0.14264705882352913, 0.16446078431372535],
]


def flat(n=2, side=224, level=0.5):
    return Batch(
        tuple(f"s{i}" for i in range(n)), torch.full((n, 3, side, side), level), (frozenset({0}),) * n
    )


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stressor(batch, Dice(7, name, stressor.version, batch.ids))


def noise(**values):
    """The noise alone: a flat gray picture has no contrast, so what is not its level is noise."""
    return show("band-noise", flat(), **values).x[:, :1] - 0.449


def test_golden_bands_are_those_of_pyrtools():
    x = ((np.arange(224)[:, None] * 37 + np.arange(301)[None] * 101) % 256) / 255
    for i, wanted in enumerate(GOLDEN):
        got = band(torch.from_numpy(x)[None, None], i)[0, 0]
        assert [got[0, 0].item(), got[100, 150].item(), got[223, 300].item()] == pytest.approx(
            wanted, abs=1e-12
        )


@pytest.mark.parametrize("shape", [(64, 64), (61, 83), (224, 301)])
def test_property_the_bands_add_up_to_the_picture(shape):
    x = torch.from_numpy(np.random.default_rng(1).random((2, 3, *shape)))
    assert torch.allclose(sum(band(x, i) for i in range(BANDS)), x, atol=1e-12)


def test_oracle_each_band_is_an_octave_above_the_one_below():
    # the median frequency of a band's power, by numpy: half of the center that the source names, but for the
    # highest (94, with the corners of the spectrum) and the lowest two (a cycle or so)
    white = torch.from_numpy(np.random.default_rng(2).standard_normal((4, 1, 224, 224)))
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(224) * 224, np.fft.fftfreq(224) * 224)).ravel()
    order = np.argsort(radius)
    medians = []
    for i in range(2, BANDS):
        power = (np.abs(np.fft.fft2(of_band(white, i).numpy())) ** 2).mean((0, 1)).ravel()[order].cumsum()
        medians.append(radius[order][np.searchsorted(power, power[-1] / 2)])
    assert medians == pytest.approx([3.2, 6.5, 13, 28, 94], rel=0.05)
    assert [center(i) for i in range(BANDS)] == [1.75, 3.5, 7, 14, 28, 56, 112]


@pytest.mark.parametrize("index", range(BANDS))
def test_oracle_all_bands_are_equally_strong(index):
    # 0.94 of white noise lies in the highest band, and the others are scaled to it
    got = noise(band=index, sd=0.05).numpy()
    assert np.sqrt((got**2).mean((-1, -2, -3))) == pytest.approx([0.05 * 0.942] * 2, rel=0.01)


@pytest.mark.parametrize("sd", [0.02, 0.04, 0.08])
def test_property_the_pattern_is_the_same_at_every_strength(sd):
    weak, strong = noise(band=3, sd=sd), noise(band=3, sd=0.01)
    assert torch.allclose(weak, strong * (sd / 0.01), atol=1e-6)
    assert not torch.allclose(weak[0], weak[1], atol=0.01)


def test_oracle_the_picture_is_gray_and_faint_by_pil(wide):
    got = stress(STRESSORS.make("faint-gray"), wide, Dice(0, "faint-gray", 1, wide.ids)).x.numpy()
    for one, x in zip(got, wide.x.numpy(), strict=True):
        eight = np.round(x.transpose(1, 2, 0) * 255).astype(np.uint8)
        gray = np.asarray(Image.fromarray(eight).convert("L")) / 255.0
        wanted = (gray - gray.mean()) * 0.2 + 0.449
        assert np.abs(one - wanted).max() < 1.01 / 255
        assert (one[0] == one[1]).all()
    quiet = show("band-noise", wide, sd=0.0)
    assert torch.equal(quiet.x, show("faint-gray", wide).x)


def test_oracle_what_leaves_the_range_is_put_a_tenth_inside(wide):
    batch = flat(level=0.2)
    loud, mild = (show("band-noise", batch, band=6, sd=sd) for sd in (0.3, 0.03))
    free = 0.449 + (mild.x[:, :1] - 0.449) * 10
    low, high = free < -1e-4, free > 1 + 1e-4
    assert low.any()
    assert high.any()
    kept = (free > 1e-4) & (free < 1 - 1e-4)
    assert loud.x[:, :1][low].unique().tolist() == pytest.approx([0.1])
    assert loud.x[:, :1][high].unique().tolist() == pytest.approx([0.9])
    assert torch.allclose(loud.x[:, :1][kept], free[kept], atol=1e-5)
    shares = ((free < 0) | (free > 1)).double().mean((1, 2, 3)).tolist()
    assert loud.facts["out_of_range"] == pytest.approx(shares, abs=1e-4)
    assert mild.facts["out_of_range"] == (0.0, 0.0)


def test_property_a_band_is_the_same_in_any_batch():
    x = torch.from_numpy(np.random.default_rng(3).standard_normal((5, 1, 96, 70))).float()
    together = of_band(x, 2)
    assert all(torch.equal(of_band(x[i : i + 1], 2)[0], together[i]) for i in range(5))
    assert rms(x)[:, 0, 0, 0].numpy() == pytest.approx(np.sqrt((x.numpy() ** 2).mean((1, 2, 3))), rel=1e-6)


def test_errors_a_picture_too_small_for_a_band_is_refused():
    small = show("band-noise", flat(side=32), band=1)
    assert small.refused[0] == "32 pixels hold less than one cycle of band 1; choose a higher band"
    assert not show("band-noise", flat(side=32), band=2).refused


def test_contract_the_suite_holds_every_band_at_every_strength():
    suite = suites.load("bands")
    made = with_controls(make(e) for c in suite.conditions for e in expand(c))
    cells = {(c.stressor.band, c.stressor.sd) for c in made if c.spec.name == "band-noise"}
    assert cells == {(b, sd) for b in range(7) for sd in (0.02, 0.04, 0.08, 0.16)}
    assert [c.spec.name for c in made if c.role == "control"] == ["faint-gray"]
    assert suite.canvas == {"short_side": 224, "fit": "center-crop"}
