"""Noise and digital corruptions against the published formulas, restated with numpy, scipy, PIL, OpenCV."""

import colorsys
import io
from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage, stats
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, PlanError, stress
from durometer.run import suites
from durometer.run.conditions import expand
from durometer.stress import STRESSORS
from durometer.stress.corruptions.constants import CONSTANTS
from durometer.stress.corruptions.shot_noise import distributions

PROFILES = ("imagenet-c", "imagenet-c-299", "tiny-c", "cifar-c")
LEVEL = 1 / 255 + 1e-6
EXACT = ("brightness", "low-contrast", "saturate", "pixelate", "jpeg-compression")
NOISES = ("gaussian-noise", "shot-noise", "impulse-noise", "speckle-noise")
EACH = [(p, s) for p in PROFILES for s in range(1, 6)]


def photos():
    """(3, 3, 120, 150): two photographs and noise, on the 8-bit grid, with some gray and black pixels."""
    both = [load_sample_image(n)[100:220, 200:350].transpose(2, 0, 1) for n in ("china.jpg", "flower.jpg")]
    noise = np.random.default_rng(0).integers(0, 256, both[0].shape)
    noise[:, :5] = noise[:1, :5]
    noise[:, 5:8] = 0
    return torch.from_numpy(np.stack([*both, noise]).astype(np.float32) / 255)


@pytest.fixture(scope="module")
def photo():
    return photos()


def plain(value, n=1, side=200, channels=3):
    return torch.full((n, channels, side, side), value)


def batch_of(x):
    return Batch(tuple(f"p{i}" for i in range(len(x))), x, (frozenset({0}),) * len(x), {})


def made(name, severity, profile="imagenet-c"):
    return STRESSORS.make(name, {"severity": severity, "profile": profile})


def show(name, x, severity, profile="imagenet-c", seed=7):
    batch = batch_of(x)
    return stress(made(name, severity, profile), batch, Dice(seed, name, 1, batch.ids))


def constant(name, severity, profile):
    return CONSTANTS[name][profile][severity - 1]


def images(x):
    """(H, W, 3) uint8 of each."""
    return [np.rint(p.permute(1, 2, 0).numpy() * 255).astype(np.uint8) for p in x]


def stacked(arrays):
    return torch.from_numpy(np.stack(arrays).astype(np.float32)).permute(0, 3, 1, 2)


# ---- what the published code does, one picture of (H, W, 3) uint8 at a time ----


def by_hsv(image, change):
    """Python's own color wheel, pixel by pixel."""
    pixels = []
    for rgb in image.reshape(-1, 3) / 255:
        pixels.append(colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(*rgb))))
    return np.array(pixels).reshape(image.shape)


def brightness(image, c):
    return by_hsv(image, lambda h, s, v: (h, s, min(v + c, 1)))


def saturate(image, c):
    return by_hsv(image, lambda h, s, v: (h, min(max(s * c[0] + c[1], 0), 1), v))


def low_contrast(image, c):
    x = image / 255.0
    means = x.mean(axis=(0, 1), keepdims=True)
    return np.clip((x - means) * c + means, 0, 1)


def pixelate(image, c):
    height, width = image.shape[:2]
    small = Image.fromarray(image).resize((int(width * c), int(height * c)), Image.BOX)
    return np.array(small.resize((width, height), Image.BOX)) / 255.0


def jpeg_compression(image, c):
    held = io.BytesIO()
    Image.fromarray(image).save(held, "JPEG", quality=c)
    return np.array(Image.open(held)) / 255.0


FORMULA = {
    "brightness": brightness, "low-contrast": low_contrast, "saturate": saturate,
    "pixelate": pixelate, "jpeg-compression": jpeg_compression,
}  # fmt: skip


@pytest.mark.parametrize(("profile", "severity"), EACH)
@pytest.mark.parametrize("name", ["low-contrast", "pixelate", "jpeg-compression"])
def test_every_constant_against_the_formula(name, profile, severity, photo):
    wanted = stacked([FORMULA[name](i, constant(name, severity, profile)) for i in images(photo)])
    apart = (show(name, photo, severity, profile).x - wanted).abs().max()
    assert apart <= (LEVEL / 2 if name == "low-contrast" else 1e-6)  # the others byte for byte


@pytest.mark.parametrize(("profile", "severity"), EACH)
@pytest.mark.parametrize("name", ["brightness", "saturate"])
def test_the_color_wheel_is_not_needed(name, profile, severity, photo):
    small = photo[..., :24, :30].contiguous()
    wanted = stacked([FORMULA[name](i, constant(name, severity, profile)) for i in images(small)])
    assert (show(name, small, severity, profile).x - wanted).abs().max() <= LEVEL / 2


