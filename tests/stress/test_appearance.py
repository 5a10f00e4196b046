"""What changes of the object's look change, measured on the output by code that did not make them."""

import colorsys

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import Batch, Dice, PlanError, stress
from durometer.stress import STRESSORS
from durometer.stress.attributes.object_texture import COARSE

GRAY_LEVEL = 1 / 255
OF_THE_OBJECT = [
    ("object-color", {"hue": 70}), ("object-color", {"value": 0.6}), ("object-texture", {"kind": "stripes"}),
    ("donor-texture", {}), ("object-lighting", {}), ("object-blur", {}),
]  # fmt: skip


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids))


def inside(batch, i):
    return batch.aux["mask"][i, 0].numpy() > 0.5


def decoded(x):
    """IEC 61966-2-1."""
    x = np.asarray(x, float)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def pixels(x, where):
    """(n, 3) float64 of the pixels in a mask."""
    return x[:, torch.from_numpy(where)].double().numpy().T


def hsv(colors):
    return np.array([colorsys.rgb_to_hsv(*color) for color in colors])


def smooth(x, where, sigma):
    """The Gaussian mean over a mask alone, by scipy."""
    options = {"mode": "reflect", "radius": int(np.ceil(3 * sigma))}
    weight = ndimage.gaussian_filter(where.astype(float), sigma, **options)
    return ndimage.gaussian_filter(np.asarray(x, float) * where, sigma, **options) / np.maximum(weight, 1e-9)


def gray(x):
    return np.tensordot([0.299, 0.587, 0.114], x.double().numpy(), 1)


def lit(canvas, low=0.3, high=0.7):
    """The same pictures with less contrast, so that nothing is cut at black or white."""
    squeeze = lambda t: (low + (high - low) * t).mul(255).round().div(255)  # noqa: E731
    aux = {k: v if k == "mask" else squeeze(v) for k, v in canvas.aux.items()}
    return canvas.but(x=squeeze(canvas.x), aux=aux)


@pytest.mark.parametrize(("name", "values"), OF_THE_OBJECT)
class TestOfTheObject:
    def test_beyond_the_skirt_it_is_the_null_edit_and_the_shape_stays(self, name, values, canvas):
        result, null = show(name, canvas, **values), show("null-edit", canvas)
        assert not result.refused
        assert torch.equal(result.aux["mask"], canvas.aux["mask"])
        assert torch.equal(result.aux["filled"], canvas.aux["filled"])
        for i in range(len(canvas)):
            beyond = torch.from_numpy(~ndimage.binary_dilation(inside(canvas, i), np.ones((3, 3))))
            assert torch.equal(result.x[i][:, beyond], null.x[i][:, beyond])
            assert not torch.equal(result.x[i], null.x[i])

    def test_nothing_of_the_background_comes_into_the_object(self, name, values, canvas):
        inverted = torch.where(canvas.aux["mask"] > 0, canvas.x, 1 - canvas.x)
        one, two = (show(name, b, **values).x for b in (canvas, canvas.but(x=inverted)))
        solid = (canvas.aux["mask"] == 1).expand_as(one)
        assert torch.equal(one[solid], two[solid])


@pytest.mark.parametrize(
    ("name", "values"),
    [("object-color", {"hue": 0}), ("object-texture", {"amount": 0}), ("donor-texture", {"amount": 0}),
     ("object-lighting", {"strength": 0}), ("object-blur", {"sigma": 0}), ("background-blur", {"sigma": 0})],
)  # fmt: skip
def test_no_change_is_the_null_edit_to_the_bit(name, values, canvas):
    assert torch.equal(show(name, canvas, **values).x, show("null-edit", canvas).x)


