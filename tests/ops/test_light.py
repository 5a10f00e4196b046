"""Colors and light against colorsys, numpy, scipy, PIL and published values."""

import colorsys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from durometer.ops.hsv import from_hsv, recolored, to_hsv
from durometer.ops.illuminant import COOLEST, gains, planckian
from durometer.ops.light import luminance, relight, same_luminance, to_linear, to_srgb, veiled
from durometer.ops.ramp import ramp
from durometer.ops.within import blur_within, mean_within, ratios, slope_within

EVERY = np.array(np.meshgrid(*[[0, 1, 51, 127, 128, 254, 255]] * 3)).reshape(3, -1) / 255
"""343 colors, the corners and grays of the cube among them."""


def decoded(x):
    """IEC 61966-2-1, written out again."""
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def as_picture(colors):
    return torch.from_numpy(colors).float()[None, :, None, :]


def noise(height, width, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((1, 3, height, width), dtype=np.float32))


class TestHsv:
    def test_there_agrees_with_colorsys(self):
        got = torch.cat(to_hsv(as_picture(EVERY)), dim=1)[0, :, 0].double().numpy()
        want = np.array([colorsys.rgb_to_hsv(*color) for color in EVERY.T]).T * [[6], [1], [1]]
        assert np.abs(got - want).max() < 1e-5

    def test_back_agrees_with_colorsys(self):
        h, s, v = (as_picture(EVERY)[:, i : i + 1] for i in range(3))
        got = from_hsv(h * 6, s, v)[0, :, 0].double().numpy()
        want = np.array([colorsys.hsv_to_rgb(*color) for color in EVERY.T]).T
        assert np.abs(got - want).max() < 1e-5

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 255), min_size=3, max_size=3))
    def test_there_and_back_is_the_same_gray_level(self, color):
        x = torch.tensor(color, dtype=torch.float32)[None, :, None, None] / 255
        assert (from_hsv(*to_hsv(x)) - x).abs().max() < 1e-6

    def test_a_third_of_the_circle_hands_each_channel_on(self):
        # red becomes green, green blue, blue red: (r, g, b) -> (b, r, g)
        x = noise(9, 11)
        assert (recolored(x, torch.tensor([120.0])) - x[:, [2, 0, 1]]).abs().max() < 1e-5

    def test_factors_are_cut_at_full(self):
        # (0.2, 0.4, 0.4): saturation 0.5, value 0.4; three times each is 1 and 1: (0, 1, 1)
        x = torch.tensor([0.2, 0.4, 0.4])[None, :, None, None]
        got = recolored(x, torch.zeros(1), saturation=3, value=3)
        assert got.flatten().tolist() == pytest.approx([0, 1, 1], abs=1e-6)

    def test_gray_stays_gray_and_one_channel_one(self):
        gray = noise(4, 4)[:, :1]
        turned = recolored(gray.expand(-1, 3, -1, -1), torch.tensor([77.0]))
        assert (turned - gray).abs().max() < 1e-6
        assert (recolored(gray, torch.tensor([77.0]), value=0.5) - gray / 2).abs().max() < 1e-6

    def test_its_gradient_is_that_of_finite_differences(self):
        x = noise(2, 3, seed=4).double().requires_grad_()
        turn = torch.tensor([50.0])
        assert torch.autograd.gradcheck(lambda t: recolored(t, turn, saturation=0.7, value=0.8), (x,))


