"""What a scene says of itself, measured on its pixels and masks by code that did not make them."""

import colorsys
import math
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from durometer.data.scenes import BACKGROUNDS, COLORS, LABELS, SPLITS, Scenes

SIDE = 128


def samples(split, n, **options):
    data = Scenes(split=split, n=n, **{"size": SIDE, **options})
    return [data[i] for i in range(n)]


def centroid(mask):
    rows, columns = np.indices(mask.shape) + 0.5
    return (mask * columns).sum() / mask.sum() / mask.shape[1], (mask * rows).sum() / mask.sum() / mask.shape[
        0
    ]


@pytest.mark.parametrize("split", SPLITS)
def test_oracle_size_and_place_are_those_of_the_mask(split):
    for sample in samples(split, 40):
        mask = sample.aux["mask"][0].numpy().astype(np.float64)
        # 16 scan lines a pixel: an edge of at most one side is off by at most 1/32 pixel, of 128
        assert mask.mean() == pytest.approx(sample.facts["size"], abs=1 / 32 / SIDE)
        x, y = centroid(mask)
        assert (x, y) == pytest.approx((sample.facts["center_x"], sample.facts["center_y"]), abs=1e-3)
        row, column = sample.facts["cell"].split("-")
        assert (row, column) == (
            ("top", "middle", "bottom")[int(3 * y)],
            ("left", "center", "right")[int(3 * x)],
        )


def test_oracle_train_is_of_middle_size_in_the_center_third_and_upright():
    for sample in samples("train", 300, size=32):
        mask = sample.aux["mask"][0].numpy().astype(np.float64)
        assert 0.15 - 0.002 < mask.mean() < 0.35 + 0.002
        assert all(1 / 3 - 0.004 < place < 2 / 3 + 0.004 for place in centroid(mask))
        assert abs(sample.facts["direction"]) <= 10


@pytest.mark.parametrize("degree", [0.95, 0.5, 0.0, 1.0])
def test_theorem_background_goes_with_the_class_as_often_as_asked(degree):
    n = 1200
    data = Scenes(split="train", n=n, correlation=degree)
    hits = sum(BACKGROUNDS.index(s.background) == s.things[0].label for s in map(data.scene, range(n)))
    # four standard errors of a share at this n; none at 0 and 1
    assert abs(hits / n - degree) <= 4 * math.sqrt(degree * (1 - degree) / n)


def test_theorem_uniform_background_is_uniform_and_knows_no_class():
    n = 2400
    data = Scenes(split="uniform-background", n=n)
    table = np.zeros((len(LABELS), len(BACKGROUNDS)))
    for scene in map(data.scene, range(n)):
        table[scene.things[0].label, BACKGROUNDS.index(scene.background)] += 1
    families = table.sum(axis=0)
    # Pearson's statistic; the 0.9999 quantiles are 29.9 at 7 degrees of freedom and 95.6 at 49
    assert ((families - n / 8) ** 2 / (n / 8)).sum() < 29.9
    expected = np.outer(table.sum(axis=1), families) / n
    assert ((table - expected) ** 2 / expected).sum() < 95.6


def test_oracle_background_family_can_be_read_off_the_pixels():
    """The nearest of 400 other scenes, by features of power spectrum and tones, names the family."""
    data = Scenes(split="uniform", n=500, size=64)
    seen = np.stack([_features(data.background(i).numpy().mean(axis=0)) for i in range(500)])
    seen = (seen - seen.mean(axis=0)) / seen.std(axis=0)
    names = np.array([data[i].facts["background"] for i in range(500)])
    nearest = ((seen[400:, None] - seen[None, :400]) ** 2).sum(axis=-1).argmin(axis=1)
    assert (names[nearest] == names[400:]).mean() > 0.9  # by chance 1/8


def _features(gray):
    gray = (gray - gray.mean()) / (gray.std() + 1e-6)
    power = np.abs(np.fft.fft2(gray)) ** 2
    k = np.abs(np.fft.fftfreq(64) * 64)
    radius = np.hypot(k[:, None], k[None])
    rings = [
        power[(radius >= a) & (radius < b)].sum()
        for a, b in pairwise((0, 2, 4, 6, 8, 10, 13, 16, 20, 25, 46))
    ]
    peaks = np.sort(power.ravel())[::-1][:64].cumsum()[[0, 2, 4, 8, 16, 32, 63]]
    axes = power[0].sum(), power[:, 0].sum()
    shares = np.array([*peaks, *axes]) / power.sum()
    return np.concatenate(
        [np.log(np.array(rings) / power.sum() + 1e-4), shares, np.percentile(gray, range(5, 100, 15))]
    )


