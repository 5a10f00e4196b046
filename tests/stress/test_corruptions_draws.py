"""What is drawn: replayed on other pictures, the same in any batch, and of the spectrum it should have."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, stress
from durometer.stress import STRESSORS
from durometer.stress.corruptions.corruption import Corruption

NAMES = tuple(n for n in STRESSORS.names() if n != "nrtk" and issubclass(STRESSORS.get(n), Corruption))


def frames(n, side, step=2):
    """(n, 3, side, side): a window that moves over a photograph, as frames of a film."""
    whole = torch.from_numpy(load_sample_image("china.jpg").copy()).permute(2, 0, 1).float() / 255
    return torch.stack([whole[:, 100 : 100 + side, 200 + step * i : 200 + step * i + side] for i in range(n)])


def dice(name, ids, seed=1):
    return Dice(seed, name, STRESSORS.get(name).version, ids)


# ---- replay ----


@pytest.mark.parametrize("name", NAMES)
def test_replay_is_what_a_run_shows(name):
    made, x = STRESSORS.make(name, {"severity": 4}), frames(2, 40)
    batch = Batch(("a", "b"), x, (frozenset({0}),) * 2)
    drawn = made.draw((3, 40, 40), dice(name, batch.ids))
    on_grid = made.replay(x, drawn).mul(255).round().div(255)
    assert torch.equal(on_grid, stress(made, batch, dice(name, batch.ids)).x)


def test_the_documented_lines_run():
    page = (Path(__file__).parents[2] / "docs" / "corruption-profiles.md").read_text()
    (lines,) = re.findall(r"```python\n(.*?)```", page, re.S)
    names = {}
    exec(lines.replace("(24, 3, 224, 224)", "(3, 3, 32, 32)").replace("224, 224", "32, 32"), names)
    whitened = (names["shown"] - names["film"]).mean(dim=1)
    assert names["shown"].shape == (3, 3, 32, 32)
    assert float(whitened.min()) > -1e-6  # snow only lightens


def shared(drawn, n):
    """One sample's draws for n pictures."""
    return {k: v.expand(n, *v.shape[1:]) for k, v in drawn.items()}


def test_oracle_two_frames_have_the_same_noise():
    made, x = STRESSORS.make("gaussian-noise", {"severity": 1}), frames(2, 64).clamp(0.35, 0.65)
    drawn = shared(made.draw((3, 64, 64), dice("gaussian-noise", ("film",))), 2)
    noise = made.replay(x, drawn) - x
    inside = ((x + 5 * 0.08 * noise.sign()) > 0) & (noise.abs() < 0.34)  # nothing cut off
    both = inside[0] & inside[1]
    assert float((noise[0] - noise[1])[both].abs().max()) < 1e-6
    assert float(noise.std()) == pytest.approx(0.08, rel=0.05)


def test_oracle_two_frames_have_the_same_weather():
    # fog: (x + a·clouds) · h / (h + a), so the clouds can be read off each frame
    made, x = STRESSORS.make("fog", {"severity": 3}), frames(2, 64)
    out = made.replay(x, shared(made.draw((3, 64, 64), dice("fog", ("film",))), 2))
    highest = x.amax(dim=(1, 2, 3), keepdim=True)
    clouds = (out * (highest + 2.5) / highest - x) / 2.5
    assert float((clouds[0] - clouds[1]).abs().max()) < 1e-5
    other = made.replay(x[:1], made.draw((3, 64, 64), dice("fog", ("another film",))))
    assert float((other - out[:1]).abs().max()) > 0.1


def test_oracle_pictures_of_one_scene_and_masks_move_along():
    # two more "pictures" hold the column and the row of each pixel: they say where it was read
    made = STRESSORS.make("elastic-transform", {"severity": 4})
    smooth = ndimage.gaussian_filter(frames(1, 64)[0].numpy(), (0, 3, 3))
    x = torch.from_numpy(smooth)[None]
    drawn = made.draw((3, 64, 64), dice("elastic-transform", ("pair",)))
    across = torch.arange(64.0).div(63).expand(1, 1, 64, 64).contiguous()
    moved, columns, rows = (made.replay(t, drawn) for t in (x, across, across.mT.contiguous()))
    assert float((columns - across).abs().max()) > 1 / 63  # something moved by more than a pixel
    places = np.stack([rows[0, 0].numpy(), columns[0, 0].numpy()]) * 63
    wanted = np.stack([ndimage.map_coordinates(plane, places, order=1) for plane in smooth])
    inside = (slice(None), slice(12, -12), slice(12, -12))  # beyond the edge the mirror image is read
    assert float(np.abs(wanted - moved[0].numpy())[inside].max()) < 2 / 255
    assert torch.equal(made.replay(torch.cat((x, across), 1), drawn)[:, 3:], columns)


