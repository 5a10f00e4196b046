"""Threats with coordinates: pictures known exactly, against scipy and colorsys; gradients of points."""

import colorsys
import math

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from durometer.core import Dice, ExtensionError
from durometer.testing import check_threat
from durometer.threat import THREATS
from durometer.threat.color import Color
from durometer.threat.hsv import HSV
from durometer.threat.rotation_translation import RotationTranslation
from durometer.threat.vector_field import VectorField

ALL = ("rotation-translation", "vector-field", "color", "hsv")


def pictures(n=3, channels=3, height=8, width=8):
    generator = torch.Generator().manual_seed(5)
    return torch.rand(n, channels, height, width, generator=generator)


def points(*rows):
    return torch.tensor(rows, dtype=torch.float32)


@pytest.mark.parametrize(
    "threat",
    [RotationTranslation(degrees=180.0, pixels=0.5, outside="reflection"), VectorField(pixels=4.0, cells=1),
     VectorField(cells=9, outside="zeros"), Color(gain=1.0, offset=0.0, low=-1.0, high=2.0), HSV(hue=180.0)],
)  # fmt: skip
def test_contract(threat):
    check_threat(threat)


def test_oracle_a_quarter_turn_and_whole_shifts_are_exact():
    x = pictures()
    turned = RotationTranslation(degrees=90.0).apply(x, points([1, 0, 0]).expand(3, -1))
    assert torch.allclose(turned, torch.rot90(x, 1, (2, 3)), atol=1e-5)  # counterclockwise
    shifted = RotationTranslation(pixels=2.0).apply(x, points([0, 1, -0.5]).expand(3, -1))
    assert torch.allclose(shifted[..., :-1, 2:], x[..., 1:, :-2], atol=1e-5)  # 2 right, 1 up
    assert shifted[..., :2].abs().max() <= 1e-5  # what comes in is 0


@pytest.mark.parametrize(("outside", "mode"), [("zeros", "constant"), ("border", "nearest")])
def test_differential_scipy_looks_up_the_same(outside, mode):
    x = pictures(1, 1, 9, 12)
    threat = RotationTranslation(degrees=40.0, pixels=3.0, outside=outside)
    found = threat.apply(x, points([0.6, -0.5, 0.3]))[0, 0].numpy()
    angle = math.radians(24.0)
    down, right = np.mgrid[0:9, 0:12].astype(float)
    r, d = right + 0.5 + 1.5 - 6, down + 0.5 - 0.9 - 4.5  # undo the shift, from the center
    source = (
        math.sin(angle) * r + math.cos(angle) * d + 4.0,
        math.cos(angle) * r - math.sin(angle) * d + 5.5,
    )
    padded = np.pad(x[0, 0].numpy(), 1)  # scipy's own constant mode has no half pixel beyond the edge
    if mode == "constant":
        expected = map_coordinates(padded, [s + 1 for s in source], order=1, mode="constant")
    else:
        expected = map_coordinates(x[0, 0].numpy(), source, order=1, mode="nearest")
    assert np.abs(found - expected).max() < 1e-5


def test_oracle_the_field_between_corners_by_hand():
    # one cell over 4 pixels: centers at 1/8, 3/8, 5/8, 7/8 of the way between the corners 0 and 1
    threat = VectorField(cells=1)
    x = pictures(1, 1, 4, 4)
    point = points([0, 1, 0, 1, 0, 0, 1, 1])  # right 0 1 / 0 1, down 0 0 / 1 1
    field = threat.field(x, point)[0]
    assert field[0].tolist() == [pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])] * 4
    assert field[1].T.tolist() == [pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])] * 4


def test_oracle_an_even_field_is_a_shift():
    x = pictures()
    threat = VectorField(pixels=2.0, cells=3)
    point = torch.cat((torch.full((3, 16), 0.5), torch.full((3, 16), -1.0)), dim=1)
    moved = threat.apply(x, point)  # each pixel shows what lies 1 to the right and 2 above
    assert torch.allclose(moved[..., 2:, :-1], x[..., :-2, 1:], atol=1e-5)


