"""Sequences against the published formulas, written again here with NumPy, SciPy, PIL and OpenCV."""

import colorsys
import math

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage, stats
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, stress
from durometer.ops.geometry import move_points
from durometer.stress import STRESSORS
from durometer.stress.corruptions.water import shine
from durometer.stress.sequences.constants import CONSTANTS

LEVEL = 1 / 255
SIDES = {"imagenet-p": (256, 300), "cifar-p": (32, 32)}
FRAMES = {"imagenet-p": (0, 7, 16, 30), "cifar-p": (0, 1, 10)}
CASES = [(p, f) for p in FRAMES for f in FRAMES[p]]
every = pytest.mark.parametrize(("profile", "frame"), CASES, ids=[f"{p}-{f}" for p, f in CASES])


def photo(profile, name="china.jpg"):
    """The middle of a photograph bundled with scikit-learn, (H, W, 3) uint8."""
    whole = load_sample_image(name)
    height, width = SIDES[profile]
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def batch_of(*images, mask=None):
    x = torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2).astype(np.float32)).div(255)
    n = len(images)
    aux = {} if mask is None else {"mask": mask}
    return Batch(tuple(f"sample-{i}" for i in range(n)), x, (frozenset({0}),) * n, aux)


def both(kind, profile, frame, *images):
    """Return (our frames as (n, H, W, 3) in [0, 1] before rounding, what was drawn for them)."""
    made = STRESSORS.make(f"sequence-{kind}", {"profile": profile})
    batch = batch_of(*images)
    dice = Dice(3, made.name, made.version, batch.ids, frame)
    own = dice if made.anew else dice.for_draw(0)
    drawn = made.drawn(tuple(batch.x.shape[1:]), own)
    return made(batch, dice).x.permute(0, 2, 3, 1).double().numpy(), drawn


def worst(ours, theirs):
    return float(np.abs(ours - theirs).max()) / LEVEL


@every
@pytest.mark.parametrize("kind", ["gaussian-noise", "speckle-noise"])
def test_oracle_noise(kind, profile, frame):
    image = photo(profile)
    ours, drawn = both(kind, profile, frame, image)
    noise = drawn["noise"][0].permute(1, 2, 0).double().numpy()
    sigma = {
        "gaussian-noise": {"imagenet-p": 0.03, "cifar-p": 0.02},
        "speckle-noise": {"imagenet-p": 0.05, "cifar-p": 0.05},
    }
    x = image / 255
    grown = sigma[kind][profile] * noise * (x if kind == "speckle-noise" else 1)
    assert worst(ours[0], np.clip(x + grown, 0, 1) if frame else x) < 0.01


@pytest.mark.parametrize(("profile", "white"), [("imagenet-p", 300), ("cifar-p", 700)])
def test_differential_shot_noise_counts_as_scipy_does(profile, white):
    image = photo(profile)[:32, :32]
    ours, drawn = both("shot-noise", profile, 5, image)
    quantile = drawn["quantile"][0].permute(1, 2, 0).double().numpy()
    counts = stats.poisson.ppf(quantile, image / 255 * white)
    wanted = np.clip(counts / white, 0, 1)
    assert (np.abs(ours[0] - wanted) < 1e-6).mean() == 1
    assert worst(both("shot-noise", profile, 0, image)[0][0], image / 255) < 1e-3


def test_noise_is_drawn_anew_for_every_frame_and_other_dice_once():
    image = photo("cifar-p")
    (one,), (two,) = (both("gaussian-noise", "cifar-p", f, image)[0] for f in (1, 2))
    clean = image / 255
    inside = (clean > 0.2) & (clean < 0.8)  # nothing is cut off there
    steps = np.stack([(one - clean)[inside], (two - clean)[inside]]) / 0.02
    assert steps.std(1) == pytest.approx([1, 1], abs=0.06)  # about 1,500 values: se 0.018
    assert abs(np.corrcoef(steps)[0, 1]) < 0.1
    for kind in ("snow", "spatter"):
        _, first = both(kind, "cifar-p", 1, image)
        _, later = both(kind, "cifar-p", 30, image)
        assert torch.equal(first["noise"], later["noise"])


def line(radius, sigma, angle):
    """The pixels and weights of ImageMagick's motion blur, one-sided over 2 radius + 1 pixels."""
    width = 2 * radius + 1
    weights = np.exp(-(np.arange(width) ** 2) / (2 * sigma**2))
    point = (width * math.sin(math.radians(angle)), width * math.cos(math.radians(angle)))
    length = math.hypot(*point)
    steps = [
        (math.ceil(i * point[0] / length - 0.5), math.ceil(i * point[1] / length - 0.5)) for i in range(width)
    ]
    return steps, weights / weights.sum()


