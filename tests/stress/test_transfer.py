"""What is carried over from a reference, and what stays: measured by numpy and scipy."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy import linalg, ndimage

from durometer.core import Batch, Dice, Sample, stress
from durometer.data.canvas import Canvas
from durometer.data.references import ReferenceBank, build_references, contain, folder_references
from durometer.ops.align import BoxToBox, as_a_whole, long_axis
from durometer.ops.lab import from_lab, to_lab
from durometer.ops.regions import part
from durometer.stress import STRESSORS


def show(name, batch, **values):
    stressor = STRESSORS.make(name, values)
    return stress(stressor, batch, Dice(7, name, stressor.version, batch.ids))


def share(mask):
    return float(mask.double().mean())


def center(mask):
    y, x = ndimage.center_of_mass(mask[0].double().numpy())
    return np.array([x + 0.5, y + 0.5])


def ellipse(height, width, x, y, long, short, degrees):
    """A soft ellipse whose long axis points so many degrees counterclockwise from the right."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    turn = np.radians(degrees)
    u = (columns - x) * np.cos(turn) - (rows - y) * np.sin(turn)
    v = (columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)
    return np.clip((1 - np.hypot(u / long, v / short)) * short + 0.5, 0, 1).astype(np.float32)


def distances(points, start, center):
    """How far (row, column) points are from where a part begins."""
    if start == "center":
        return np.hypot(points[:, 1] - center[0], points[:, 0] - center[1])
    sign = -1 if start in ("bottom", "right") else 1
    return sign * points[:, 0 if start in ("top", "bottom") else 1]


def lab_of(x):
    """CIELAB of (3, N) sRGB, from the definition (IEC 61966-2-1, CIE 15)."""
    light = np.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92)
    xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041]]) @ light  # fmt: skip
    t = xyz / np.array([[0.95047], [1.0], [1.08883]])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))