def test_property_the_field_is_as_smooth_as_it_says():
    threat = VectorField(pixels=3.0, cells=4)
    x = pictures(16, 1, 32, 32)
    drawn = threat.sample(x, Dice(0, "field", 1, tuple(f"s{i}" for i in range(16)))).sign()
    field = 3.0 * threat.field(x, drawn)
    assert field.abs().max() <= 3.0 + 1e-5
    assert field.diff(dim=3).abs().max() <= 2 * 3.0 / 8 + 1e-5  # cells of 8 pixels
    assert field.diff(dim=2).abs().max() <= 2 * 3.0 / 8 + 1e-5


def test_oracle_colors_by_hand():
    x = torch.tensor([0.2, 0.5, 0.9]).reshape(1, 3, 1, 1)
    found = Color(gain=0.5, offset=0.1).apply(x, points([1, 0, 1, 0, -1, 1]))
    # 0.2 · 1.5, 0.5 - 0.1, and 0.9 · 1.5 + 0.1 cut at 1
    assert found.flatten().tolist() == pytest.approx([0.3, 0.4, 1.0])
    told = Color(gain=0.5, offset=0.1).told(x, points([1, 0, 1, 0, -1, 1]))
    assert told["gain 0"] == [pytest.approx(1.5)]
    assert told["offset 1"] == [pytest.approx(-0.1)]


def test_differential_colorsys_recolors_the_same():
    x = pictures(1, 3, 4, 4)
    found = HSV(hue=60.0, saturation=0.5, value=0.4).apply(x, points([0.5, -1.0, 0.75]))
    for pixel, new in zip(x[0].flatten(1).T.tolist(), found[0].flatten(1).T.tolist(), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        expected = colorsys.hsv_to_rgb((hue + 30 / 360) % 1, saturation * 0.5, min(value * 1.3, 1))
        assert new == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("at_zero", [True, False])
def test_gradients_of_points_are_those_of_small_differences(name, at_zero):
    threat = THREATS.make(name)
    smooth = torch.sin(torch.arange(3 * 12 * 12).reshape(1, 3, 12, 12) * 0.07).double() * 0.3 + 0.5
    weight = torch.cos(torch.arange(3 * 12 * 12).reshape(1, 3, 12, 12) * 0.11).double()
    generator = torch.Generator().manual_seed(2)
    n = threat.dimensions((3, 12, 12))
    # off pixel centers, where looking up between pixels has a kink
    point = torch.zeros(1, n) if at_zero else 0.4 * torch.rand(1, n, generator=generator) + 0.1
    point = point.double().requires_grad_(True)
    value = (threat.apply(smooth, point) * weight).sum()
    (gradient,) = torch.autograd.grad(value, point)
    assert gradient.abs().max() > 0
    if at_zero:
        return
    for k in range(0, n, max(1, n // 4)):
        step = torch.zeros_like(point).detach()
        step[0, k] = 1e-6
        rise = (threat.apply(smooth, point + step) - threat.apply(smooth, point - step)) * weight
        assert gradient[0, k].item() == pytest.approx(rise.sum().item() / 2e-6, rel=1e-3, abs=1e-4)


def test_oracle_sizes_are_shares_of_what_is_allowed():
    threat, x = RotationTranslation(degrees=10.0, pixels=4.0), pictures(2)
    point = points([0.5, -0.75, 0], [0, 0, 1.5])
    assert threat.size(x, point).tolist() == [0.75, 1.5]
    assert threat.contains(x, point).tolist() == [True, False]
    assert threat.project(x, point)[1].tolist() == [0, 0, 1]
    assert threat.told(x, point) == {"turn": [5, 0], "right": [-3, 0], "down": [0, 6]}


def test_say_themselves():
    words = {name: THREATS.make(name).describe() for name in ALL}
    assert words == {
        "rotation-translation": "turned by up to 30°, shifted by up to 3 pixels",
        "vector-field": "a smooth field of shifts of up to 1 pixel, 4 × 4 cells",
        "color": "each channel's gain within 20 % and offset within 0.1",
        "hsv": "hue within 20°, saturation within 30 %, value within 20 %",
    }


def test_errors_gray_pictures_have_no_hue():
    with pytest.raises(
        ExtensionError, match=r"threat 'hsv': it needs pictures of 3 channels, not 1\. Use color"
    ):
        HSV().sample(pictures(1, 1), Dice(0, "hsv", 1, ("a",)))
