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
        {k: v[i].numpy() for k, v in corruption.drawn(tuple(x.shape[1:]), dice).items()} for i in range(len(x))
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
    counts = sum((stats.poisson.cdf(n, np.arange(256) / 255 * c)[np.array(image)] <= quantile) for n in range(c))
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
    cv2.circle(circle, middle, int(min(*middle, width - middle[0], height - middle[1]) * c), 255, thickness=-1)
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


@pytest.mark.slow
@pytest.mark.parametrize(("name", "data"), CASES, ids=[f"{n}-{d}" for n, d in CASES])
def test_oracle_every_entry_at_every_severity_at_224_pixels(name, data):
    for severity in SEVERITIES:
        check(name, data, severity, 224)