def test_pixelate_is_pil_s_at_odd_sides():
    generator = np.random.default_rng(1)
    for height, width in ((224, 224), (32, 32), (61, 83), (7, 200), (299, 150), (299, 5)):
        x = torch.from_numpy(generator.integers(0, 256, (1, 3, height, width)).astype(np.float32) / 255)
        for severity in range(1, 6):
            c = constant("pixelate", severity, "imagenet-c")
            apart = (show("pixelate", x, severity).x - stacked([pixelate(images(x)[0], c)])).abs().max()
            assert apart < (
                1e-6 if height <= 2 * width else LEVEL
            )  # very tall: Pillow 13 turns its passes round


def test_saturate_tints_gray_as_published():
    # gray 0.5: S = 0, so S' = 0.2 at severity 5 with the hue 0, red: (0.5, 0.5 · 0.8, 0.5 · 0.8), on 8 bits
    x = plain(128 / 255, side=4)
    got = show("saturate", x, 5).x[0, :, 0, 0].mul(255)
    assert got.tolist() == pytest.approx([128, 102, 102], abs=1e-3)  # 128 · 0.8 = 102.4


def test_brightness_by_hand():
    # (0.2, 0.4, 0.1) · 255 = (51, 102, 25.5 -> 26): the value 0.4 becomes 0.9, all channels times 2.25;
    # black has no hue: it becomes gray 0.5
    x = torch.tensor([51, 102, 26, 0, 0, 0]).reshape(2, 3, 1, 1).expand(2, 3, 3, 3) / 255
    got = show("brightness", x.contiguous(), 5).x[:, :, 1, 1].mul(255).round()
    # 51 · 2.25 = 114.75; 102 · 2.25 = 229.5; 26 · 2.25 = 58.5; 127.5: halves may fall either way
    assert got[0, 0] == 115
    assert (got[0] - torch.tensor([114.75, 229.5, 58.5])).abs().max() <= 0.5
    assert (got[1] - 127.5).abs().max() <= 0.5


# ---- noise: replayed from its draws, and by distribution ----


@pytest.mark.parametrize(("profile", "severity"), EACH)
@pytest.mark.parametrize("name", NOISES)
def test_noise_is_replayed_from_its_draws(name, profile, severity, photo):
    stressor, c = made(name, severity, profile), constant(name, severity, profile)
    dice = Dice(7, name, 1, ("p0", "p1", "p2"))
    drawn = {k: v.numpy().astype(np.float64) for k, v in stressor.drawn(tuple(photo.shape[1:]), dice).items()}
    x = photo.numpy().astype(np.float64)
    wanted = {
        "gaussian-noise": lambda: x + c * drawn["noise"],
        "speckle-noise": lambda: x + c * x * drawn["noise"],
        "impulse-noise": lambda: np.where(drawn["hit"] < c, drawn["salt"] < 0.5, x),
        "shot-noise": lambda: stats.poisson.ppf(drawn["quantile"], c * np.rint(255 * x) / 255) / c,
    }[name]()
    got = show(name, photo, severity, profile).x.numpy()
    apart = np.abs(got - np.clip(wanted, 0, 1))
    if name == "shot-noise":  # a quantile on the very edge of two counts may round to either
        assert (apart > LEVEL / 2).mean() < 1e-5
    else:
        assert apart.max() <= LEVEL / 2


@pytest.mark.parametrize("severity", [1, 3, 5])
def test_gaussian_noise_has_the_published_sigma(severity):
    # far from both ends, so that next to nothing is cut off: 0.5 ± 0.12 · 4
    sigma = constant("gaussian-noise", severity, "tiny-c")
    noise = show("gaussian-noise", plain(0.5), severity, "tiny-c").x - 0.5
    n = noise.numel()
    clipped = stats.truncnorm(-0.5 / sigma, 0.5 / sigma, scale=sigma).std()
    assert noise.mean().abs() < 4 * sigma / np.sqrt(n) + 0.5 / 255
    assert noise.std().item() == pytest.approx(clipped, rel=4 / np.sqrt(2 * n) + 0.01)
    # white: neighbors, rows and channels know nothing of each other
    white = (noise - noise.mean())[0]
    for one, other in (
        (white[:, 1:], white[:, :-1]),
        (white[..., 1:], white[..., :-1]),
        (white[:1], white[1:2]),
    ):
        assert (one * other).mean().abs() / white.var() < 5 / np.sqrt(n / 3)


