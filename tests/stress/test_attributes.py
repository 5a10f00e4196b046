"""Each edit changes the quantity it declares and no other: measured here by code that did not make it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from durometer.core import Batch, Dice, PlanError, stress
from durometer.stress import STRESSORS

GRAY_LEVEL = 1 / 255


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids))


def solid(mask):
    return mask[0].numpy() > 0.5


def share(mask):
    return float(mask.double().mean())


def center(mask):
    y, x = ndimage.center_of_mass(mask[0].double().numpy())
    return np.array([x, y])


def axis_angle(mask):
    """The direction of the long axis by second moments, in degrees counterclockwise, modulo 180."""
    weights = mask[0].double().numpy()
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    x0, y0 = center(mask)
    xx, yy, xy = ((weights * a * b).sum() for a, b in ((x - x0, x - x0), (y - y0, y - y0), (x - x0, y - y0)))
    return -np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)) % 180


def elongation(mask):
    weights = mask[0].double().numpy()
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    covariance = np.cov(np.stack((x.ravel(), y.ravel())), aweights=weights.ravel())
    low, high = np.linalg.eigvalsh(covariance)
    return np.sqrt(high / low)


def near(mask, pixels):
    return ndimage.binary_dilation(solid(mask), np.ones((3, 3)), iterations=pixels)


def object_colors(x, mask):
    """Mean color over the object's inside, away from its soft edge."""
    inner = ndimage.binary_erosion(mask[0].numpy() > 0.99, iterations=2)
    return x[:, torch.from_numpy(inner)].mean(dim=1)


class TestNullEdit:
    def test_all_but_a_rim_is_as_it_was(self, canvas):
        result = show("null-edit", canvas)
        for i in range(len(canvas)):
            mask = canvas.aux["mask"][i]
            band = near(mask, 5) & ~solid(mask)  # rim of the fill: 3 pixels at 256, and one for the skirt
            assert torch.equal(
                result.x[i][:, torch.from_numpy(~band)], canvas.x[i][:, torch.from_numpy(~band)]
            )
            assert torch.equal(result.aux["mask"][i], mask)


class TestBackgrounds:
    @pytest.mark.parametrize(
        ("name", "values"),
        [("random-background", {}), ("texture-background", {}), ("texture-background", {"kind": "stripes"}),
         ("only-foreground", {}), ("only-foreground", {"color": [1, 0, 0]})],
    )  # fmt: skip
    def test_the_object_keeps_every_pixel_and_the_rest_is_new(self, name, values, canvas):
        result = show(name, canvas, **values)
        for i in range(len(canvas)):
            mask = canvas.aux["mask"][i]
            inside = torch.from_numpy(solid(mask))
            assert torch.equal(result.x[i][:, inside], canvas.x[i][:, inside])
            assert torch.equal(result.aux["mask"][i], mask)
            outside = torch.from_numpy(~near(mask, 2))
            behind = result.aux["filled"][i][:, outside]
            assert (result.x[i][:, outside] - behind).abs().max() <= 0.5 * GRAY_LEVEL + 1e-6

    def test_a_random_background_is_the_donor(self, canvas):
        assert torch.equal(show("random-background", canvas).aux["filled"], canvas.aux["donor"])

    def test_only_the_object_stands_before_gray(self, canvas):
        result = show("only-foreground", canvas)
        outside = torch.from_numpy(~near(canvas.aux["mask"][0], 2))
        assert (result.x[0][:, outside] - 0.5).abs().max() <= 0.5 * GRAY_LEVEL + 1e-6

    def test_only_the_background_holds_nothing_of_the_object(self, canvas):
        inverted = canvas.but(x=torch.where(canvas.aux["mask"] > 0, 1 - canvas.x, canvas.x))
        assert torch.equal(show("only-background", canvas).x, show("only-background", inverted).x)
        assert show("only-background", canvas).facts["object_share"] == (0.0,) * 4