def wasserstein(one, other):
    """Of the normal laws of two clouds (3, N), by scipy's matrix square root."""
    a, b = np.cov(one, bias=True), np.cov(other, bias=True)
    root = linalg.sqrtm(a)
    cross = np.real(np.trace(linalg.sqrtm(root @ b @ root)))
    return np.sqrt(
        ((one.mean(axis=1) - other.mean(axis=1)) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * cross
    )


def inside(x, mask):
    return x[:, mask[0] > 0.5].double().numpy()


def soft_colors(canvas):
    """The same batch with colors in the middle of the range, so that none leaves it on its way."""
    calm = {k: 0.35 + 0.3 * canvas.aux[k] for k in ("filled", "donor")}
    reference = 0.45 + 0.2 * canvas.aux["reference"] * torch.tensor([1.0, 0.7, 0.4])[:, None, None]
    return canvas.but(x=0.35 + 0.3 * canvas.x, aux={**canvas.aux, **calm, "reference": reference})


class TestRegions:
    @pytest.mark.parametrize("start", ["top", "bottom", "left", "right", "center"])
    @pytest.mark.parametrize("extent", [0.1, 0.35, 0.8, 1.0])
    def test_the_share_is_met_to_a_pixel_and_it_grows_from_its_side(self, start, extent, canvas):
        mask = canvas.aux["mask"]
        found = part(mask, start, extent)
        more = part(mask, start, min(1.0, extent + 0.1))
        for i in range(4):
            area, at = float(mask[i].sum()), center(mask[i])
            assert float((found[i] * mask[i]).sum()) == pytest.approx(extent * area, abs=1)
            assert bool((found[i] <= more[i]).all())  # a larger extent holds the smaller
            chosen, kept = (np.argwhere(m[0].numpy() > 0) + 0.5 for m in (found[i], mask[i] * (1 - found[i])))
            if not len(kept):
                continue
            assert distances(chosen, start, at).max() <= distances(kept, start, at).min() + 1e-9


class TestAlign:
    def test_box_to_box_worked_out(self):
        # (2, 0)–(6, 2) onto (0, 0)–(2, 6): half as wide, three times as tall; (4, 1) goes to (1, 3)
        motion = BoxToBox((2, 0, 6, 2), (0, 0, 2, 6))
        a, b, c, d, e, f = motion.backward()
        assert (a * 1 + b * 3 + c, d * 1 + e * 3 + f) == pytest.approx((4, 1))
        assert motion.scale == 0.5
        assert motion.box((2, 0, 6, 2)) == pytest.approx((0, 0, 2, 6))

    @pytest.mark.parametrize("degrees", [-80, -45, 0, 30, 88])
    def test_the_long_axis_of_an_ellipse(self, degrees):
        mask = torch.from_numpy(ellipse(120, 140, 70, 60, 50, 20, degrees))[None, None]
        assert long_axis(mask)[0] == pytest.approx(degrees, abs=0.5)

    def test_a_disk_has_none(self):
        mask = torch.from_numpy(ellipse(64, 64, 30, 33, 20, 20, 0))[None, None]
        assert long_axis(mask) == [None]
        assert (
            as_a_whole(mask, torch.from_numpy(ellipse(64, 64, 30, 30, 25, 9, 40))[None, None], turn=True)[
                0
            ].degrees
            == 0
        )

    def test_the_shorter_way_round(self):
        one, other = (torch.from_numpy(ellipse(99, 99, 50, 50, 40, 15, d))[None, None] for d in (80, -80))
        assert as_a_whole(one, other, turn=True)[0].degrees == pytest.approx(20, abs=1)


class TestAttributeTransfer:
    @pytest.mark.parametrize("extent", [0.1, 0.5, 1.0])
    @pytest.mark.parametrize("start", ["top", "right", "center"])
    def test_so_much_of_the_object_changes_and_nothing_else(self, extent, start, canvas):
        result = show("attribute-transfer", canvas, extent=extent, start=start, seam="hard")
        assert len(result.refused) < 4
        for i in (i for i in range(4) if i not in result.refused):
            mask = canvas.aux["mask"][i]
            changed = (result.x[i] != canvas.x[i]).any(dim=0)
            assert not bool((changed & (mask[0] == 0)).any())  # the background, to the bit
            # of independent textures about 1 pixel in 256³ has the same color on three channels
            assert float(changed.sum()) / float(mask.sum()) == pytest.approx(extent, abs=0.02)
            assert result.facts["extent_achieved"][i] == pytest.approx(extent, abs=1e-3)
            assert torch.equal(result.aux["mask"][i], mask)
            assert result.facts["object_share"][i] == pytest.approx(share(mask), abs=1e-6)

    def test_a_reference_that_lies_on_the_object_is_carried_over_as_it_is(self, canvas):
        # same mask, other picture: box to box and whole are the identity
        same = canvas.but(
            aux={**canvas.aux, "reference": canvas.aux["donor"], "reference_mask": canvas.aux["mask"]}
        )
        donor = canvas.aux["donor"].mul(255).round().div(255)
        for align in ("box", "whole", "axes"):
            result = show("attribute-transfer", same, extent=1.0, seam="hard", align=align)
            for i in range(4):
                inner = torch.from_numpy(
                    ndimage.binary_erosion(same.aux["mask"][i, 0].numpy() > 0.5, iterations=2)
                )
                assert (result.x[i] - donor[i])[:, inner].abs().max() < 2 / 255
                assert result.facts["invented"][i] < 0.01

    def test_the_part_shows_the_corresponding_part_of_the_reference(self):
        # a reference whose upper half is red and lower half blue, twice as wide and elsewhere
        mask = torch.zeros(1, 1, 64, 64)
        mask[..., 20:40, 10:30] = 1
        other = torch.zeros(1, 1, 64, 64)
        other[..., 30:60, 20:60] = 1
        reference = torch.zeros(1, 3, 64, 64)
        reference[:, 0, 30:45], reference[:, 2, 45:60] = 1, 1
        batch = Batch(
            ("a",),
            torch.full((1, 3, 64, 64), 0.5),
            (0,),
            {"mask": mask, "reference": reference, "reference_mask": other},
        )
        result = show("attribute-transfer", batch, extent=0.6, seam="hard")
        # 20 rows of object: 12 rows are carried over, 10 of them red, then 2 blue, then the object's own
        assert torch.equal(result.x[0, :, 20:29, 11:29].mean(dim=(1, 2)), torch.tensor([1.0, 0.0, 0.0]))
        assert torch.equal(result.x[0, :, 31, 11:29].mean(dim=1), torch.tensor([0.0, 0.0, 1.0]))
        assert (result.x[0, :, 32:, :] - 0.5).abs().max() < 1 / 255

    def test_the_membrane_closes_the_step_at_the_seam_and_leaves_the_far_end(self):
        mask = torch.zeros(1, 1, 128, 128)
        mask[..., 14:114, 34:94] = 1
        reference = torch.full((1, 3, 128, 128), 0.8)
        batch = Batch(
            ("a",),
            torch.full((1, 3, 128, 128), 0.2),
            (0,),
            {"mask": mask, "reference": reference, "reference_mask": mask},
        )
        soft = show("attribute-transfer", batch, extent=0.5, seam="membrane").x[0, 0, :, 64]
        hard = show("attribute-transfer", batch, extent=0.5, seam="hard").x[0, 0, :, 64]
        assert float(hard.diff().abs().max()) == pytest.approx(0.6, abs=0.01)
        # a band of 0.04 × 128 = 5 pixels takes the step of 0.6 down evenly: 6 steps of 0.1
        assert float(soft[14:114].diff().abs().max()) == pytest.approx(0.1, abs=0.02)
        assert torch.equal(soft[14:55], hard[14:55])
        assert torch.equal(soft[64:], hard[64:])

    def test_what_the_reference_does_not_cover_is_refused(self):
        # a reference with a bar across its upper edge only: from box to box it leaves three quarters open
        mask = torch.zeros(1, 1, 64, 64)
        mask[..., 10:50, 10:50] = 1
        thin = torch.zeros(1, 1, 64, 64)
        thin[..., 10:14, 10:50] = 1
        thin[..., 14:50, 10:12] = 1
        x = torch.full((1, 3, 64, 64), 0.5)
        batch = Batch(("a",), x, (0,), {"mask": mask, "reference": x, "reference_mask": thin})
        assert show("attribute-transfer", batch, extent=0.05).refused == {}
        result = show("attribute-transfer", batch, extent=1.0)
        assert (
            result.refused[0]
            == "the reference's object leaves more than a quarter of the part uncovered; choose another align"
        )

    def test_an_empty_reference_is_refused(self, canvas):
        nothing = canvas.but(aux={**canvas.aux, "reference_mask": torch.zeros_like(canvas.aux["mask"])})
        for name in ("attribute-transfer", "appearance-transfer", "object-swap"):
            assert show(name, nothing).refused[0].startswith("of the reference: the mask is empty")

    def test_beyond_half_it_is_a_diagnostic_unless_the_class_is_the_same(self):
        kept = [
            STRESSORS.make("attribute-transfer", v).keeps_label
            for v in ({"extent": 0.5}, {"extent": 0.6}, {"extent": 1, "of": "same class"})
        ]
        assert kept == [True, False, True]


class TestLab:
    def test_there_and_back(self):
        x = torch.rand(2, 3, 20, 20, generator=torch.Generator().manual_seed(0))
        assert (from_lab(to_lab(x)) - x).abs().max() < 1e-4
        assert np.abs(to_lab(x)[0].flatten(1).numpy() - lab_of(x[0].flatten(1).double().numpy())).max() < 1e-2

    def test_white_and_a_color_that_srgb_lacks(self):
        assert from_lab(torch.tensor([100.0, 0, 0])[None, :, None, None]).flatten() == pytest.approx(
            [1, 1, 1], abs=1e-3
        )
        assert from_lab(torch.tensor([50.0, -100, 0])[None, :, None, None])[0, 0] < 0


class TestAppearanceTransfer:
    @pytest.mark.parametrize("strength", [0.25, 0.5, 1.0])
    def test_the_distance_of_the_moments_falls_as_asked_and_the_background_stays(self, strength, canvas):
        batch = soft_colors(canvas)
        result = show("appearance-transfer", batch, strength=strength)
        for i in range(4):
            mask = batch.aux["mask"][i]
            goal = lab_of(inside(batch.aux["reference"][i], batch.aux["reference_mask"][i]))
            before = wasserstein(lab_of(inside(batch.x[i], mask)), goal)
            after = wasserstein(lab_of(inside(result.x[i], mask)), goal)
            # along the straight way between two normal laws the distance falls evenly (McCann)
            assert result.facts["clipped"][i] == 0
            assert after == pytest.approx((1 - strength) * before, abs=0.25)  # the grid of 256 levels
            assert result.facts["color_moved"][i] == pytest.approx(1 - after / before, abs=0.02)
            assert result.facts["color_distance"][i] == pytest.approx(after, abs=0.25)
            outside = mask[0] == 0
            grid = batch.x[i].mul(255).round().div(255)
            assert torch.equal(result.x[i][:, outside], grid[:, outside])
            assert torch.equal(result.aux["mask"][i], mask)

    @pytest.mark.parametrize("strength", [0.0, 1.0])
    def test_structure_stays(self, strength, canvas):
        batch = soft_colors(canvas)
        result = show("appearance-transfer", batch, strength=strength)
        for i in range(4):
            deep = ndimage.binary_erosion(batch.aux["mask"][i, 0].numpy() > 0.5, iterations=2)
            l_before, l_after = (
                lab_of(t[i].flatten(1).double().numpy())[0].reshape(256, 256) for t in (batch.x, result.x)
            )
            gradients = [np.concatenate([g[deep] for g in np.gradient(t)]) for t in (l_before, l_after)]
            assert np.corrcoef(*gradients)[0, 1] > (0.99 if strength == 0 else 0.6)

    def test_strength_zero_changes_nothing(self, canvas):
        assert (show("appearance-transfer", canvas, strength=0.0).x - canvas.x).abs().max() == 0

    def test_transport_matches_the_whole_distribution(self, canvas):
        batch = soft_colors(canvas)
        for i, x in enumerate(show("appearance-transfer", batch, by="transport").x):
            goal = lab_of(inside(batch.aux["reference"][i], batch.aux["reference_mask"][i]))
            now = lab_of(inside(x, batch.aux["mask"][i]))
            at = [0.05, 0.25, 0.5, 0.75, 0.95]
            assert np.abs(np.quantile(now, at, axis=1) - np.quantile(goal, at, axis=1)).max() < 1.0

    def test_like_the_background_it_takes_the_background_s_colors(self, canvas):
        batch = soft_colors(canvas)
        assert STRESSORS.make("appearance-transfer", {"like": "background"}).needs == {"mask"}
        result = show("appearance-transfer", batch, like="background")
        for i in range(4):
            far = ndimage.binary_dilation(batch.aux["mask"][i, 0].numpy() > 0, np.ones((3, 3))) == 0
            goal = lab_of(batch.x[i][:, far].double().numpy())
            was, now = (
                wasserstein(lab_of(inside(t[i], batch.aux["mask"][i])), goal) for t in (batch.x, result.x)
            )
            assert now < 0.3
            assert was > 1

    def test_too_few_pixels_are_refused(self, canvas):
        mask = torch.zeros_like(canvas.aux["mask"])
        mask[..., 30:45, 30:45] = 0.4  # enough object, but no pixel that is half of it
        result = show("appearance-transfer", canvas.but(aux={**canvas.aux, "mask": mask}), like="background")
        assert result.refused[0].startswith("there are too few pixels to measure colors on")


class TestObjectSwap:
    @pytest.fixture
    def pair(self):
        """Targets and references that are ellipses of other sizes, places and directions."""
        poses = [(120, 130, 60, 25, 20), (100, 140, 40, 30, -70), (140, 110, 55, 20, 85)]
        others = [(90, 100, 45, 25, -30), (150, 150, 70, 20, 60), (128, 128, 40, 15, 10)]
        masks, references = (
            torch.from_numpy(np.stack([ellipse(256, 256, *p) for p in ps]))[:, None] for ps in (poses, others)
        )
        x = torch.full((3, 3, 256, 256), 0.2)
        aux = {"mask": masks, "filled": x, "reference": torch.full_like(x, 0.9), "reference_mask": references}
        return Batch(("a", "b", "c"), x, (0, 1, 2), aux), poses

    @pytest.mark.parametrize("turn", [True, False])
    def test_place_and_area_are_kept_and_direction_if_asked(self, turn, pair):
        batch, poses = pair
        result = show("object-swap", batch, turn=turn)
        assert not result.refused
        for i, (x, y, *_, degrees) in enumerate(poses):
            new = result.aux["mask"][i]
            assert center(new) == pytest.approx((x, y), abs=0.3)
            assert share(new) == pytest.approx(share(batch.aux["mask"][i]), rel=0.01)
            if turn:
                assert abs((long_axis(new[None])[0] - degrees + 90) % 180 - 90) < 1
            else:
                assert result.facts["angle"][i] == 0

    def test_the_reference_s_pixels_stand_before_the_filled_background(self, pair):
        batch, _ = pair
        result = show("object-swap", batch)
        for i in range(3):
            new = result.aux["mask"][i, 0]
            assert (result.x[i][:, new > 0.999] - 0.9).abs().max() < 1 / 255
            assert (result.x[i][:, new == 0] - 0.2).abs().max() < 1 / 255

    def test_its_shape_is_the_reference_s(self, pair):
        # the second moments' ratio of the axes: 45/25, 70/20, 40/15, whatever the target's was
        batch, _ = pair
        for new, wanted in zip(
            show("object-swap", batch).aux["mask"], (45 / 25, 70 / 20, 40 / 15), strict=True
        ):
            rows, columns = np.mgrid[:256, :256]
            low, high = np.linalg.eigvalsh(
                np.cov(np.stack((columns.ravel(), rows.ravel())), aweights=new[0].double().numpy().ravel())
            )
            assert np.sqrt(high / low) == pytest.approx(wanted, rel=0.02)

    def test_what_would_leave_the_canvas_is_refused(self, pair):
        batch, _ = pair
        mask = torch.from_numpy(ellipse(256, 256, 14, 128, 60, 10, 90))[None, None].expand(3, -1, -1, -1)
        result = show("object-swap", batch.but(aux={**batch.aux, "mask": mask.contiguous()}), turn=False)
        assert result.refused[0].startswith("more than 5% of the object would leave the canvas")

    def test_the_label_is_kept_only_within_the_class(self):
        assert STRESSORS.make("object-swap").keeps_label is False
        assert STRESSORS.make("object-swap", {"of": "same class"}).keeps_label is True


@dataclass(frozen=True)
class Pictures:
    """Three pictures of odd sizes, one of them without a mask."""

    name: str = "pictures"
    labels: tuple[str, ...] = ("a", "b")

    def __len__(self):
        return 3

    def ids(self):
        return ("p/0", "p/1", "p/2")

    def __getitem__(self, i):
        x = torch.full((3, 40, 60 + i), 20 * i, dtype=torch.uint8)
        mask = torch.zeros(1, 40, 60 + i)
        mask[:, 10:30, 10:40] = 1
        return Sample(f"p/{i}", x, frozenset({i % 2}), {} if i == 1 else {"mask": mask})


class TestReferences:
    def test_pictures_and_masks_of_the_data_itself(self):
        bank = build_references(Pictures(), Canvas(short_side=40), seed=0)
        assert sorted(bank.ids) == ["p/0", "p/2"]
        at = bank.ids.index("p/2")
        found = bank.image(at, 40, 62)
        assert found.shape == (4, 40, 62)
        assert found[:3].unique().tolist() == pytest.approx([40 / 255])
        assert found[3].sum() == 20 * 30
        assert bank.targets[at] == frozenset({0})

    def test_it_fits_whole_and_beside_it_there_is_nothing(self):
        # 4 × 8 into 8 × 8: scale 1, two rows of nothing above and below
        image = torch.full((4, 4, 8), 255, dtype=torch.uint8)
        found = contain(image, 8, 8)
        assert found[0].tolist() == [[0] * 8] * 2 + [[255] * 8] * 4 + [[0] * 8] * 2
        assert isinstance(ReferenceBank.fitted(image, 16, 16), torch.Tensor)
        assert ReferenceBank.fitted(image, 16, 16)[0].sum() == 255 * 16 * 8

    def test_a_folder_with_its_masks(self, tmp_path):
        from PIL import Image

        (tmp_path / "masks").mkdir()
        for name in ("a", "b"):
            Image.new("RGB", (50, 40), (200, 10, 10)).save(tmp_path / f"{name}.png")
        mask = np.zeros((40, 50), np.uint8)
        mask[5:25, 10:30] = 255
        Image.fromarray(mask).save(tmp_path / "masks" / "a.png")
        bank = folder_references(tmp_path, Canvas(short_side=40))
        assert bank.ids == ("a.png",)
        assert bank.image(0, 40, 50)[3].sum() == 400

    def test_a_folder_without_masks_says_so(self, tmp_path):
        from durometer.core import DataError

        with pytest.raises(DataError, match="references need masks, and there is no folder 'masks' in it"):
            folder_references(tmp_path, Canvas())