class TestColor:
    @pytest.mark.parametrize("turn", [40.0, 120.0, -75.0])
    def test_the_hue_turns_and_nothing_else(self, turn, canvas):
        result = show("object-color", canvas, hue=turn)
        for i in range(len(canvas)):
            before, after = (hsv(pixels(x[i], inside(canvas, i))) for x in (canvas.x, result.x))
            weight = before[:, 1] * before[:, 2]
            moved = np.angle((weight * np.exp(2j * np.pi * (after[:, 0] - before[:, 0]))).sum(), deg=True)
            assert moved == pytest.approx(turn, abs=0.3)
            assert np.abs(after[:, 2] - before[:, 2]).max() <= 0.5 * GRAY_LEVEL + 1e-6
            assert after[:, 1].mean() == pytest.approx(before[:, 1].mean(), abs=2e-3)
            colors = pixels(canvas.x[i], inside(canvas, i))
            assert result.facts["colorfulness"][i] == pytest.approx(np.ptp(colors, axis=1).mean(), abs=1e-3)
        assert result.facts["hue_turned"] == (turn,) * 4

    def test_a_third_of_the_circle_hands_the_channels_on(self, canvas):
        # red becomes green, green blue, blue red: (r, g, b) -> (b, r, g), exactly
        result = show("object-color", canvas, hue=120)
        solid = (canvas.aux["mask"] == 1).expand_as(canvas.x)
        assert torch.equal(result.x[solid], canvas.x[:, [2, 0, 1]][solid])

    @pytest.mark.parametrize("factor", [0.0, 0.5, 1.3])
    def test_saturation_is_multiplied(self, factor, canvas):
        batch = lit(canvas)
        result = show("object-color", batch, saturation=factor)
        for i in range(len(batch)):
            before, after = (hsv(pixels(x[i], inside(batch, i))) for x in (batch.x, result.x))
            ratio = after[:, 1].mean() / before[:, 1].mean()
            assert ratio == pytest.approx(factor, abs=0.01)
            assert result.facts["saturation_ratio"][i] == pytest.approx(ratio, abs=0.01)
            assert np.abs(after[:, 2] - before[:, 2]).max() <= 0.5 * GRAY_LEVEL + 1e-6

    @pytest.mark.parametrize("factor", [0.3, 0.8, 1.4])
    def test_value_is_multiplied(self, factor, canvas):
        batch = lit(canvas)
        result = show("object-color", batch, value=factor)
        for i in range(len(batch)):
            before, after = (hsv(pixels(x[i], inside(batch, i))) for x in (batch.x, result.x))
            assert after[:, 2] == pytest.approx(factor * before[:, 2], abs=0.6 * GRAY_LEVEL)
            assert after[:, 1].mean() == pytest.approx(before[:, 1].mean(), abs=5e-3)
            assert result.facts["value_ratio"][i] == pytest.approx(factor, abs=2e-3)

    def test_what_is_cut_at_full_is_told(self, canvas):
        result = show("object-color", canvas, value=5)
        for i in range(len(canvas)):
            before, after = (hsv(pixels(x[i], inside(canvas, i))) for x in (canvas.x, result.x))
            assert result.facts["value_ratio"][i] == pytest.approx(
                after[:, 2].mean() / before[:, 2].mean(), abs=2e-3
            )
            assert result.facts["value_ratio"][i] < 4

    def test_drawn_hues_are_never_near_the_old_ones(self, make_batch):
        turns = np.array(show("object-color", make_batch(40, 32, 32)).facts["hue_turned"])
        assert turns.min() >= 60
        assert turns.max() < 300
        assert turns.std() > 240 / np.sqrt(12) / 2

    def test_gray_objects_are_refused_unless_their_value_changes(self, canvas):
        dull = canvas.but(x=canvas.x[:, :1].expand_as(canvas.x).contiguous())
        for values in ({}, {"hue": 90}, {"saturation": 0.5}):
            assert show("object-color", dull, **values).refused[0].startswith("the object is gray")
        assert not show("object-color", dull, value=0.5).refused
        assert not show("object-color", dull, hue=0).refused