@pytest.mark.parametrize("level", [26, 128, 204])
def test_shot_noise_counts_photons(level):
    # counts of mean c · x have that variance too; what exceeds c = 60 photons is cut off at white
    x, c = level / 255, 60
    counts = (show("shot-noise", plain(x), 1).x * c).round().flatten().numpy()
    kept = np.minimum(stats.poisson.rvs(c * x, size=200_000, random_state=0), c)
    assert counts.mean() == pytest.approx(kept.mean(), rel=0.01)
    assert counts.var() == pytest.approx(kept.var(), rel=0.03)
    seen = np.bincount(counts.astype(int), minlength=c + 1)
    chance = stats.poisson.pmf(np.arange(c + 1), c * x)
    chance[c] = stats.poisson.sf(c - 1, c * x)
    often = chance * counts.size > 10
    assert stats.chisquare(seen[often], chance[often] * seen[often].sum() / chance[often].sum()).pvalue > 1e-3


def test_photons_are_distributed_as_scipy_says():
    # the table holds P(count <= n) plus the level
    for white in (3, 60, 500):
        table = distributions(white).reshape(256, white).numpy() - np.arange(256)[:, None]
        means = np.arange(256)[:, None] * white / 255
        assert np.abs(table - stats.poisson.cdf(np.arange(white), means)).max() < 1e-12


@pytest.mark.parametrize("severity", [1, 3, 5])
def test_impulse_noise_hits_the_published_share(severity):
    share = constant("impulse-noise", severity, "imagenet-c")
    got = show("impulse-noise", plain(100 / 255), severity).x
    n = got.numel()
    salt, pepper = (got == 1).sum().item(), (got == 0).sum().item()
    for hits in (salt, pepper):
        assert stats.binomtest(hits, n, share / 2).pvalue > 1e-4
    assert (got == 100 / 255).sum() == n - salt - pepper
    # each channel for itself
    all_three = ((got == 1) | (got == 0)).all(dim=1).double().mean().item()
    assert all_three == pytest.approx(share**3, abs=4 * np.sqrt(share**3 / (n / 3)))


def test_what_was_hit_stays_hit():
    x = plain(0.2, side=40)
    hit = [(show("impulse-noise", x, s).x != x.mul(255).round().div(255)) for s in range(1, 6)]
    assert all(bool((a <= b).all()) for a, b in pairwise(hit))


def test_speckle_noise_grows_with_brightness():
    # deviation σ · x, and black stays black
    for level in (51, 102):
        noise = show("speckle-noise", plain(level / 255), 1).x - level / 255
        assert noise.std().item() == pytest.approx(0.15 * level / 255, rel=0.01)
    assert show("speckle-noise", plain(0.0), 5).x.max() == 0


# ---- elastic ----