class TestLinearLight:
    def test_every_gray_level_as_the_standard_says(self):
        levels = np.arange(256) / 255
        x = torch.from_numpy(levels).float()
        assert np.abs(to_linear(x).double().numpy() - decoded(levels)).max() < 1e-7
        assert (to_srgb(to_linear(x)) - x).abs().max() < 1e-6
        # middle gray: sRGB 0.735357 is half the light, ((0.735357 + 0.055) / 1.055) ** 2.4 = 0.5
        assert to_linear(torch.tensor([0.735357])).item() == pytest.approx(0.5, abs=1e-6)

    def test_light_is_differentiable_down_to_black(self):
        x = torch.tensor([0.0, 0.01, 0.04, 0.05, 0.5, 1.0], requires_grad=True)
        to_srgb(to_linear(x)).sum().backward()
        assert torch.allclose(x.grad, torch.ones(6), atol=1e-4)

    def test_where_the_gain_is_one_nothing_is_touched(self):
        x = noise(8, 8)
        gain = torch.ones(1, 1, 8, 8)
        gain[..., :4] = 0.5
        lit = relight(x, gain)
        assert torch.equal(lit[..., 4:], x[..., 4:])
        want = decoded(x[..., :4].double().numpy()) / 2
        assert np.abs(decoded(lit[..., :4].double().numpy()) - want).max() < 1e-6

    def test_mean_luminance_is_kept_where_white_leaves_room(self):
        x, everywhere = noise(32, 32) * 0.7, torch.ones(1, 1, 32, 32)
        gain = torch.tensor([1.5, 0.9, 0.2])[None, :, None, None]
        lit, used, (ratio,) = same_luminance(x, gain, everywhere)
        assert torch.equal(lit, relight(x, used))
        assert ratio == pytest.approx(1, abs=1e-3)
        was, now = (
            np.tensordot([0.2126, 0.7152, 0.0722], decoded(t[0].double().numpy()), 1).mean() for t in (x, lit)
        )
        assert now == pytest.approx(was, rel=1e-3)

    def test_white_under_a_colored_lamp_can_not_keep_its_luminance_and_stays_finite(self):
        x, everywhere = torch.ones(1, 3, 4, 4), torch.ones(1, 1, 4, 4)
        lit, _, (ratio,) = same_luminance(x, torch.tensor([1.0, 0.5, 0.1])[None, :, None, None], everywhere)
        assert torch.isfinite(lit).all()
        assert mean_within(luminance(to_linear(lit)), everywhere).item() == pytest.approx(ratio, abs=1e-3)
        assert ratio < 1

    def test_black_stays_black(self):
        x = torch.zeros(1, 3, 4, 4)
        lit, _, ratio = same_luminance(x, torch.full((1, 3, 1, 1), 2.0), x[:, :1] + 1)
        assert torch.equal(lit, x)
        assert ratio == [None]

    def test_haze_by_hand(self):
        # light 0.5 (sRGB 0.735357) through t = 0.25 toward white: 0.25 · 0.5 + 0.75 · 1 = 0.875
        x = torch.full((1, 3, 1, 2), 0.735357)
        t = torch.tensor([0.25, 1.0])[None, None, None]
        got = veiled(x, t, (1.0, 1.0, 1.0))
        assert to_linear(got)[0, :, 0, 0].tolist() == pytest.approx([0.875] * 3, abs=1e-5)
        assert torch.equal(got[..., 1], x[..., 1])


def wyman(nm):
    """Color matching functions as sums of lobes (Wyman, Sloan and Shirley, 2013), good to about 1 %."""

    def lobe(height, middle, left, right):
        return height * np.exp(-0.5 * ((nm - middle) / np.where(nm < middle, left, right)) ** 2)

    return (
        lobe(1.056, 599.8, 37.9, 31.0) + lobe(0.362, 442.0, 16.0, 26.7) + lobe(-0.065, 501.1, 20.4, 26.2),
        lobe(0.821, 568.8, 46.9, 40.5) + lobe(0.286, 530.9, 16.3, 31.1),
        lobe(1.217, 437.0, 11.8, 36.0) + lobe(0.681, 459.0, 26.0, 13.8),
    )


def black_body(kelvin):
    """Planck's law through the color matching functions: (X, Y, Z), Y = 1."""
    nm = np.arange(380.0, 781.0)
    spectrum = nm**-5 / np.expm1(1.438777e7 / (nm * kelvin))
    xyz = np.array([(spectrum * f).sum() for f in wyman(nm)])
    return xyz / xyz[1]