def moved_on(x, radius, sigma, angle):
    """x (H, W, …) averaged along the line, the edge pixel continued."""
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]]
    out = np.zeros_like(x, np.float64)
    for (down, right), weight in zip(*line(radius, sigma, angle), strict=True):
        at = (np.clip(rows + down, 0, x.shape[0] - 1), np.clip(columns + right, 0, x.shape[1] - 1))
        out += weight * x[at]
    return out


@pytest.mark.parametrize("frame", [0, 4, 20])
@pytest.mark.parametrize("profile", SIDES)
def test_oracle_motion_blur_turns(profile, frame):
    image = photo(profile)
    ours, _ = both("motion-blur", profile, frame, image)
    # 31 frames by 4 degrees from -120, or 21 frames by 9 degrees from -180
    radius, sigma, angle = (
        (10, 3, 4 * (frame - 30)) if profile == "imagenet-p" else (6, 1.8, 9 * (frame - 20))
    )
    assert worst(ours[0], moved_on(image / 255, radius, sigma, angle)) < 0.01


def pil(image, a, b, d, e, *, right=0):
    """The picture under the inverse (a, b; d, e) about W/2 + 1/2, H/2 + 1/2, drawn by PIL, unrounded."""
    height, width = image.shape[:2]
    x, y = width * 0.5 + 0.5, height * 0.5 + 0.5
    rows = (a, b, x - a * (x + right) - b * y, d, e, y - d * (x + right) - e * y)
    resample = Image.Resampling.NEAREST if right else Image.Resampling.BILINEAR
    planes = [Image.fromarray(np.float32(image[..., c])) for c in range(3)]
    drawn = [p.transform((width, height), Image.Transform.AFFINE, rows, resample) for p in planes]
    return np.stack([np.asarray(p, np.float64) for p in drawn], -1) / 255


def by_torchvision(image, *, angle=0.0, scale=1.0, shear=0.0, right=0):
    """`affine` of early torchvision, restated: degrees clockwise, one shear angle."""
    a, s = math.radians(angle), math.radians(shear)
    det = math.cos(a + s) * math.cos(a) + math.sin(a + s) * math.sin(a)
    rows = (math.cos(a + s), math.sin(a + s), -math.sin(a), math.cos(a))
    return pil(image, *(v / scale / det for v in rows), right=right)


def wanted_affine(kind, profile, frame, image):
    if kind == "rotate":
        return by_torchvision(image, angle=frame - 15)
    if kind == "shear":
        return by_torchvision(image, shear=frame - 15)
    percent = 40 + 2.5 * frame if profile == "imagenet-p" else 70 + 2 * frame
    return by_torchvision(image, scale=percent / 100)


@every
@pytest.mark.parametrize("kind", ["rotate", "shear", "scale"])
def test_differential_affine_as_pil_draws_it(kind, profile, frame):
    image = photo(profile)
    ours, _ = both(kind, profile, frame, image)
    theirs = wanted_affine(kind, profile, frame, image)
    apart = np.abs(ours[0] - theirs) / LEVEL
    assert np.quantile(apart, 0.99) < 0.01
    assert (apart > 0.01).mean() < 1.5 / min(SIDES[profile])  # a row that ends on the edge to the last bit


@pytest.mark.parametrize(("profile", "still", "last"), [("imagenet-p", 20, 40), ("cifar-p", 7, 15)])
def test_differential_translate_as_pil_draws_it(profile, still, last):
    image = photo(profile)
    for frame in (0, 1, still, last):
        ours, _ = both("translate", profile, frame, image)
        theirs = by_torchvision(image, right=frame - still) if frame != still else image / 255
        assert worst(ours[0], theirs) < 1e-3


@every
def test_oracle_zoom_blur_is_the_mean_of_zooms_so_far(profile, frame):
    image = photo(profile)
    ours, _ = both("zoom-blur", profile, frame, image)
    zooms = [image / 255, *(by_torchvision(image, scale=1 + 0.004 * k) for k in range(1, frame + 1))]
    apart = np.abs(ours[0] - np.mean(zooms, 0)) / LEVEL
    assert np.quantile(apart, 0.99) < 0.01
    assert (apart > 0.01).mean() < 1.5 / min(SIDES[profile])


@pytest.mark.parametrize("kind", ["rotate", "shear", "scale"])
def test_the_frame_of_no_change_is_the_picture(kind):
    image = photo("imagenet-p")
    frame = 24 if kind == "scale" else 15  # 40 + 24 * 2.5 = 100 hundredths
    ours, _ = both(kind, "imagenet-p", frame, image)
    assert worst(ours[0], image / 255) < 0.02  # far less than the shell's rounding