def elastic(image, c, points, field, warp):
    """The published steps on (H, W, 3) in [0, 1]; `warp` is the affine one."""
    height, width = image.shape[:2]
    third = min(height, width) // 3
    middle = np.float32((width // 2, height // 2))
    before = np.float32([middle + third, [middle[0] + third, middle[1] - third], middle - third])
    image = warp(image, cv2.getAffineTransform(before, np.float32(before + c[2] * points)))
    if c[0]:
        smooth = [ndimage.gaussian_filter(f, c[1], mode="reflect", truncate=3) * c[0] for f in field]
        rows, columns = np.mgrid[:height, :width]
        at = [rows + smooth[1], columns + smooth[0]]
        image = np.stack(
            [ndimage.map_coordinates(p, at, order=1, mode="reflect") for p in image.transpose(2, 0, 1)], -1
        )
    return np.clip(image, 0, 1)


def by_scipy(image, matrix):
    height, width = image.shape[:2]
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    rows, columns = np.mgrid[:height, :width]
    x, y, _ = np.einsum("ij,jhw->ihw", back, np.stack([columns, rows, np.ones_like(rows)]))
    planes = [ndimage.map_coordinates(p, [y, x], order=1, mode="mirror") for p in image.transpose(2, 0, 1)]
    return np.stack(planes, -1)


def by_opencv(image, matrix):
    size = image.shape[1::-1]
    return cv2.warpAffine(image.astype(np.float32), matrix, size, borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize(("profile", "severity"), EACH)
def test_elastic_is_the_published_transform(profile, severity, photo):
    stressor, c = (
        made("elastic-transform", severity, profile),
        constant("elastic-transform", severity, profile),
    )
    dice = Dice(7, "elastic-transform", 1, ("p0", "p1", "p2"))
    drawn = {k: v.numpy().astype(np.float64) for k, v in stressor.drawn((3, 120, 150), dice).items()}
    got = show("elastic-transform", photo, severity, profile).x
    for i, image in enumerate(photo.permute(0, 2, 3, 1).numpy()):
        points, field = drawn["points"][i], drawn["field"][i]
        for warp in (by_scipy, by_opencv):
            wanted = elastic(image.astype(np.float64), c, points, field, warp)
            assert np.abs(got[i].permute(1, 2, 0).numpy() - wanted).max() <= LEVEL


def test_the_field_of_elastic_is_as_strong_as_it_should_be():
    # white noise uniform in ±1 has the variance 1/3; smoothed by σ ≫ 1 it keeps 1 / (4πσ²): at severity 5
    # 29.28 · sqrt(1 / 3 / (4π · 2.44²)) = 29.28 · 0.0667 = 1.954 pixels
    side = 224
    ramp = torch.arange(side).float().div(255).expand(1, 3, side, side).contiguous()
    stressor = made("elastic-transform", 5)
    drawn = stressor.drawn((3, side, side), Dice(7, "elastic-transform", 1, ("p0",)))
    still = {**drawn, "points": torch.zeros(1, 3, 2)}
    moved = (stressor.applied(ramp, still) - ramp)[0, 0, 20:-20, 20:-20] * 255
    assert moved.std().item() == pytest.approx(1.954, rel=0.05)


def test_the_mask_moves_with_the_rubber(wide):
    same = wide.but(x=wide.aux["mask"].expand(-1, 3, -1, -1).contiguous())
    result = stress(made("elastic-transform", 3), same, Dice(7, "elastic-transform", 1, same.ids))
    assert torch.equal(result.x[:, :1], result.aux["mask"].mul(255).round().div(255))
    assert not torch.equal(result.aux["mask"], wide.aux["mask"])


# ---- what all share ----


@pytest.mark.parametrize("name", [*EXACT, *NOISES, "elastic-transform"])
def test_a_severity_that_does_not_exist(name):
    for severity in (0, 6):
        with pytest.raises(PlanError, match="severity"):
            made(name, severity)
    with pytest.raises(PlanError, match="profile"):
        made(name, 1, "imagenet-d")


@pytest.mark.parametrize("name", [*EXACT, *NOISES, "elastic-transform"])
def test_other_channels_and_sizes(name, photo):
    gray = show(name, photo[:, :1].contiguous(), 3)
    if name == "saturate":
        assert gray.refused[0] == "saturation needs three channels, and the picture has 1"
    else:
        assert not gray.refused
        assert not torch.equal(gray.x, photo[:, :1])
    four = show(name, torch.cat([photo, photo[:, :1]], dim=1), 3)
    if name in ("saturate", "jpeg-compression"):
        assert four.refused[2].endswith("and the picture has 4")
    else:
        assert not four.refused
    one = show(name, photo[:1, :, :1, :1].contiguous(), 3)
    if name == "elastic-transform":
        assert one.refused[0] == "its three points need 3 pixels a side, and the picture has 1"
    else:
        assert not one.refused


@pytest.mark.parametrize("name", [*EXACT, *NOISES, "elastic-transform"])
def test_batches_of_1_3_and_16_give_the_same_bits(name, photo):
    x = torch.cat([photo[..., i : i + 64, :64] for i in range(0, 18, 3)])[:16].contiguous()
    batch = batch_of(x)
    stressor = made(name, 2)
    all_of_it = stress(stressor, batch, Dice(7, name, 1, batch.ids)).x
    for size in (1, 3):
        for i in range(0, 16, size):
            part = batch.select(list(range(i, min(16, i + size))))
            assert torch.equal(stress(stressor, part, Dice(7, name, 1, part.ids)).x, all_of_it[i : i + size])


@pytest.mark.parametrize(
    ("suite", "profile", "side"), [("imagenet-c", "imagenet-c", 224), ("cifar-c", "cifar-c", 32)]
)
def test_the_suites_hold_every_corruption_at_every_severity(suite, profile, side):
    loaded = suites.load(suite)
    assert loaded.canvas == {"short_side": side, "fit": "center-crop"}
    held = [STRESSORS.make(c.name, c.params) for listed in loaded.conditions for c in expand(listed)]
    assert {s.profile for s in held} == {profile}
    benchmark = set(CONSTANTS) - {"jpeg-dct"}  # a corruption of its own name, not of the benchmark
    assert len(benchmark) == 19
    assert sorted((s.name, s.severity) for s in held) == sorted(
        (n, s) for n in benchmark for s in range(1, 6)
    )