class TestSize:
    @pytest.mark.parametrize("wanted", [0.02, 0.05, 0.1, 0.2])
    def test_the_share_is_met_and_nothing_else_moves(self, wanted, canvas):
        result = show("size", canvas, share=wanted)
        assert not result.refused
        for i in range(4):
            before, after = canvas.aux["mask"][i], result.aux["mask"][i]
            assert share(after) == pytest.approx(wanted, abs=1e-3)
            assert solid(after).mean() == pytest.approx(wanted, abs=1e-3)
            assert np.abs(center(after) - center(before)).max() < 0.15
            assert elongation(after) == pytest.approx(elongation(before), rel=0.01)
            assert abs((axis_angle(after) - axis_angle(before) + 90) % 180 - 90) < 0.5
            assert (object_colors(result.x[i], after) - object_colors(canvas.x[i], before)).abs().max() < 0.03

    def test_the_rest_of_the_picture_is_the_filled_background(self, canvas):
        result = show("size", canvas, share=0.03)
        behind = canvas.aux["filled"].mul(255).round().div(255)
        for i in range(4):
            outside = torch.from_numpy(~near(result.aux["mask"][i], 2))
            assert torch.equal(result.x[i][:, outside], behind[i][:, outside])

    def test_what_would_not_stay_whole_is_refused(self, canvas):
        result = show("size", canvas, share=0.9)
        assert sorted(result.refused) == [0, 1, 2, 3]
        assert (
            "can't cover 90.0% about its center and stay on the canvas; choose a smaller share"
            in result.refused[0]
        )

    @given(st.integers(0, 10**6), st.sampled_from([0.02, 0.05, 0.1]), st.integers(1, 4))
    @settings(max_examples=12, deadline=None)
    def test_any_mask_of_several_parts(self, seed, wanted, parts):
        generator = np.random.default_rng(seed)
        mask = np.zeros((256, 256), np.float32)
        for _ in range(parts):
            y, x = generator.integers(60, 180, 2)
            h, w = generator.integers(6, 60, 2)
            mask[y : y + h, x : x + w] = 1
        mask = torch.from_numpy(mask)[None, None]
        if generator.random() < 0.5:
            mask = torch.nn.functional.avg_pool2d(mask, 3, stride=1, padding=1)
        x = torch.full((1, 3, 256, 256), 0.5)
        result = show("size", Batch(("a",), x, (0,), {"mask": mask, "filled": x}), share=wanted)
        if not result.refused:
            assert share(result.aux["mask"][0]) == pytest.approx(wanted, abs=1e-3)


class TestPosition:
    @pytest.mark.parametrize("cell", ["top-left", "middle-right", "bottom-center"])
    def test_the_object_arrives_whole_in_the_cell(self, cell, make_batch):
        batch = make_batch(4, 256, 256, share=0.05)
        result = show("position", batch, cell=cell)
        assert not result.refused
        row, column = (["top", "middle", "bottom"].index(cell.split("-")[0]),
                       ["left", "center", "right"].index(cell.split("-")[1]))  # fmt: skip
        for i in range(4):
            x, y = (center(result.aux["mask"][i]) + 0.5) / 256
            assert (int(3 * y), int(3 * x)) == (row, column)
            assert result.aux["mask"][i].sum() == batch.aux["mask"][i].sum()
        assert result.facts["cell"] == (cell,) * 4

    @pytest.mark.parametrize("at", [(0.5, 0.5), (0.35, 0.6), (0.62, 0.41)])
    def test_the_object_arrives_at_the_point_to_the_bit(self, at, make_batch):
        batch = make_batch(4, 256, 256, share=0.05)
        result = show("position", batch, at=list(at))
        assert not result.refused
        for i in range(4):
            before, after = batch.aux["mask"][i], result.aux["mask"][i]
            assert np.abs(center(after) + 0.5 - 256 * np.array(at)).max() <= 0.5 + 1e-6
            step = np.rint(center(after) - center(before)).astype(int)
            there = np.argwhere(solid(after))
            here = there - step[::-1]
            moved, original = result.x[i].numpy(), batch.x[i].numpy()
            assert np.array_equal(moved[:, there[:, 0], there[:, 1]], original[:, here[:, 0], here[:, 1]])

    def test_random_places_are_spread_over_all_that_fit(self, make_batch):
        one = make_batch(1, 64, 64, share=0.05)
        n = 400
        repeat = lambda t: t.expand(n, *t.shape[1:])  # noqa: E731
        aux = {k: repeat(v) for k, v in one.aux.items()}
        many = Batch(tuple(map(str, range(n))), repeat(one.x), (0,) * n, aux)
        masks = show("position", many).aux["mask"]
        lefts = np.array([solid(m).any(axis=0).argmax() for m in masks])
        width = int(solid(one.aux["mask"][0]).any(axis=0).sum())
        assert lefts.min() == 0
        assert lefts.max() == 64 - width
        # uniform: the mean of 400 draws lies within 4 standard errors of the middle
        spread = 64 - width
        assert abs(lefts.mean() - spread / 2) < 4 * spread / np.sqrt(12 * n)

    def test_no_room_is_refused_with_the_way_out(self, make_batch):
        batch = make_batch(1, 64, 64)
        full = torch.ones_like(batch.aux["mask"])
        full[..., 20:40, 20:40] = 0
        result = show("position", batch.but(aux={**batch.aux, "mask": full}))
        assert result.refused[0].endswith("make it smaller first")
        large = make_batch(1, 64, 64, share=0.4)
        assert (
            "does not fit at top left; make it smaller first"
            in show("position", large, cell="top-left").refused[0]
        )

    def test_a_cell_and_a_point_contradict_each_other(self):
        with pytest.raises(PlanError, match="a place is given twice"):
            STRESSORS.make("position", {"cell": "top-left", "at": [0.1, 0.1]})