def published_tilt(degrees, height, width):
    """The published product of matrices, in indices of pixels."""
    phi = theta = np.deg2rad(degrees)
    f = np.sqrt(width**2 + height**2)
    p1 = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1], [0, 0, 1]])
    rx = np.eye(4)
    rx[1:3, 1:3] = [[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]]
    ry = np.eye(4)
    ry[np.ix_([0, 2], [0, 2])] = [[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]]
    t = np.eye(4)
    t[2, 3] = f
    p2 = np.array([[f, 0, width / 2, 0], [0, f, height / 2, 0], [0, 0, 1, 0]])
    return p2 @ t @ rx @ ry @ p1


@every
def test_differential_tilt(profile, frame):
    image = photo(profile)
    height, width = SIDES[profile]
    ours, _ = both("tilt", profile, frame, image)
    forward = published_tilt((1 if profile == "imagenet-p" else 0.75) * (frame - 15), height, width)
    rows, columns = np.mgrid[:height, :width]
    back = np.linalg.inv(forward) @ np.stack((columns.ravel(), rows.ravel(), np.ones(rows.size)))
    at = (back[:2] / back[2]).reshape(2, height, width)[::-1]
    exact = np.stack(
        [ndimage.map_coordinates(np.pad(image[..., c] / 255, 2), at + 2, order=1, cval=0) for c in range(3)],
        -1,
    )
    assert worst(ours[0], exact) < 0.02
    by_cv = cv2.warpPerspective(image, forward, (width, height)) / 255  # places to the nearest 1/32 pixel
    assert np.abs(ours[0] - by_cv).mean() < 0.6 * LEVEL
    assert np.quantile(np.abs(ours[0] - by_cv), 0.99) <= 3 * LEVEL


@every
def test_oracle_brightness_keeps_hue_and_saturation(profile, frame):
    image = photo(profile)[:16, :16]
    ours, _ = both("brightness", profile, frame, image)
    by = (0.02 if profile == "imagenet-p" else 0.015) * (frame - 15)
    for place in np.ndindex(16, 16):
        h, s, v = colorsys.rgb_to_hsv(*(image[place] / 255))
        assert worst(ours[0][place], np.array(colorsys.hsv_to_rgb(h, s, min(max(v + by, 0), 1)))) < 0.01


@every
def test_oracle_gaussian_blur(profile, frame):
    image = photo(profile)
    ours, _ = both("gaussian-blur", profile, frame, image)
    sigma, reach = (0.25 + 0.035 * frame, 6) if profile == "imagenet-p" else (0.3 + 0.015 * frame, 7)
    wanted = ndimage.gaussian_filter(image / 255, (sigma, sigma, 0), mode="nearest", truncate=reach)
    assert worst(ours[0], wanted) < 0.01


@pytest.mark.parametrize("frame", [0, 9, 30])
@pytest.mark.parametrize(
    ("profile", "zoom", "radius", "sigma"), [("imagenet-p", 3, 14, 4), ("cifar-p", 2, 10, 2)]
)
def test_oracle_snow_falls_from_another_side(profile, zoom, radius, sigma, frame):
    side = min(SIDES[profile])
    image = photo(profile)[:side, :side]  # the published zoom is for squares
    ours, drawn = both("snow", profile, frame, image)
    layer = 0.05 + 0.3 * drawn["noise"][0, 0].double().numpy()
    part = math.ceil(side / zoom)
    top = (side - part) // 2
    layer = ndimage.zoom(layer[top : top + part, top : top + part], zoom, order=1)
    trim = (layer.shape[0] - side) // 2
    layer = layer[trim : trim + side, trim : trim + side]
    layer = np.uint8(np.clip(np.where(layer < 0.5, 0, layer), 0, 1) * 255)
    layer = np.round(moved_on(layer.astype(float), radius, sigma, 4 * frame - 150)) / 255
    x = image / 255
    gray = cv2.cvtColor(np.float32(x), cv2.COLOR_RGB2GRAY)[..., None]
    white = 0.85 * x + 0.15 * np.maximum(x, gray * 1.5 + 0.5)
    wanted = np.clip(white + layer[..., None] + np.rot90(layer, 2)[..., None], 0, 1)
    apart = np.abs(ours[0] - wanted) / LEVEL
    assert np.quantile(apart, 0.99) < 0.5
    assert apart.max() < 2.5


def by_opencv(film):
    """The light that a film of water adds, by OpenCV alone."""
    levels = (film * 255).astype(np.uint8)
    away = cv2.distanceTransform(255 - cv2.Canny(levels, 50, 150), cv2.DIST_L2, 5)
    away = cv2.blur(cv2.threshold(away, 20, 20, cv2.THRESH_TRUNC)[1], (3, 3)).astype(np.uint8)
    away = cv2.filter2D(cv2.equalizeHist(away), cv2.CV_8U, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]))
    light = levels * cv2.blur(away, (3, 3)).astype(np.float32)
    return light / max(1, light.max())