@pytest.mark.parametrize("label", ["arrow", "crescent", "triangle"])
def test_oracle_direction_by_moments(label):
    turned = [s for s in samples("uniform-direction", 160) if LABELS[next(iter(s.y))] == label]
    assert len(turned) > 8
    period = 120 if label == "triangle" else 360
    for sample in turned:
        angle = _heading(sample.aux["mask"][0].numpy(), period) - _heading(_drawn(label), period)
        off = (angle - sample.facts["direction"] + period / 2) % period - period / 2
        assert abs(off) < 4  # stretched by up to 5 %, so a triangle's three sides are not alike


def _heading(mask, period):
    """Degrees counterclockwise of a moment that turns with the shape: of |z|² z, or of z³ at period 120."""
    x, y = centroid(mask)
    rows, columns = np.indices(mask.shape) + 0.5
    z = (columns / mask.shape[1] - x) - 1j * (rows / mask.shape[0] - y)
    moment = (mask * (z**3 if period == 120 else abs(z) ** 2 * z)).sum()
    return math.degrees(np.angle(moment)) / (3 if period == 120 else 1)


def _drawn(label):
    """The shape upright, by PIL, in the proportions that the documentation gives."""
    image = Image.new("L", (512, 512))
    pen = ImageDraw.Draw(image)
    if label == "arrow":
        pen.polygon(
            [(256, 56), (81, 256), (168, 256), (168, 431), (344, 431), (344, 256), (431, 256)], fill=1
        )
    elif label == "triangle":
        pen.polygon([(256, 56), (83, 356), (429, 356)], fill=1)
    else:
        pen.ellipse((56, 56, 456, 456), fill=1)
        pen.ellipse((206, 92, 534, 420), fill=0)  # a bite from the right
    return np.asarray(image, np.float64)


def test_oracle_color_and_lighting():
    for sample, plain in zip(samples("uniform-lighting", 60), samples("same", 60), strict=True):
        inside = sample.aux["mask"][0].numpy() == 1
        seen = np.median(sample.x.numpy()[:, inside].astype(np.float64), axis=1)
        hues = {name: abs(_hue(seen) - _hue(rgb)) for name, rgb in COLORS.items()}
        apart = {name: min(d, 1 - d) for name, d in hues.items()}
        assert apart[sample.facts["color"]] < 0.07  # of the whole circle; neighbors are about 0.08 apart
        ratio = sample.x.float().mean() / plain.x.float().mean()
        assert ratio == pytest.approx(sample.facts["lighting"] / plain.facts["lighting"], rel=0.08)


def _hue(rgb):
    return colorsys.rgb_to_hsv(*(float(v) for v in rgb))[0]


def test_theorem_usual_colors_and_uniform_ones():
    n = 1200
    for split, usual in (("same", 0.9), ("uniform-color", 0.5)):
        scenes = map(Scenes(split=split, n=n).scene, range(n))
        warm = sum(s.things[0].color in ("red", "orange", "yellow", "pink") for s in scenes) / n
        assert abs(warm - usual) < 4 * math.sqrt(usual * (1 - usual) / n)


MOVES = {
    "background": {"background", "correlated", "caption"},
    "size": {"size", "center_x", "center_y", "cell"},  # a smaller object need not be moved in to fit
    "position": {"center_x", "center_y", "cell"},
    "direction": {"direction", "center_x", "center_y", "cell"},
    "color": {"color", "caption"},
    "lighting": {"lighting"},
}


@pytest.mark.parametrize("attribute", MOVES)
def test_properties_uniform_in_one_attribute_is_same_in_all_others(attribute):
    changed = samples(f"uniform-{attribute}", 60, size=32)
    usual = samples("same", 60, size=32)
    moved = set()
    for a, b in zip(changed, usual, strict=True):
        assert a.y == b.y
        moved |= {key for key in a.facts if a.facts[key] != b.facts[key]}
        if attribute in ("background", "color", "lighting"):
            assert a.aux["mask"].equal(b.aux["mask"])
        if attribute in ("size", "direction"):
            shift = math.dist(*((s.facts["center_x"], s.facts["center_y"]) for s in (a, b)))
            assert shift < 0.2  # only as far as it takes to fit
    assert attribute in moved or attribute == "position"
    assert moved <= MOVES[attribute]


def test_caption_names_what_is_seen():
    for sample in samples("uniform", 30, size=16):
        label, facts = LABELS[next(iter(sample.y))], sample.facts
        article = {"orange": "an"}.get(facts["color"], "a")
        assert facts["caption"] == f"{article} {facts['color']} {label} on {facts['background']}"