class TestLamps:
    @pytest.mark.parametrize("kelvin", [2000, 2222, 2856, 4000, 5000, 6504, 12000, 25000])
    def test_the_locus_is_that_of_plancks_law(self, kelvin):
        xyz = black_body(kelvin)
        assert planckian(kelvin) == pytest.approx(xyz[:2] / xyz.sum(), abs=0.006)

    def test_illuminant_a(self):
        # CIE standard illuminant A is a black body of 2856 K at (0.44757, 0.40745)
        assert planckian(2856) == pytest.approx((0.44757, 0.40745), abs=5e-4)

    @pytest.mark.parametrize("kelvin", [2500, 3500, 5000, 8000])
    def test_mccamys_formula_finds_the_temperature_again(self, kelvin):
        # McCamy (1992): n = (x − 0.3320) / (0.1858 − y); 449 n³ + 3525 n² + 6823.3 n + 5520.33
        x, y = planckian(kelvin)
        n = (x - 0.3320) / (0.1858 - y)
        assert 449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33 == pytest.approx(kelvin, rel=0.01)

    @pytest.mark.parametrize("kelvin", [2500, 4000, 10000])
    def test_gains_are_the_ratio_of_two_black_bodies(self, kelvin):
        to_xyz = np.array(
            [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
        )  # IEC 61966-2-1
        ratio = np.linalg.solve(to_xyz, black_body(kelvin)) / np.linalg.solve(to_xyz, black_body(6504))
        got = np.array(gains(kelvin))
        assert got / got[1] == pytest.approx(ratio / ratio[1], rel=0.05)
        assert got @ [0.2126, 0.7152, 0.0722] == pytest.approx(1)

    def test_neutral_is_ones_and_the_coolest_is_still_a_color(self):
        assert gains(6504) == pytest.approx((1, 1, 1))
        assert min(gains(COOLEST)) > 0


class TestRamp:
    def test_ends_and_middle_by_hand(self):
        # from the right over 4 × 8 pixels: centers at 0.5 … 7.5, (x − 4) / 4
        got = ramp(torch.zeros(1, 3, 4, 8), [0.0], [(0.0, 0.0, 8.0, 4.0)])[0, 0]
        assert got[2].tolist() == pytest.approx([-0.875, -0.625, -0.375, -0.125, 0.125, 0.375, 0.625, 0.875])

    @pytest.mark.parametrize("angle", [0.0, 37.0, 90.0, 200.0, 315.0])
    def test_it_rises_toward_the_light(self, angle):
        box = (10.0, 5.0, 40.0, 25.0)
        got = ramp(torch.zeros(1, 1, 32, 48), [angle], [box])[0, 0].double().numpy()
        down, right = (g[12:18, 20:30].mean() for g in np.gradient(got))
        assert np.degrees(np.arctan2(-down, right)) % 360 == pytest.approx(angle, abs=1e-3)
        assert got[5:25, 10:40].max() == pytest.approx(1, abs=0.06)
        assert got.min() == -1 or angle % 90


class TestWithin:
    @pytest.mark.parametrize("sigma", [0.8, 2.5, 6.0])
    def test_the_blur_is_scipys_over_the_mask_alone(self, sigma):
        x = noise(30, 41)
        mask = torch.zeros(1, 1, 30, 41)
        mask[..., 8:22, 5:30] = 1
        options = {"mode": "reflect", "radius": int(np.ceil(3 * sigma))}
        m = mask[0, 0].double().numpy()
        weight = ndimage.gaussian_filter(m, sigma, **options)
        got = blur_within(x, mask, sigma)[0].double().numpy()
        for channel in range(3):
            value = ndimage.gaussian_filter(x[0, channel].double().numpy() * m, sigma, **options)
            assert np.abs(got[channel] - value / np.maximum(weight, 1e-9))[m > 0].max() < 1e-4

    def test_nothing_from_outside_comes_in(self):
        x = noise(20, 20)
        mask = torch.zeros(1, 1, 20, 20)
        mask[..., 5:15, 5:15] = 1
        other = torch.where(mask > 0, x, 1 - x)
        inside = mask.expand_as(x) > 0
        assert torch.equal(blur_within(x, mask, 3.0)[inside], blur_within(other, mask, 3.0)[inside])

    def test_slopes_by_hand(self):
        # rows 0 1 0 | mask on the first two columns of two rows: steps right 1, 1; down 0, 0: mean 1/2
        gray = torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]).expand(1, 1, 2, 3)
        mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])[None, None]
        assert slope_within(gray, mask).item() == pytest.approx(0.5)
        assert mean_within(gray, mask).item() == pytest.approx(0.5)
        assert mean_within(gray, 0 * mask).item() == 0

    def test_ratios_of_nothing_are_absent(self):
        assert ratios(torch.tensor([1.0, 3.0]), torch.tensor([4.0, 0.0])) == [0.25, None]