class TestDirection:
    @pytest.mark.parametrize("angle", [30.0, -75.0, 140.0])
    def test_the_axis_turns_and_nothing_else(self, angle, canvas):
        result = show("direction", canvas, angle=angle)
        assert not result.refused
        for i in range(4):
            before, after = canvas.aux["mask"][i], result.aux["mask"][i]
            turned = (axis_angle(after) - axis_angle(before) - angle + 90) % 180 - 90
            assert abs(turned) < 0.5
            assert np.abs(center(after) - center(before)).max() < 0.15
            assert share(after) == pytest.approx(share(before), rel=0.005)
            assert elongation(after) == pytest.approx(elongation(before), rel=0.01)

    def test_drawn_angles_stay_within_and_reach_both_sides(self, make_batch):
        batch = make_batch(40, 32, 32, share=0.1)
        angles = np.array([a for a in show("direction", batch, within=20).facts["angle"] if a is not None])
        assert np.abs(angles).max() <= 20
        assert angles.min() < -10 < 10 < angles.max()

    def test_what_would_leave_the_canvas_is_said_or_refused(self, make_batch):
        batch = make_batch(1, 64, 96)
        bar = torch.zeros_like(batch.aux["mask"])
        bar[..., 26:38, 4:92] = 1  # 88 wide; upright, 64 of it fit: (88 - 64) / 88 = 27 % is lost
        batch = batch.but(aux={**batch.aux, "mask": bar})
        assert (
            show("direction", batch, angle=90)
            .refused[0]
            .startswith("more than 5% of the object would leave the canvas")
        )
        assert show("direction", batch, angle=90, lose=0.3).facts["off_canvas"][0] == pytest.approx(
            24 / 88, abs=0.02
        )


class TestFlipObject:
    @pytest.mark.parametrize("over", ["left-right", "up-down"])
    def test_the_mask_is_mirrored_about_its_centroid(self, over, canvas):
        result = show("flip-object", canvas, over=over)
        assert not result.refused
        for i in range(4):
            before, after = canvas.aux["mask"][i], result.aux["mask"][i]
            assert share(after) == share(before)
            assert np.abs(center(after) - center(before)).max() <= 0.5 + 1e-6
            assert abs((axis_angle(after) + axis_angle(before) + 90) % 180 - 90) < 1e-6
            flipped = before.flip(-1 if over == "left-right" else -2)
            step = np.rint(center(after) - center(flipped)).astype(int)
            assert torch.equal(after, flipped.roll(tuple(step[::-1]), dims=(-2, -1)))


class TestPlacebo:
    def test_only_the_hole_changes_and_it_has_the_objects_size(self, canvas):
        result = show("placebo-edit", canvas)
        assert not result.refused
        for i in range(4):
            mask = canvas.aux["mask"][i]
            changed = (result.x[i] != canvas.x[i]).any(dim=0).numpy()
            assert not (changed & near(mask, 1)).any()
            hole = solid(torch.nn.functional.max_pool2d(mask, 7, stride=1, padding=3))
            labels, count = ndimage.label(ndimage.binary_closing(changed, iterations=2))
            assert count == 1
            assert (labels > 0).mean() == pytest.approx(hole.mean(), rel=0.05)
            assert result.facts["hole_share"][i] == pytest.approx(hole.mean(), abs=1e-6)
            y, x = ndimage.center_of_mass(changed)
            assert (x + 0.5) / 256 == pytest.approx(result.facts["hole_x"][i], abs=0.01)
            assert (y + 0.5) / 256 == pytest.approx(result.facts["hole_y"][i], abs=0.01)

    def test_the_hole_knows_nothing_of_the_object(self, canvas):
        other = canvas.but(x=torch.where(canvas.aux["mask"] > 0, 1 - canvas.x, canvas.x))
        one, two = show("placebo-edit", canvas).x, show("placebo-edit", other).x
        outside = (canvas.aux["mask"] == 0).expand_as(one)
        assert torch.equal(one[outside], two[outside])

    def test_no_room_is_refused(self, make_batch):
        batch = make_batch(1, 64, 64)
        wall = torch.ones_like(batch.aux["mask"])
        wall[..., :8] = 0  # an eighth of the canvas is left, a seventh of the object's area
        batch = batch.but(aux={**batch.aux, "mask": wall})
        assert "no room beside the object" in show("placebo-edit", batch).refused[0]