@pytest.mark.parametrize("frame", [0, 1, 6])
@pytest.mark.parametrize("profile", SIDES)
def test_oracle_spatter_runs_down(profile, frame):
    image = photo(profile)
    ours, drawn = both("spatter", profile, frame, image)
    large = profile == "imagenet-p"
    mean, deviation, sigma, threshold = (0.65, 0.27, 3.7, 0.69) if large else (0.6, 0.265, 1.75, 0.7)
    run = [0.05, 0.1, 0.15, 0.7] if large else [0.2, 0.8]
    film = ndimage.gaussian_filter(
        mean + deviation * drawn["noise"][0].double().numpy(), sigma, mode="nearest"
    )
    film[film < threshold] = 0
    for _ in range(frame):
        film = np.apply_along_axis(lambda column: np.convolve(column, run, mode="same"), 0, film)
    water = np.array([175, 238, 238]) / 255
    wanted = np.clip(image / 255 + 0.6 * by_opencv(film)[..., None] * water, 0, 1)
    apart = np.abs(ours[0] - wanted) / LEVEL
    assert np.quantile(apart, 0.99) < 0.5
    assert apart.max() <= 3


def test_spatter_without_a_drop_adds_nothing(monkeypatch):
    image = photo("cifar-p")
    made = STRESSORS.make("sequence-spatter", {"profile": "cifar-p"})
    x = batch_of(image).x
    assert torch.equal(made.applied(x, {"noise": torch.full((1, 32, 32), -3.0)}, 4), x)
    assert int(shine(torch.zeros(32, 32, dtype=torch.long)).max()) >= 0


@pytest.mark.parametrize("kind", ["rotate", "shear", "scale", "translate"])
def test_the_mask_and_the_points_go_where_the_picture_goes(kind):
    """A disk on a black picture: its centroid measured on pixels and mask, against the recorded motion."""
    rows, columns = np.mgrid[:200, :260] + 0.5
    disk = ((rows - 80) ** 2 + (columns - 170) ** 2 < 12**2).astype(np.float32)
    image = np.uint8(255 * np.repeat(disk[..., None], 3, 2))
    mask = torch.from_numpy(disk)[None, None]
    made = STRESSORS.make(f"sequence-{kind}")
    for frame in (2, 17, 29):
        batch = batch_of(image, mask=mask)
        shown = stress(made, batch, Dice(0, made.name, made.version, batch.ids, frame))
        seen = shown.x[0, 0].double().numpy()
        centroid = [(seen * v).sum() / seen.sum() for v in (columns, rows)]
        place = move_points(torch.tensor([[[170.0, 80.0]]]), shown.aux["motion"])[0, 0].tolist()
        assert place == pytest.approx(centroid, abs=0.25)
        assert torch.equal(shown.aux["motion"], shown.aux["camera"])
        assert float((shown.aux["mask"][0, 0] - shown.x[0, 0]).abs().max()) < 0.51 * LEVEL


def test_lengths_titles_and_the_end():
    lengths = {
        p: {k: STRESSORS.make(f"sequence-{k}", {"profile": p}).frames for k in CONSTANTS} for p in SIDES
    }
    others = {p: {k: n for k, n in held.items() if n != 31} for p, held in lengths.items()}
    assert others == {"imagenet-p": {"translate": 41}, "cifar-p": {"motion-blur": 21, "translate": 16}}
    made = STRESSORS.make("sequence-translate")
    assert made.title == "translate, 41 frames"
    batch = batch_of(photo("cifar-p"))
    beyond = made(batch, Dice(0, made.name, 1, batch.ids, 41))
    assert beyond.refused == {0: "the sequence ends with frame 41; its draws are its frames"}


@pytest.mark.parametrize("kind", sorted(CONSTANTS))
def test_a_frame_is_the_same_in_any_batch_and_gray_pictures_have_frames_too(kind):
    made = STRESSORS.make(f"sequence-{kind}", {"profile": "cifar-p"})
    images = [photo("cifar-p"), photo("cifar-p", "flower.jpg"), photo("cifar-p")[::-1].copy()]
    for frame in (1, 14):
        batch = batch_of(*images)
        together = stress(made, batch, Dice(5, made.name, 1, batch.ids, frame)).x
        alone = stress(made, batch.select([1]), Dice(5, made.name, 1, batch.ids[1:2], frame)).x
        assert torch.equal(together[1:2], alone)
        gray = batch.but(x=batch.x[:, :1])
        assert stress(made, gray, Dice(5, made.name, 1, batch.ids, frame)).x.shape == (3, 1, 32, 32)
