"""Light, air, things before the object and shadows: measured on the output by code that did not make them."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import Batch, Dice, PlanError, stress
from durometer.ops.fill import fill
from durometer.run.conditions import make, with_controls
from durometer.run.plan import ConditionPlan
from durometer.stress import STRESSORS
from durometer.stress.attributes.occlusion import Occlusion

GRAY_LEVEL = 1 / 255
AIR = np.array([0.8, 0.82, 0.85])


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


def lit(canvas, low, high):
    """The same pictures with less contrast, so that nothing is cut at black or white."""
    squeeze = lambda t: (low + (high - low) * t).mul(255).round().div(255)  # noqa: E731
    aux = {k: v if k == "mask" else squeeze(v) for k, v in canvas.aux.items()}
    return canvas.but(x=squeeze(canvas.x), aux=aux)


def luminance(x):
    return np.tensordot([0.2126, 0.7152, 0.0722], decoded(x.double().numpy()), 1)


def share(mask):
    return mask.double().mean(dim=(1, 2, 3)).numpy()


def center(mask):
    y, x = ndimage.center_of_mass(mask[0].double().numpy())
    return np.array([x, y])


def line(before, after):
    """Least squares: (slope, what is added) of after over before, channel by channel."""
    fits = [np.polyfit(b, a, 1) for b, a in zip(before.T, after.T, strict=True)]
    return np.array(fits).T


class TestIlluminant:
    @pytest.mark.parametrize(
        ("kelvin", "red", "blue"),
        # Planck's law through lobes for the color matching functions (tests/ops/test_light.py):
        # rgb = lambda k: np.linalg.solve(to_xyz, black_body(k)); rgb(kelvin) / rgb(6504), over its green
        [(2500, 2.484, 0.1694), (4000, 1.433, 0.5466), (10000, 0.8298, 1.3676)],
    )
    def test_channels_are_scaled_as_the_lamp_says_and_luminance_stays(self, kelvin, red, blue, canvas):
        batch = lit(canvas, 0.2, 0.5)
        result = show("illuminant", batch, kelvin=kelvin)
        for i in range(len(batch)):
            everywhere = np.ones((256, 256), bool)
            before, after = (decoded(pixels(t[i], everywhere)) for t in (batch.x, result.x))
            free = after.max(axis=1) < 0.99
            gain = (before * after)[free].sum(axis=0) / (before**2)[free].sum(axis=0)
            assert gain / gain[1] == pytest.approx([red, 1, blue], rel=0.03)
            assert np.abs(after - before * gain)[free].max() < 0.01
            ratio = luminance(result.x[i]).mean() / luminance(batch.x[i]).mean()
            assert ratio == pytest.approx(1, abs=0.01)
            # the fact is taken before pixels are rounded to 256 levels, which moves the mean a little
            assert result.facts["luminance_ratio"][i] == pytest.approx(1, abs=1e-3)

    @pytest.mark.parametrize("gain", [(1.0, 0.5, 0.25), (0.2, 1.0, 1.0), (3.0, 2.0, 3.0)])
    def test_a_gain_alone_keeps_its_ratios(self, gain, canvas):
        batch = lit(canvas, 0.2, 0.5)
        result = show("illuminant", batch, kelvin=6504, gain=list(gain))
        before, after = (decoded(pixels(t[0], np.ones((256, 256), bool))) for t in (batch.x, result.x))
        free = after.max(axis=1) < 0.99
        got = (before * after)[free].sum(axis=0) / (before**2)[free].sum(axis=0)
        assert got / got[1] == pytest.approx(np.array(gain) / gain[1], rel=0.02)

    def test_neutral_light_changes_not_one_level_and_the_background_is_relit_alike(self, canvas):
        assert torch.equal(show("illuminant", canvas, kelvin=6504).x, canvas.x)
        result = show("illuminant", canvas)
        beyond = (canvas.x == canvas.aux["filled"]).all(dim=1, keepdim=True).expand_as(canvas.x)
        assert (result.x - result.aux["filled"])[beyond].abs().max() <= 0.5 * GRAY_LEVEL + 1e-6
        assert torch.equal(result.aux["mask"], canvas.aux["mask"])

    def test_a_picture_without_color_is_refused_and_a_black_light_too(self, canvas):
        one = canvas.but(x=canvas.x[:, :1], aux={})
        assert show("illuminant", one).refused[0] == "a picture without color shows no color of the light"
        with pytest.raises(PlanError, match="a light whose gains are all 0 shows nothing"):
            STRESSORS.make("illuminant", {"gain": [0, 0, 0]})

    def test_without_masks_it_works_too(self, canvas):
        assert torch.equal(show("illuminant", canvas.but(aux={})).x, show("illuminant", canvas).x)


class TestLightingDirection:
    @pytest.mark.parametrize(("strength", "angle"), [(0.2, 20.0), (0.5, 160.0), (0.8, 285.0)])
    def test_light_falls_off_in_a_straight_line(self, strength, angle, make_batch):
        batch = lit(make_batch(3, 120, 160), 0.2, 0.6)
        result = show("lighting-direction", batch, strength=strength, angle=angle)
        y, x = np.mgrid[:120, :160]
        for i in range(len(batch)):
            gain = decoded(result.x[i].numpy()).mean(axis=0) / decoded(batch.x[i].numpy()).mean(axis=0)
            design = np.stack((x.ravel() - 79.5, y.ravel() - 59.5, np.ones(x.size)), 1)
            (right, down, middle), *_ = np.linalg.lstsq(design, gain.ravel(), rcond=None)
            assert abs((np.degrees(np.arctan2(-down, right)) - angle + 180) % 360 - 180) < 0.5
            reach = abs(np.cos(np.radians(angle))) * 80 + abs(np.sin(np.radians(angle))) * 60
            assert np.hypot(right, down) * reach / middle == pytest.approx(strength, rel=0.03)
            ratio = luminance(result.x[i]).mean() / luminance(batch.x[i]).mean()
            assert ratio == pytest.approx(1, abs=0.01)
        assert torch.equal(result.aux["mask"], batch.aux["mask"])

    def test_no_strength_is_no_change(self, canvas):
        assert torch.equal(show("lighting-direction", canvas, strength=0).x, canvas.x)

    def test_drawn_sides_go_all_round(self, make_batch):
        angles = np.array(show("lighting-direction", make_batch(40, 32, 32)).facts["light_angle"])
        assert np.histogram(angles, 4, (0, 360))[0].min() >= 3


class TestHaze:
    @pytest.mark.parametrize("density", [0.1, 0.4, 1.0])
    def test_object_and_background_fade_by_their_depths(self, density, canvas):
        result = show("haze", canvas, density=density, depth=2.0)
        for i in range(len(canvas)):
            for where, depth in ((inside(canvas, i), 1.0), (~inside(canvas, i), 2.0)):
                before, after = (decoded(pixels(t[i], where)) for t in (canvas.x, result.x))
                slope, added = line(before, after)
                t = np.exp(-density * depth)
                assert slope == pytest.approx([t] * 3, abs=0.01)
                assert added == pytest.approx((1 - t) * decoded(AIR), abs=0.005)
        assert torch.equal(result.aux["mask"], canvas.aux["mask"])
        assert result.facts["transmission"] == pytest.approx((np.exp(-density),) * 4, abs=1e-6)

    def test_clear_air_is_no_change_and_even_haze_knows_no_object(self, canvas):
        assert torch.equal(show("haze", canvas, density=0).x, canvas.x)
        moved = canvas.but(aux={**canvas.aux, "mask": canvas.aux["mask"].roll(40, -1)})
        even = [show("haze", b, density=0.5, depth=1).x for b in (canvas, moved)]
        assert torch.equal(*even)


class TestDistance:
    @pytest.mark.parametrize("times", [1.5, 2.0, 4.0])
    def test_the_object_shrinks_about_its_center_and_fades(self, times, canvas):
        result = show("distance", canvas, times=times, density=0.3)
        assert not result.refused
        before, after = canvas.aux["mask"], result.aux["mask"]
        assert share(after) == pytest.approx(share(before) / times**2, rel=0.01)
        t = np.exp(-0.3 * (times - 1))
        for i in range(len(canvas)):
            assert np.abs(center(after[i]) - center(before[i])).max() < 0.15
            mean = [
                decoded(x[i].double().numpy())[:, m[i, 0].numpy() > 0.99].mean(axis=1)
                for x, m in ((canvas.x, before), (result.x, after))
            ]
            assert mean[1] == pytest.approx(t * mean[0] + (1 - t) * decoded(AIR), abs=0.015)
            away = torch.from_numpy(~ndimage.binary_dilation(inside(result, i), iterations=3))
            rest = canvas.aux["filled"][i][:, away]
            assert (result.x[i][:, away] - rest).abs().max() <= 0.5 * GRAY_LEVEL + 1e-6

    def test_where_it_was_it_is_as_it_was(self, canvas):
        result = show("distance", canvas, times=1)
        solid = (canvas.aux["mask"] == 1).expand_as(canvas.x)
        assert (result.x - canvas.x)[solid].abs().max() <= GRAY_LEVEL * 0.01
        assert (result.aux["mask"] - canvas.aux["mask"]).abs().max() < 1e-4

    def test_too_far_is_refused(self, canvas):
        assert show("distance", canvas, times=50).refused[0] == (
            "50 times as far away the object would have too few pixels left; "
            "choose a shorter distance or a larger canvas"
        )


class TestOcclusion:
    @pytest.mark.parametrize("by", ["blob", "ellipse", "bars"])
    @pytest.mark.parametrize("wanted", [0.1, 0.4, 0.85])
    def test_the_share_is_hidden_and_the_rest_is_untouched(self, by, wanted, canvas):
        result = show("occlusion", canvas, by=by, share=wanted)
        assert not result.refused
        for i in range(len(canvas)):
            before, after = inside(canvas, i), result.aux["mask"][i, 0].double().numpy()
            gone = 1 - after.sum() / canvas.aux["mask"][i].double().sum().item()
            assert gone == pytest.approx(wanted, abs=0.005)
            assert result.facts["occluded"][i] == pytest.approx(gone, abs=1e-4)
            changed = (result.x[i] != canvas.x[i]).any(dim=0).numpy()
            assert not (changed & (after > 0.999)).any()
            # counted in pixels: those of its soft edge change too, those of its own color by chance do not
            assert (changed & before).sum() / before.sum() == pytest.approx(wanted, abs=0.08)
        assert result.facts["object_share"] == pytest.approx(share(result.aux["mask"]), abs=1e-5)

    def test_more_hides_what_less_hid(self, canvas):
        masks = [show("occlusion", canvas, share=s).aux["mask"] for s in (0.1, 0.3, 0.6, 0.9)]
        for more, less in pairwise(masks):
            assert bool((less <= more).all())

    def test_the_occluder_belongs_to_the_background_now(self, canvas):
        result = show("occlusion", canvas)
        hidden = ((canvas.aux["mask"] == 1) & (result.aux["mask"] == 0)).expand_as(canvas.x)
        assert (result.x - result.aux["filled"])[hidden].abs().max() <= 0.5 * GRAY_LEVEL + 1e-6


class TestOccluderBeside:
    @pytest.mark.parametrize("by", ["blob", "ellipse"])
    @pytest.mark.parametrize("wanted", [0.2, 0.5, 0.8])
    def test_the_same_thing_stands_where_it_hides_nothing(self, by, wanted, make_batch):
        batch = make_batch(4, 128, 128, share=0.06)
        before, beside = (show(name, batch, by=by, share=wanted) for name in ("occlusion", "occluder-beside"))
        assert not beside.refused
        assert torch.equal(beside.aux["mask"], batch.aux["mask"])
        same = Dice(7, "occlusion", Occlusion.version, batch.ids)
        skin = Occlusion().skin(batch, same)
        for i in range(4):
            keep = ndimage.binary_dilation(inside(batch, i))
            assert torch.equal(beside.x[i][:, torch.from_numpy(keep)], batch.x[i][:, torch.from_numpy(keep)])
            changed = (beside.x[i] != batch.x[i]).any(dim=0).numpy()
            thing = ndimage.binary_erosion(ndimage.binary_closing(changed))  # a soft pixel all round
            assert thing.mean() == pytest.approx(before.facts["occluder_share"][i], rel=0.1)
            core = torch.from_numpy(ndimage.binary_erosion(thing, np.ones((3, 3)), iterations=2))
            assert (beside.x[i] - skin[i])[:, core].abs().max() <= 0.5 * GRAY_LEVEL + 1e-6
            assert beside.facts["occluded"][i] == 0

    def test_no_room_is_refused(self, make_batch):
        batch = make_batch(1, 64, 64)
        wall = torch.ones_like(batch.aux["mask"])
        wall[..., :6] = 0
        batch = batch.but(aux={**batch.aux, "mask": wall})
        assert "no room beside the object for a quarter" in show("occluder-beside", batch).refused[0]

    def test_each_share_is_read_against_its_own(self):
        plans = [
            ConditionPlan("stress", "occlusion", {"share": 0.2}),
            ConditionPlan("stress", "occlusion", {"share": 0.2, "by": "bars"}, draws=3),
            ConditionPlan("stress", "occluder-beside", {"share": 0.2}, draws=2),
        ]
        made = with_controls(make(p) for p in plans)
        labels = {c.key: c.spec.label for c in made}
        assert [(c.spec.label, labels.get(c.control), c.role, c.draws) for c in made] == [
            ("occlusion(share=0.2, by=blob)", "occluder-beside(share=0.2, by=blob)", "edit", 1),
            ("occlusion(share=0.2, by=bars)", "occluder-beside(share=0.2, by=bars)", "edit", 3),
            ("occluder-beside(share=0.2, by=blob)", None, "control", 2),
            ("occluder-beside(share=0.2, by=bars)", None, "control", 3),
        ]

    def test_a_chain_hands_its_steps_control_on(self):
        chain = STRESSORS.make("chain", {"steps": ["occlusion(share=0.3)", "illuminant"]})
        assert chain.control == "occluder-beside"
        assert chain.control_params == {"share": 0.3, "by": "blob"}


class TestShadow:
    @pytest.mark.parametrize("strength", [0.2, 0.5, 0.9])
    def test_light_is_taken_by_the_strength_and_the_object_stays(self, strength, canvas):
        batch = lit(canvas, 0.4, 0.9)
        result = show("shadow", batch, strength=strength, angle=55, softness=0.005)
        assert not result.refused
        dark = show("shadow", batch, strength=1, angle=55, softness=0.005).x
        for i in range(len(batch)):
            where = inside(batch, i)
            solid = torch.from_numpy(where)
            assert torch.equal(result.x[i][:, solid], batch.x[i][:, solid])
            gain = luminance(result.x[i]) / luminance(batch.x[i])
            deep = (dark[i].amax(dim=0) == 0).numpy() & ~where
            assert deep.sum() > 100
            assert gain[deep] == pytest.approx(1 - strength, abs=0.015)
            assert gain.max() <= 1 + 1e-9
            lost = (1 - gain).sum() / strength / gain.size
            assert result.facts["shadow_share"][i] == pytest.approx(lost, rel=0.02)
        assert torch.equal(result.aux["mask"], batch.aux["mask"])

    @pytest.mark.parametrize(("angle", "length"), [(40.0, 1.0), (-55.0, 0.7), (20.0, 1.2)])
    def test_its_tip_is_where_the_angle_and_the_length_say(self, angle, length):
        # a pole 4 pixels wide and 80 high, its foot at (128, 200): the tip falls 80 · length along the angle
        mask = torch.zeros(1, 1, 256, 256)
        mask[..., 120:200, 126:130] = 1
        x = torch.full((1, 3, 256, 256), 0.8)
        batch = Batch(("pole",), x, (0,), {"mask": mask})
        result = show("shadow", batch, angle=angle, length=length, softness=0, strength=1)
        fallen = (luminance(result.x[0]) < luminance(x[0]) / 2) & (mask[0, 0].numpy() == 0)
        rows, columns = np.nonzero(fallen)
        top = rows.min()
        assert 200 - top == pytest.approx(80 * length * np.cos(np.radians(angle)), abs=1.5)
        tip = columns[rows == top].mean() + 0.5
        assert tip - 128 == pytest.approx(80 * length * np.sin(np.radians(angle)), abs=2)

    def test_drawn_shadows_fall_to_both_sides(self, make_batch):
        angles = np.array([a for a in show("shadow", make_batch(40, 32, 32)).facts["shadow_angle"] if a])
        assert (np.abs(angles) >= 30).all()
        assert (np.abs(angles) <= 65).all()
        assert (angles > 0).any()
        assert (angles < 0).any()

    def test_what_would_not_be_seen_is_refused(self, canvas):
        low = canvas.aux["mask"].roll(256 - 1 - int(np.nonzero(inside(canvas, 0))[0].max()), -2)
        batch = canvas.select([0]).but(aux={"mask": low[:1]})
        assert show("shadow", batch, angle=150).refused[0].startswith("almost all of the shadow would fall")
        assert 0 not in show("shadow", batch, angle=50).refused
        with pytest.raises(PlanError, match="a shadow at 90 degrees to upright has no width"):
            STRESSORS.make("shadow", {"angle": -90})


def strange_masks(canvas):
    """Cut by two edges of the frame; in three parts; 0.39 % of the canvas; 70 % of it; 99 %."""
    mask = torch.zeros(5, 1, 64, 64)
    mask[0, :, 40:, :20] = 1
    for top, left in ((5, 5), (40, 12), (30, 45)):
        mask[1, :, top : top + 12, left : left + 9] = 1
    mask[2, :, 30:34, 20:24] = 1
    mask[3, :, 6:, 14:] = 1
    mask[4, :, :, 1:] = 1
    x = canvas.x[[0, 1, 2, 3, 0], :, 100:164, 100:164].contiguous()
    aux = {"mask": mask, "filled": fill(x, mask), "donor": x.flip(0)}
    return Batch(tuple("abcde"), x, (0,) * 5, aux)


SMALL, LEFT = "too few pixels left", "too little of the object would be left"
UNSEEN = "almost all of the shadow"


@pytest.mark.parametrize(
    ("name", "values", "refused"),
    [
        ("object-color", {}, {}), ("object-texture", {}, {}), ("donor-texture", {}, {}),
        ("object-lighting", {}, {}), ("object-blur", {}, {}), ("background-blur", {}, {}), ("haze", {}, {}),
        ("distance", {}, {2: SMALL}), ("occlusion", {}, {2: LEFT}), ("occlusion", {"by": "bars"}, {2: LEFT}),
        ("occluder-beside", {}, {}), ("shadow", {"angle": 50}, {3: UNSEEN}),
    ],
)  # fmt: skip
def test_strange_masks_are_edited_or_refused_with_the_reason(name, values, refused, canvas):
    batch = strange_masks(canvas)
    result = show(name, batch, **values)
    assert sorted(result.refused) == sorted([*refused, 4])
    assert "leaves no background" in result.refused[4]
    for i, reason in refused.items():
        assert reason in result.refused[i]
    for i in set(range(4)) - set(refused):
        assert not torch.equal(result.x[i], batch.x[i])
        if name.startswith("occlu"):
            assert result.facts["occluded"][i] == pytest.approx(0.4 * (name == "occlusion"), abs=0.005)


def test_pictures_of_one_channel_are_edited_too(canvas):
    gray = canvas.but(
        x=canvas.x[:, :1], aux={k: v if k == "mask" else v[:, :1] for k, v in canvas.aux.items()}
    )
    every = "object-texture donor-texture object-lighting object-blur background-blur lighting-direction haze"
    for name in f"{every} distance occlusion occluder-beside shadow".split():
        result = show(name, gray)
        assert not result.refused
        assert not torch.equal(result.x, gray.x)
    assert not show("object-color", gray, value=0.5).refused
    assert len(show("object-color", gray).refused) == 4