@pytest.mark.parametrize("name", ["gaussian-noise", "glass-blur", "snow", "frost", "spatter", "motion-blur"])
def test_the_same_picture_with_the_same_draw_is_the_same(name):
    made, x = STRESSORS.make(name, {"severity": 2}), frames(1, 48).expand(3, -1, -1, -1).contiguous()
    out = made.replay(x, shared(made.draw((3, 48, 48), dice(name, ("film",))), 3))
    assert torch.equal(out[0], out[1])
    assert torch.equal(out[0], out[2])


# ---- any batch ----


@pytest.mark.parametrize("name", NAMES)
def test_batches_of_one_sixteen_and_odd_chunks_in_any_order(name):
    made, x = STRESSORS.make(name, {"severity": 3, "profile": "tiny-c"}), frames(16, 33, step=7)
    ids = tuple(f"s{i}" for i in range(16))
    whole = Batch(ids, x, (frozenset({0}),) * 16)
    together = stress(made, whole, dice(name, ids)).x
    order = [int(i) for i in np.random.default_rng(0).permutation(16)]
    for chunk in ([order[0]], [order[-1]], order[1:6], order[6:13], order):
        part = whole.select(chunk)
        assert torch.equal(stress(made, part, dice(name, part.ids)).x, together[chunk]), chunk


# ---- spectrum ----


def spectrum(x):
    """Mean power by radius (cycles a picture) of (n, H, H), its means taken away; radii 1 to H / 2."""
    x = x.double().numpy()
    power = np.abs(np.fft.fft2(x - x.mean(axis=(1, 2), keepdims=True))) ** 2
    f = np.fft.fftfreq(x.shape[-1]) * x.shape[-1]
    radius = np.hypot(f[:, None], f).round().astype(int)
    return np.array([power[:, radius == r].mean() for r in range(1, x.shape[-1] // 2 + 1)])


@pytest.mark.parametrize(
    ("name", "value", "variance"),
    # variances of the change at severity 1, of values that nothing cuts off
    [
        ("gaussian-noise", 0.5, 0.08**2),
        ("speckle-noise", 0.4, (0.15 * 102 / 255) ** 2),  # 0.4 is the level 102
        ("shot-noise", 0.4, 0.4 / 60),  # Poisson of mean 60 · 0.4, divided by 60
        ("impulse-noise", 0.4, 0.03 * (0.5 * 0.6**2 + 0.5 * 0.4**2)),  # about 0.4: 3 % become 0 or 1
    ],
)
def test_noise_is_white(name, value, variance):
    made = STRESSORS.make(name, {"severity": 1})
    ids = tuple(f"s{i}" for i in range(8))
    x = torch.full((8, 3, 64, 64), round(value * 255) / 255)
    change = made.replay(x, made.draw((3, 64, 64), dice(name, ids))) - x
    power = spectrum(change.flatten(0, 1))
    # 24 · 64² values: the variance is known to 2 %; white noise has it at every frequency, 64² times
    assert float(change.square().mean()) == pytest.approx(variance, rel=0.08)
    bands = [power[a:b].mean() / 64**2 for a, b in ((0, 4), (4, 10), (10, 20), (20, 32))]
    assert bands == pytest.approx([variance] * 4, rel=0.2)
    # channels have numbers of their own
    red, green = change[:, 0].flatten(), change[:, 1].flatten()
    assert abs(float(torch.corrcoef(torch.stack((red, green)))[0, 1])) < 0.03


@pytest.mark.parametrize(("severity", "decay"), [(3, 1.7), (4, 1.5), (5, 1.4)])
def test_fog_falls_by_a_power_of_the_frequency(severity, decay):
    # midpoint noise of amplitude decay^(−2 k) at the scale 2^(−k): power density ~ 1 / f^(2 + 2 H), where the
    # amplitude falls by 2^H an octave: H = 2 log2(decay). From H = 2 on (severities 1 and 2) the straight
    # lines between the points set the limit
    made = STRESSORS.make("fog", {"severity": severity})
    ids = tuple(f"s{i}" for i in range(24))
    x = torch.full((24, 1, 128, 128), 0.5)
    power = spectrum(made.replay(x, made.draw((1, 128, 128), dice("fog", ids)))[:, 0])
    at = np.arange(2, 33)
    slope = np.polyfit(np.log2(at), np.log2(power[at - 1]), 1)[0]
    assert slope == pytest.approx(-(2 + 4 * np.log2(decay)), abs=0.6)


def test_spatter_and_snow_have_the_scale_of_their_blur():
    # drops come from noise smoothed by 4 pixels (σ): power beyond f = 128 / (2π·4) · 2 ≈ 10 falls steeply
    made, ids = STRESSORS.make("spatter", {"severity": 1}), tuple(f"s{i}" for i in range(6))
    noise = made.draw((3, 128, 128), dice("spatter", ids))["noise"]
    white = spectrum(noise)
    assert white.std() / white.mean() < 0.25
    x = torch.full((6, 3, 128, 128), 0.3)
    drops = spectrum(made.replay(x, {"noise": noise})[:, 0])
    assert drops[2:10].mean() > 30 * drops[40:].mean()
