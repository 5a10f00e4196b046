"""The profile `calibrated`: the RMS change that a severity asks for, measured on the output by NumPy."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image

from durometer.core import Batch, Dice, PlanError, stress
from durometer.stress import STRESSORS
from durometer.stress.corruptions.calibrate import MIXED, STOPS
from durometer.stress.corruptions.corruption import Corruption

NAMES = tuple(STOPS)
WANTED = (4, 8, 12, 16, 20)
"""Gray levels."""


def photos(side):
    """(3, 3, side, side): two photographs bundled with scikit-learn, and one mirrored."""
    both = [load_sample_image(n)[100 : 100 + side, 200 : 200 + side] for n in ("china.jpg", "flower.jpg")]
    return torch.from_numpy(np.stack([*both, both[0][::-1]])).permute(0, 3, 1, 2).contiguous().float() / 255


def show(name, x, severity, ids=("a", "b", "c"), seed=3):
    made = STRESSORS.make(name, {"severity": severity, "profile": "calibrated"})
    batch = Batch(ids[: len(x)], x, (frozenset({0}),) * len(x))
    return stress(made, batch, Dice(seed, name, made.version, batch.ids))


def published(name, x, severity):
    return stress(
        STRESSORS.make(name, {"severity": severity}), Batch(("a",), x, (0,)), Dice(0, name, 1, ("a",))
    ).x


def measured(x, y):
    a, b = (np.rint(t.numpy() * 255) for t in (x, y))
    return np.sqrt(((a - b) ** 2).mean(axis=(1, 2, 3)))


@pytest.mark.parametrize("name", NAMES)
def test_each_severity_meets_its_target_and_more_is_more(name):
    x = photos(64)
    found = []
    for severity, wanted in enumerate(WANTED, start=1):
        result = show(name, x, severity)
        assert not result.refused
        found.append(measured(x, result.x))
        assert found[-1] == pytest.approx(np.full(3, wanted), abs=0.5)
        assert result.facts["rms"] == pytest.approx(found[-1], abs=1e-3)
    assert (np.diff(found, axis=0) > 3).all()  # four levels apart, half a level at most off at each end


def test_where_the_published_severities_are_not_monotone():
    # what the profile is for: glass 2 is no more than glass 1, and saturation turns around
    x = photos(224)[:1]
    for name, (low, high) in {"glass-blur": (1, 2), "saturate": (2, 3)}.items():
        one, two = (measured(x, published(name, x, severity)) for severity in (low, high))
        assert two < 1.05 * one


def test_oracle_of_noise_the_sigma_is_found():
    # mid gray, no value is cut off: RMS = 255 σ · rms(n) with n as drawn for this sample
    x = torch.full((1, 3, 64, 64), 128 / 255)
    noise = Dice(3, "gaussian-noise", 1, ("a",)).normal("noise", (3, 64, 64))
    sigma = 12 / 255 / float(noise.square().mean().sqrt())
    wanted = (x + sigma * noise).mul(255).round() / 255
    assert float((show("gaussian-noise", x, 3).x - wanted).abs().max()) <= 1 / 255 + 1e-6
    assert float(((show("gaussian-noise", x, 3).x - wanted).abs() > 1e-6).float().mean()) < 0.01


def test_oracle_of_contrast_the_factor_is_found():
    # half 64, half 192: mean 128, every value is 64 from it; RMS 16 needs a factor of 1 − 16 / 64 = 0.75
    x = torch.cat((torch.full((1, 3, 8, 4), 64 / 255), torch.full((1, 3, 8, 4), 192 / 255)), -1)
    assert show("low-contrast", x, 4).x.mul(255).round().unique().tolist() == [80, 176]


@pytest.mark.parametrize("name", [n for n in NAMES if n in MIXED or n == "gaussian-blur"])
def test_a_picture_that_can_not_change_so_much_is_counted(name):
    x = torch.full((2, 3, 48, 48), 0.4)
    x[1] = photos(48)[0]
    result = show(name, x, 5)
    if name not in ("shot-noise", "snow", "spatter"):  # the others leave a plain picture plain
        why = "an RMS change of 20 gray levels can't be met on this picture: the nearest is "
        assert result.refused == {0: f"{why}{'6.0' if 'jpeg' in name else '0.0'}"}  # by steps of the mean: 6
        assert result.facts["rms"][0] is None
    assert result.facts["rms"][1] == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gets_its_change_in_any_batch(name):
    x = photos(48)
    together = show(name, x, 2)
    for order in ([1], [2, 0]):
        part = show(name, x[order], 2, tuple("abc"[i] for i in order))
        assert torch.equal(part.x, together.x[order])
        assert part.facts["rms"] == tuple(together.facts["rms"][i] for i in order)


def test_what_is_offered_is_all_but_what_moves_pixels():
    corruptions = {n for n in STRESSORS.names() if issubclass(STRESSORS.get(n), Corruption)}
    assert corruptions == {*NAMES, "elastic-transform"}
    with pytest.raises(PlanError, match="profile = 'calibrated' doesn't hold for elastic-transform"):
        STRESSORS.make("elastic-transform", {"profile": "calibrated"})