class TestTexture:
    @pytest.mark.parametrize("kind", ["clouds", "stripes", "checks", "spots"])
    @pytest.mark.parametrize("color", ["object", "texture"])
    def test_shading_stays_and_detail_is_another(self, kind, color, canvas):
        batch, sigma = lit(canvas, 0.2, 0.6), COARSE * 256
        result = show("object-texture", batch, kind=kind, color=color)
        other = show("object-texture", batch.but(x=batch.x.flip(1)), kind=kind, color=color)
        for i in range(len(batch)):
            where = inside(batch, i)
            before, after, again = (gray(x[i]) for x in (batch.x, result.x, other.x))
            coarse = [smooth(t, where, sigma) for t in (before, after)]
            error = np.abs(coarse[1] - coarse[0])[where].mean()
            assert error < 0.02
            assert result.facts["shading_error"][i] == pytest.approx(error, abs=3e-3)
            fine = [(t - smooth(t, where, sigma / 3))[where] for t in (before, after, again)]
            assert abs(np.corrcoef(fine[0], fine[1])[0, 1]) < 0.2  # nothing of the old skin
            assert np.corrcoef(fine[1], fine[2])[0, 1] > 0.8  # another object of that shape wears the same
        assert result.facts["texture"] == (kind,) * 4

    def test_the_objects_coarse_color_stays_or_goes(self, canvas):
        batch, sigma = lit(canvas, 0.2, 0.6), COARSE * 256
        kept, gone = (show("object-texture", batch, kind="checks", color=c) for c in ("object", "texture"))
        for i in range(len(batch)):
            where = inside(batch, i)
            errors = [
                np.mean([np.abs(smooth(r.x[i, c], where, sigma) - smooth(batch.x[i, c], where, sigma))[where]
                         for c in range(3)])
                for r in (kept, gone)
            ]  # fmt: skip
            assert errors[0] < 0.02
            assert errors[1] > 2 * errors[0]

    @pytest.mark.parametrize("name", ["object-texture", "donor-texture"])
    @pytest.mark.parametrize("amount", [0.25, 0.5, 0.75])
    def test_the_amount_is_the_share_of_the_new_skin(self, name, amount, canvas):
        old, part, new = canvas.x, show(name, canvas, amount=amount).x, show(name, canvas).x
        solid = (canvas.aux["mask"] == 1).expand_as(old)
        step, whole = (part - old)[solid].double(), (new - old)[solid].double()
        assert float(step @ whole / (whole @ whole)) == pytest.approx(amount, abs=2e-3)
        assert (step - amount * whole).abs().max() <= 1.1 * GRAY_LEVEL

    def test_a_donor_lends_its_detail(self, canvas):
        batch, sigma = lit(canvas, 0.2, 0.6), COARSE * 256
        result = show("donor-texture", batch)
        for i in range(len(batch)):
            where = inside(batch, i)
            fine = [
                (t - smooth(t, where, sigma))[where]
                for t in map(gray, (result.x[i], batch.aux["donor"][i], batch.x[i]))
            ]
            assert np.corrcoef(fine[0], fine[1])[0, 1] > 0.9
            assert abs(np.corrcoef(fine[0], fine[2])[0, 1]) < 0.2


class TestLighting:
    @pytest.mark.parametrize(("strength", "angle"), [(0.2, 10.0), (0.5, 130.0), (0.9, 250.0)])
    def test_light_rises_toward_its_side_over_the_object(self, strength, angle, canvas):
        batch = lit(canvas)
        result = show("object-lighting", batch, strength=strength, angle=angle)
        for i in range(len(batch)):
            where = ndimage.binary_erosion(inside(batch, i))
            y, x = np.nonzero(where)
            before, after = (decoded(pixels(t[i], where)) for t in (batch.x, result.x))
            gain = after.mean(axis=1) / before.mean(axis=1)
            (right, down, _), *_ = np.linalg.lstsq(np.stack((x, y, np.ones_like(x)), 1), gain, rcond=None)
            assert abs((np.degrees(np.arctan2(-down, right)) - angle + 180) % 360 - 180) < 1
            # gain = k (1 + strength · t): extremes over the box's corners are k (1 ± strength)
            cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            reach = (abs(cos) * (np.ptp(x) + 3) + abs(sin) * (np.ptp(y) + 3)) / 2
            middle = gain.mean() + right * ((x.min() + x.max()) / 2 - x.mean())
            middle += down * ((y.min() + y.max()) / 2 - y.mean())
            assert np.hypot(right, down) * reach / middle == pytest.approx(strength, rel=0.03)
            luminance = [np.dot(t, [0.2126, 0.7152, 0.0722]).mean() for t in (before, after)]
            assert luminance[1] == pytest.approx(luminance[0], rel=0.02)
            assert result.facts["luminance_ratio"][i] == pytest.approx(1, abs=0.005)


