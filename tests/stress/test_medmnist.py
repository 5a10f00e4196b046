"""MedMNIST-C's corruptions against the published formulas, restated with numpy, scipy, OpenCV and PIL."""

import io
import math

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageEnhance
from scipy import ndimage, stats
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, PlanError, stress
from durometer.stress import STRESSORS
from durometer.stress.corruptions.medmnist.augmentation import NONE
from durometer.stress.corruptions.medmnist.blots import blots
from durometer.stress.corruptions.medmnist.constants import COLOR, CONSTANTS, DATA_SETS, having
from durometer.stress.corruptions.medmnist.letters import ALPHABET, word

SEVERITIES = range(1, 6)
UNIQUE = {}
for _data in DATA_SETS:
    for _name, _levels in CONSTANTS[_data].items():
        UNIQUE.setdefault((_name, _levels, _data in COLOR), (_name, _data))
CASES = list(UNIQUE.values())
"""Each corruption once where data sets share its constants and their colors."""


def photo(side, color=True):
    """(2, 3, side, side) on the 8-bit grid: a photograph with gray and black parts, and one upside down."""
    china = Image.fromarray(load_sample_image("china.jpg")[60:360, 150:450]).resize((side, side))
    image = np.array(china if color else china.convert("L").convert("RGB"))
    image[: side // 7] = image[: side // 7].mean(2, keepdims=True)
    image[side // 7 : side // 5] = 0
    both = np.stack([image, image[::-1]]).astype(np.float32) / 255
    return torch.from_numpy(both).permute(0, 3, 1, 2).contiguous()


def batch_of(x):
    return Batch(tuple(f"p{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))


def made(name, data, severity=3):
    return STRESSORS.make(f"medmnist-{name}", {"profile": data, "severity": severity})


def thrown(corruption, ids):
    return Dice(7, corruption.name, corruption.version, tuple(ids))


def drawn_by(corruption, x):
    dice = thrown(corruption, batch_of(x).ids)
    return [
        {k: v[i].numpy() for k, v in corruption.drawn(tuple(x.shape[1:]), dice).items()}
        for i in range(len(x))
    ]


def show(corruption, x):
    batch = batch_of(x)
    return stress(corruption, batch, thrown(corruption, batch.ids))


# ---- what the published code does with one picture, PIL's RGB, constants c and draws d ----


def by_pixelate(image, c, d):
    width, height = image.size
    small = image.resize((int(width * c), int(height * c)), Image.BOX)
    return np.array(small.resize((width, height), Image.BOX)) / 255


def by_jpeg(image, c, d):
    held = io.BytesIO()
    image.save(held, "JPEG", quality=c)
    return np.array(Image.open(held)) / 255


def channels_last(array):
    return array.transpose(1, 2, 0)


def by_gaussian_noise(image, c, d):
    return np.array(image) / 255 + c * channels_last(d["noise"])


def by_speckle_noise(image, c, d):
    x = np.array(image) / 255
    return x + x * c * channels_last(d["noise"])


def by_impulse_noise(image, c, d):
    x = np.array(image) / 255
    hit, salt = channels_last(d["hit"]) < c, channels_last(d["salt"]) < 0.5
    x[hit & salt], x[hit & ~salt] = 1, 0
    return x


def by_shot_noise(image, c, d):
    """Counts with P(count < n) <= quantile < P(count <= n)."""
    x, quantile = np.array(image) / 255, channels_last(d["quantile"]).astype(np.float64)
    # above white nothing is told apart
    counts = sum(
        (stats.poisson.cdf(n, np.arange(256) / 255 * c)[np.array(image)] <= quantile) for n in range(c)
    )
    assert x.shape == counts.shape
    return counts / c


def by_defocus(image, c, d):
    radius, rim = c
    grid = np.arange(-8, 9) if radius <= 8 else np.arange(-radius, radius + 1)
    disk = (grid[:, None] ** 2 + grid**2 <= radius**2).astype(np.float32)
    size = (3, 3) if radius <= 8 else (5, 5)
    kernel = cv2.GaussianBlur(disk / disk.sum(), ksize=size, sigmaX=rim)
    x = np.array(image) / 255
    return np.stack([cv2.filter2D(x[..., k], -1, kernel) for k in range(3)], -1)


def by_motion(image, c, d):
    """ImageMagick: 2 ceil(radius) + 1 pixels along a line from the pixel on, edge continued."""
    (radius, sigma), angle = c, math.radians(float(d["angle"]))
    n = 2 * math.ceil(radius) + 1
    weights = np.exp(-(np.arange(n) ** 2) / (2 * sigma**2))
    x, total = np.array(image) / 255, 0
    height, width = x.shape[:2]
    for i, weight in enumerate(weights / weights.sum()):
        rows = np.clip(np.arange(height) + math.ceil(i * math.sin(angle) - 0.5), 0, height - 1)
        columns = np.clip(np.arange(width) + math.ceil(i * math.cos(angle) - 0.5), 0, width - 1)
        total = total + weight * x[np.ix_(rows, columns)]
    return total


def by_zoom(image, c, d):
    x = np.array(image) / 255
    side, out = len(x), np.array(image) / 255
    zooms = np.arange(*c)
    for zoom in zooms:
        part = math.ceil(side / zoom)
        top = (side - part) // 2
        large = ndimage.zoom(x[top : top + part, top : top + part], (zoom, zoom, 1), order=1)
        trim = (len(large) - side) // 2
        out = out + large[trim : trim + side, trim : trim + side]
    return out / (len(zooms) + 1)


def by_gaussian_blur(image, c, d):
    """torchvision: sigma 0.3 ((k - 1) / 2 - 1) + 0.8, the edge mirrored and not repeated."""
    half = (c - 1) / 2
    weights = np.exp(-0.5 * (np.linspace(-half, half, c) / (0.3 * (half - 1) + 0.8)) ** 2)
    x, weights = np.array(image) / 255, weights / weights.sum()
    for axis in (0, 1):
        x = ndimage.correlate1d(x, weights, axis=axis, mode="mirror")
    return x


def by_brightness(image, c, d):
    return np.array(ImageEnhance.Brightness(image).enhance(c)) / 255


def by_contrast(image, c, d):
    return np.array(ImageEnhance.Contrast(image).enhance(c)) / 255


def by_gamma(image, c, d):
    """torchvision's table."""
    table = [min(255, int((255 + 1 - 1e-3) * (v / 255) ** c)) for v in range(256)]
    return np.array(image.point(table * 3)) / 255


def by_saturate(image, c, d):
    hsv = cv2.cvtColor((np.array(image) / 255).astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 1] = np.clip(hsv[..., 1] + c, 0, 1)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def by_black_corner(image, c, d):
    x = np.array(image)
    height, width = x.shape[:2]
    middle = (width // 2, height // 2)
    circle = np.zeros((height, width), np.uint8)
    cv2.circle(
        circle, middle, int(min(*middle, width - middle[0], height - middle[1]) * c), 255, thickness=-1
    )
    x[circle != 255] = 0
    return x / 255


def one_of(share, low, high):
    return low + math.floor(share * (high - low + 1))


def by_bubble(image, c, d):
    largest, most = c
    width, height = image.size
    glass = Image.new("RGBA", image.size, (255, 255, 255, 0))
    draw = ImageDraw.Draw(glass)
    for size, across, down in d["bubbles"][: one_of(d["number"], 7, most)]:
        r = one_of(size, 3, largest)
        x, y = one_of(across, r, width - r), one_of(down, r, height - r)
        draw.ellipse((x - r - 2, y - r - 2, x + r + 2, y + r + 2), fill=(255, 255, 255, 130))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255, 100))
    out = image.copy()
    out.paste(glass, (0, 0), glass)
    return np.array(out) / 255


def by_stain(image, c, d):
    most, side = c
    x = np.array(image)
    height, width = x.shape[:2]
    for which, across, down in d["blots"][: one_of(d["number"], 1, most)]:
        left, top = one_of(across, 10, width - side - 10), one_of(down, 10, height - side - 10)
        part = x[top : top + side, left : left + side]
        part[blots(side)[one_of(which, 0, 9)].numpy()] = 0
    return x / 255


def by_characters(image, c, d):
    words, letters, scale = c
    x = np.array(image) / 255
    height, width = x.shape[:2]
    for k in range(one_of(d["number"], 1, words)):
        length, size, across, down = d["words"][k]
        n, points = one_of(length, 3, letters), one_of(size, 14, int(scale * 100)) / 100
        start = one_of(across, 10, width - 8 * n), one_of(down, 10, height - 10)
        ink = word("".join(ALPHABET[i] for i in d["letters"][k, :n]), points, start, (height, width)).numpy()
        x = x * (1 - ink[..., None]) + d["colors"][k] / 255 * ink[..., None]
    return x


FORMULAS = {
    "pixelate": by_pixelate, "jpeg-compression": by_jpeg, "gaussian-noise": by_gaussian_noise,
    "speckle-noise": by_speckle_noise, "impulse-noise": by_impulse_noise, "shot-noise": by_shot_noise,
    "gaussian-blur": by_gaussian_blur, "defocus-blur": by_defocus, "motion-blur": by_motion,
    "zoom-blur": by_zoom, "brightness-up": by_brightness, "brightness-down": by_brightness,
    "contrast-up": by_contrast, "contrast-down": by_contrast, "saturate": by_saturate,
    "gamma-corr-up": by_gamma, "gamma-corr-down": by_gamma, "stain-deposit": by_stain, "bubble": by_bubble,
    "black-corner": by_black_corner, "characters": by_characters,
}  # fmt: skip


SIDES = {
    "stain-deposit": lambda c: c[1] + 20,  # randint(10, side - blot - 10) has no value below
    "bubble": lambda c: 2 * c[0],  # randint(radius, side - radius)
    "characters": lambda c: 10 + 8 * c[1],  # randint(10, side - 8 letters)
}
"""Pixels below which the published code fails, or may."""


def stored(x, gray):
    """As the published code stores it: cut to whole gray levels, gray data sets by PIL's luma."""
    image = Image.fromarray((np.clip(x, 0, 1) * 255 + 1e-9).astype(np.uint8))
    return np.array(image.convert("L").convert("RGB") if gray else image)


def check(name, data, severity, side):
    gray = data not in COLOR
    x = photo(side, color=not gray)
    corruption = made(name, data, severity)
    shown = show(corruption, x)
    if side < SIDES.get(name, lambda c: 0)(corruption.constants):
        assert set(shown.refused) == {0, 1}
        return
    assert not shown.refused
    images = [Image.fromarray(np.rint(255 * p.permute(1, 2, 0).numpy()).astype(np.uint8)) for p in x]
    constants = corruption.constants
    for got, image, d in zip(shown.x, images, drawn_by(corruption, x), strict=True):
        wanted = stored(FORMULAS[name](image, constants, d), gray)
        found = np.rint(255 * got.permute(1, 2, 0).numpy()).astype(int)
        assert np.abs(found - wanted).max() <= 1, (name, data, severity, side)
        assert (found != np.array(image)).any()


@pytest.mark.parametrize(("name", "data"), CASES, ids=[f"{n}-{d}" for n, d in CASES])
def test_oracle_every_entry_at_every_severity_at_28_pixels(name, data):
    for severity in SEVERITIES:
        check(name, data, severity, 28)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_oracle_every_corruption_at_224_pixels(name):
    check(name, having(name)[0], 5, 224)


def test_golden_the_constants_are_those_of_the_published_registry():
    # medmnistc-api 8acfd27, corruptions/registry.py: for d in CORRUPTIONS_DS, the number of corruptions, and
    # the sum of all numbers in severity_params, sixth entries too, but for zoom_blur (numpy.arange there)
    published = {
        "bloodmnist": (11, 336.48), "breastmnist": (7, 224.9), "chestmnist": (13, 311.24),
        "dermamnist": (15, 437.29), "octmnist": (6, 198.9), "organamnist": (13, 616.34),
        "organcmnist": (13, 616.34), "organsmnist": (13, 616.34), "pathmnist": (11, 421.49),
        "pneumoniamnist": (13, 1023.935), "retinamnist": (8, 260.25), "tissuemnist": (8, 189.75),
    }  # fmt: skip
    for data, (count, total) in published.items():
        levels = [v for name, v in CONSTANTS[data].items() if name != "zoom-blur"]
        assert len(CONSTANTS[data]) == count
        assert np.concatenate([np.ravel(v) for v in levels]).sum() == pytest.approx(total)
    assert {d for d in DATA_SETS for n, v in CONSTANTS[d].items() if len(v) != 5} == {
        "chestmnist", "pneumoniamnist", "retinamnist"
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "data"), CASES, ids=[f"{n}-{d}" for n, d in CASES])
def test_oracle_every_entry_at_every_severity_at_224_pixels(name, data):
    for severity in SEVERITIES:
        check(name, data, severity, 224)


# ---- what is drawn ----


def many(name, data, n=2000, side=64):
    corruption = made(name, data)
    return corruption.drawn((3, side, side), thrown(corruption, map(str, range(n))))


class TestDrawn:
    @pytest.mark.parametrize(
        "name", ["gaussian-noise", "bubble", "characters", "motion-blur", "impulse-noise"]
    )
    def test_severity_and_data_set_play_no_part(self, name):
        one, other = having(name)[0], having(name)[-1]
        mild, severe = made(name, one, 1), made(name, other, 5)
        a, b = (c.drawn((3, 96, 96), thrown(c, ("p0", "p1"))) for c in (mild, severe))
        assert all(torch.equal(a[k], b[k]) for k in a)

    def test_distribution_of_noise_in_gray_data_sets_is_that_of_its_luma(self):
        # three channels of their own: sqrt(.299² + .587² + .114²) = .6686 of sigma
        x = torch.full((1, 3, 224, 224), 0.5)
        for data, factor in (("pneumoniamnist", 0.6686), ("dermamnist", 1.0)):
            shown = made("gaussian-noise", data, 1)
            noise = shown.applied(x, shown.drawn((3, 224, 224), thrown(shown, ("p0",)))) - x
            assert noise.std().item() == pytest.approx(0.04 * factor, rel=0.02)
            assert abs(noise.mean().item()) < 0.001

    def test_distribution_of_impulses(self):
        x = torch.full((1, 3, 224, 224), 0.5)
        for severity, share in enumerate((0.01, 0.03, 0.06, 0.09, 0.17), start=1):
            shown = show(made("impulse-noise", "dermamnist", severity), x).x
            hit = ((shown == 0) | (shown == 1)).float().mean().item()
            assert hit == pytest.approx(share, abs=4 * math.sqrt(share / (3 * 224**2)))

    def test_distribution_of_photons(self):
        # a Poisson count of mean c/2, divided by c: mean 1/2, variance 1/(2 c); rarely cut off at white
        x = torch.full((1, 3, 224, 224), 128 / 255)
        shown = made("shot-noise", "dermamnist", 1)
        counts = shown.applied(x, shown.drawn((3, 224, 224), thrown(shown, ("p0",))))
        assert counts.mean().item() == pytest.approx(128 / 255, abs=0.002)
        assert counts.var().item() == pytest.approx(128 / 255 / 60, rel=0.03)

    def test_distribution_of_angles_bubbles_blots_and_letters(self):
        angle = many("motion-blur", "pathmnist")["angle"].numpy()
        assert stats.kstest(angle, stats.uniform(-45, 90).cdf).pvalue > 0.01
        for name, data, entry in (
            ("bubble", "pathmnist", "bubbles"), ("stain-deposit", "pathmnist", "blots"),
            ("characters", "dermamnist", "words"),
        ):  # fmt: skip
            drawn = many(name, data, n=500)
            for numbers in (drawn["number"], *drawn[entry].flatten(0, 1).T):
                assert stats.kstest(numbers.numpy(), stats.uniform.cdf).pvalue > 0.001
        letters = many("characters", "dermamnist", n=500)["letters"].flatten().bincount(minlength=26)
        assert stats.chisquare(letters.numpy()).pvalue > 0.001
        shares = torch.linspace(0, 1 - 2**-24, 9001, dtype=torch.float64).tolist()
        assert sorted({one_of(s, 7, 15) for s in shares}) == list(range(7, 16))


# ---- generated in place of published ones ----


def test_words_are_as_large_as_those_of_opencv():
    for scale in (0.17, 0.18):
        for text in (ALPHABET[:9], ALPHABET[9:18], ALPHABET[18:]):
            ours = word(text, scale, (10, 40), (60, 120)).numpy()
            paper = np.zeros((60, 120, 3), np.uint8)
            theirs = cv2.putText(
                paper, text, (10, 40), cv2.FONT_HERSHEY_DUPLEX, scale, (255,) * 3, 1, cv2.LINE_AA
            )[..., 0] / 255  # fmt: skip
            assert ours.sum() == pytest.approx(theirs.sum(), rel=0.25)
            for axis, slack in ((0, 3), (1, 1)):
                (first, last), (begin, end) = (np.flatnonzero(a.any(axis))[[0, -1]] for a in (ours, theirs))
                assert abs(first - begin) <= slack
                assert abs(last - end) <= slack


def test_a_letter_has_its_lines_and_nothing_else():
    # l at scale 1: one line up from (10 + 3.4, 40) to six steps of 3.4 above; ink within 0.8 pixels of it
    ink = word("l", 1.0, (10, 40), (60, 60)).numpy()
    rows, columns = np.mgrid[:60, :60]
    nearest = np.clip(rows, 40 - 20.4, 40)
    wanted = np.clip(0.8 - np.hypot(rows - nearest, columns - 13.4), 0, 1)
    assert np.allclose(ink, wanted)


@pytest.mark.parametrize("side", [24, 32])
def test_blots_are_ten_whole_shapes_as_large_as_the_published(side):
    # the ten published ones cover 0.48 to 0.78 of 24 x 24 and 0.47 to 0.61 of 32 x 32
    shapes = blots(side).numpy()
    assert len({s.tobytes() for s in shapes}) == 10
    for shape in shapes:
        assert 0.45 < shape.mean() < 0.8
        assert ndimage.label(shape)[1] == 1
        assert ndimage.binary_fill_holes(shape).sum() == shape.sum()


# ---- one channel, what is refused ----


@pytest.mark.parametrize(
    "name", ["gaussian-noise", "pixelate", "contrast-up", "gaussian-blur", "gamma-corr-up"]
)
def test_gray_data_sets_are_the_same_with_one_channel_and_stay_gray_with_three(name):
    gray = photo(48, color=False)
    corruption = made(name, "organamnist")
    three, one = show(corruption, gray).x, show(corruption, gray[:, :1]).x
    assert torch.equal(three[:, :1], one)
    assert (three == three[:, :1]).all()


class TestRefused:
    def test_a_data_set_that_lacks_the_corruption(self):
        with pytest.raises(PlanError, match="no bubble for chestmnist, only for bloodmnist, pathmnist"):
            made("bubble", "chestmnist")

    def test_an_unknown_data_set_or_severity(self):
        with pytest.raises(PlanError, match="profile = 'mnist' is not one of"):
            made("pixelate", "mnist")
        with pytest.raises(PlanError, match="severity = 6 is outside 1 to 5"):
            made("pixelate", "chestmnist", 6)

    @pytest.mark.parametrize(
        ("name", "data", "shape", "reason"),
        [
            ("pixelate", "pathmnist", (1, 28, 28), "pathmnist has three channels, and the picture has one"),
            ("pixelate", "octmnist", (4, 28, 28), "has one channel or three, and the picture has 4"),
            ("stain-deposit", "pathmnist", (3, 43, 64), "a blot of 24 pixels with 10 around it does not fit"),
            ("bubble", "pathmnist", (3, 23, 64), "a bubble of 24 pixels does not fit into 23 × 64"),
            ("characters", "dermamnist", (3, 64, 64), "a word of 8 letters needs 20 × 74 pixels"),
            ("gaussian-blur", "tissuemnist", (3, 8, 8), "reaches beyond the mirror image of 8 × 8"),
        ],
    )
    def test_a_picture_that_does_not_fit_is_counted(self, name, data, shape, reason):
        shown = show(made(name, data), torch.rand(2, *shape).mul(255).round().div(255))
        assert set(shown.refused) == {0, 1}
        assert reason in shown.refused[1]


# ---- drawn for training ----


def augmented(x, seed=0, **params):
    stressor = STRESSORS.make("medmnist-augmentation", params)
    batch = Batch(tuple(f"p{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x))
    return stress(stressor, batch, Dice(seed, stressor.name, 1, batch.ids))


class TestAugmentation:
    def test_distribution_each_corruption_is_as_likely_as_none(self):
        x = photo(28, color=False)[:1].expand(700, -1, -1, -1).contiguous()
        shown = augmented(x, profile="octmnist")
        names, counts = np.unique(shown.facts["corruption"], return_counts=True)
        assert set(names) == {*CONSTANTS["octmnist"], NONE}
        assert stats.chisquare(counts).pvalue > 0.001
        for i, name in enumerate(shown.facts["corruption"]):
            if name in (NONE, "speckle-noise", "contrast-down"):  # a mild blur may change nothing
                assert torch.equal(shown.x[i], x[i]) == (name == NONE)

    def test_strengths_go_from_the_first_entry_to_the_last(self):
        # by the published code: uniform, whole numbers cut off, an even kernel made odd, zooms to 1.3
        both = [
            ("pixelate", "pathmnist", 0.8, 0.25), ("jpeg-compression", "pathmnist", 50, 7),
            ("gaussian-blur", "pneumoniamnist", 3, 13), ("defocus-blur", "retinamnist", (4, 0.1), (9, 0.6)),
            ("bubble", "pathmnist", (7, 15), (17, 25)), ("stain-deposit", "pathmnist", (1, 24), (5, 24)),
            ("characters", "dermamnist", (1, 6, 0.14), (6, 10, 0.18)),
            ("black-corner", "dermamnist", 1.1, 0.95),
            ("zoom-blur", "dermamnist", (1, 1 + 3e-7, 0.01), (1, 1.3, 0.03)),
        ]  # fmt: skip
        for name, data, first, last in both:
            assert made(name, data).between((0.0, 0.0, 0.0)) == pytest.approx(first), name
            assert made(name, data).between((1.0, 1.0, 1.0)) == pytest.approx(last), name
        assert made("gaussian-blur", "pneumoniamnist").between((0.5,)) == 7  # int(8) is even
        assert made("jpeg-compression", "pathmnist").between((0.5,)) == 28  # int(28.5)
        assert made("motion-blur", "pathmnist").between((0.5, 0.0, 0.0)) == (10.0, 5.0)

    def test_replayed_a_picture_is_what_its_corruption_gives_at_that_strength(self):
        x = photo(48, color=False)[:1].expand(60, -1, -1, -1).contiguous()
        shown = augmented(x, seed=3, profile="pneumoniamnist")
        dice = Dice(3, "medmnist-augmentation", 1, tuple(f"p{i}" for i in range(60)))
        shares = dice.uniform("strength", (3,)).tolist()
        for i, name in enumerate(shown.facts["corruption"]):
            if name != NONE:
                c = made(name, "pneumoniamnist")
                drawn = c.drawn((3, 48, 48), dice.select([i]).named(c.name, c.version))
                wanted = c.made(x[i : i + 1], drawn, c.between(shares[i]))
                assert torch.equal(shown.x[i : i + 1], wanted.mul(255).round().clamp(0, 255).div(255))

    def test_chance_and_what_is_left_out(self):
        x = photo(28)[:1].expand(200, -1, -1, -1).contiguous()
        only = [n for n in CONSTANTS["retinamnist"] if n != "pixelate"]
        shown = augmented(x, profile="retinamnist", chance=1.0, leave_out=only)
        assert set(shown.facts["corruption"]) == {"pixelate"}
        half = augmented(x, profile="retinamnist", chance=0.5).facts["corruption"]
        assert 70 <= half.count(NONE) <= 130  # 100, and four standard deviations of 7

    def test_what_can_not_be_made_at_this_size_is_not_drawn(self):
        shown = augmented(photo(28)[:1].expand(300, -1, -1, -1).contiguous(), profile="pathmnist")
        names = set(shown.facts["corruption"])
        assert not shown.refused
        assert names == {*CONSTANTS["pathmnist"], NONE} - {"stain-deposit", "bubble"}

    def test_an_unknown_corruption_is_named(self):
        with pytest.raises(PlanError, match="octmnist has no corruption 'bubble', only pixelate"):
            STRESSORS.make("medmnist-augmentation", {"profile": "octmnist", "leave_out": ["bubble"]})

    def test_pictures_of_four_channels_are_refused(self):
        shown = augmented(torch.zeros(1, 4, 28, 28), profile="octmnist")
        assert "has one channel or three" in shown.refused[0]