class TestBlur:
    @pytest.mark.parametrize("sigma", [0.005, 0.015, 0.04])
    def test_the_object_is_smoothed_as_scipy_does_it(self, sigma, canvas):
        result = show("object-blur", canvas, sigma=sigma)
        for i in range(len(canvas)):
            where = inside(canvas, i)
            for channel in range(3):
                want = smooth(canvas.x[i, channel], where, 256 * sigma)
                assert np.abs(result.x[i, channel].numpy() - want)[where].max() <= 0.6 * GRAY_LEVEL
            steps = [
                np.concatenate([np.abs(np.diff(gray(x[i]), axis=a))[_both(where, a)] for a in (0, 1)]).mean()
                for x in (canvas.x, result.x)
            ]
            assert result.facts["slope_ratio"][i] == pytest.approx(steps[1] / steps[0], abs=0.01)

    @pytest.mark.parametrize("sigma", [0.01, 0.02, 0.05])
    def test_a_step_on_the_object_gets_the_asked_spread(self, sigma, canvas):
        # the slope across a smoothed step is the Gaussian itself: its spread is sigma
        x = torch.zeros(1, 3, 256, 256)
        x[..., 128:] = 1
        mask = torch.zeros(1, 1, 256, 256)
        mask[..., 20:236, 20:236] = 1
        batch = Batch(("step",), x, (0,), {"mask": mask, "filled": 1 - x})
        slope = np.diff(show("object-blur", batch, sigma=sigma).x[0, 0, 128, 20:236].double().numpy())
        at = np.arange(len(slope)) - 107
        assert np.sqrt((slope * at**2).sum() / slope.sum()) == pytest.approx(256 * sigma, rel=0.03)

    @pytest.mark.parametrize("sigma", [0.005, 0.015, 0.04])
    def test_the_background_is_smoothed_and_every_pixel_of_the_object_stays(self, sigma, canvas):
        result = show("background-blur", canvas, sigma=sigma)
        options = {"mode": "reflect", "radius": int(np.ceil(3 * 256 * sigma))}
        for i in range(len(canvas)):
            solid = torch.from_numpy(inside(canvas, i))
            assert torch.equal(result.x[i][:, solid], canvas.x[i][:, solid])
            want = ndimage.gaussian_filter(
                canvas.aux["filled"][i].double().numpy(), (0, 256 * sigma, 256 * sigma), **options
            )
            beyond = ~ndimage.binary_dilation(inside(canvas, i), np.ones((3, 3)))
            assert np.abs(result.x[i].numpy() - want)[:, beyond].max() <= 0.6 * GRAY_LEVEL
        assert torch.equal(result.aux["mask"], canvas.aux["mask"])
        assert all(0 < r < 1 for r in result.facts["slope_ratio"])


def _both(where, axis):
    """Where a pixel and the next one along an axis both lie in the mask."""
    ahead = where[1:] if axis == 0 else where[:, 1:]
    return ahead & (where[:-1] if axis == 0 else where[:, :-1])


class TestWords:
    @pytest.mark.parametrize(
        ("values", "axis", "severity", "title"),
        [
            ({}, "object color", 1, "object color, random hue"),
            ({"hue": 0}, "object color", 1, "object color, unchanged"),
            ({"hue": -90}, "object hue", -90, "object color, hue -90°"),
            ({"saturation": 0.5}, "object saturation", 0.5, "object color, saturation ×0.5"),
            ({"hue": 30, "value": 2}, "object color", 1, "object color, hue +30°, value ×2"),
        ],
    )
    def test_a_color_is_on_the_axis_of_what_changes(self, values, axis, severity, title):
        made = STRESSORS.make("object-color", values)
        assert (made.dial.axis, made.dial.severity, made.title) == (axis, severity, title)

    def test_mistakes_are_named(self):
        with pytest.raises(PlanError, match="kind = 'fur' is not one of 'random', 'clouds'"):
            STRESSORS.make("object-texture", {"kind": "fur"})
        with pytest.raises(PlanError, match=r"sigma = 0\.5 is outside 0 to 0\.2"):
            STRESSORS.make("object-blur", {"sigma": 0.5})
