"""Another object before this one: the share hidden, the size that hides it, and the same one beside."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from durometer.core import Batch, Dice, stress
from durometer.run.conditions import make, with_controls
from durometer.run.plan import ConditionPlan
from durometer.stress import STRESSORS

GRAY_LEVEL = 1 / 255


def show(batch, **values):
    stressor = STRESSORS.make("object-occlusion", values)
    return stress(stressor, batch, Dice(7, stressor.name, stressor.version, batch.ids))


def plain(side=96, radius=12):
    """Red squares of 30 × 30 pixels before dark gray, and as references blue disks before green."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    square = (abs(rows - 50) < 15) & (abs(columns - 44) < 15)
    disk = np.hypot(rows - 40, columns - 60) < radius
    as_tensor = lambda m: torch.from_numpy(m).float()[None, None]  # noqa: E731
    mask, other = as_tensor(square), as_tensor(disk)
    color = lambda *rgb: torch.tensor(rgb)[None, :, None, None]  # noqa: E731
    x = mask * color(1.0, 0.0, 0.0) + (1 - mask) * 0.4
    reference = other * color(0.0, 0.0, 1.0) + (1 - other) * color(0.0, 1.0, 0.0)
    aux = {"mask": mask, "reference": reference, "reference_mask": other, "filled": torch.full_like(x, 0.4)}
    n = 6
    aux = {k: v.expand(n, *v.shape[1:]).contiguous() for k, v in aux.items()}
    return Batch(tuple(f"p{i}" for i in range(n)), x.expand(n, -1, -1, -1).contiguous(), (0,) * n, aux)


@pytest.mark.parametrize("wanted", [0.1, 0.4, 0.8])
class TestBefore:
    def test_the_share_is_hidden_and_the_rest_untouched(self, wanted, canvas):
        result = show(canvas, share=wanted)
        assert not result.refused
        for i in range(len(canvas)):
            before, after = (b.aux["mask"][i, 0].double().numpy() for b in (canvas, result))
            assert 1 - after.sum() / before.sum() == pytest.approx(wanted, abs=0.005)
            assert result.facts["occluded"][i] == pytest.approx(1 - after.sum() / before.sum(), abs=1e-4)
            whole = torch.from_numpy(after > 0.9999)
            assert (result.x[i] - canvas.x[i])[:, whole].abs().max() <= GRAY_LEVEL

    def test_a_disk_hides_with_its_own_color_and_has_the_told_size(self, wanted):
        batch = plain()
        result = show(batch, share=wanted)
        for i in range(len(batch)):
            red, green, blue = result.x[i].numpy()
            red_before = (batch.x[i, 0].numpy() == 1).sum()
            assert 1 - red[red > 0.5].sum() / red_before == pytest.approx(wanted, abs=0.06)
            assert (green <= 0.4 + GRAY_LEVEL).all()  # nothing of the reference's background comes along
            radius = 12 * result.facts["scale"][i]
            behind = batch.x[i, 2].double().numpy()
            cover = (blue - behind) / (1 - behind)
            y, x = ndimage.center_of_mass(cover)
            if min(x, y) > radius and max(x, y) < 95 - radius:
                assert cover.sum() == pytest.approx(np.pi * radius**2, rel=0.03)


class TestBeside:
    @pytest.mark.parametrize("wanted", [0.1, 0.3, 0.5])
    def test_the_same_object_at_the_same_size_hides_nothing(self, wanted):
        batch = plain()
        before, beside = (show(batch, share=wanted, place=place) for place in ("before", "beside"))
        assert not beside.refused
        assert beside.facts["scale"] == before.facts["scale"]
        assert torch.equal(beside.aux["mask"], batch.aux["mask"])
        for i in range(len(batch)):
            object_ = ndimage.binary_dilation(batch.aux["mask"][i, 0].numpy() > 0)
            where = torch.from_numpy(object_)
            assert torch.equal(beside.x[i][:, where], batch.x[i][:, where])
            blue = beside.x[i, 2].numpy() > 0.75
            assert blue.sum() == pytest.approx(np.pi * (12 * beside.facts["scale"][i]) ** 2, rel=0.1)
            assert ndimage.label(blue)[1] == 1

    def test_each_is_read_against_its_own(self):
        made = with_controls(
            [make(ConditionPlan("stress", "object-occlusion", {"share": s})) for s in (0.2, 0.5)]
        )
        by_key = {c.key: c for c in made}
        assert [(c.role, c.title) for c in made] == [
            ("edit", "occlusion by another object, 20 %"), ("edit", "occlusion by another object, 50 %"),
            ("control", "another object beside, 20 %"), ("control", "another object beside, 50 %"),
        ]  # fmt: skip
        assert [by_key[c.control].title for c in made[:2]] == [c.title for c in made[2:]]
        assert not made[2].control


class TestRefused:
    def test_what_can_not_be_hidden_is_said(self):
        batch = plain()
        two = torch.zeros_like(batch.aux["mask"])
        two[..., 2:6, 2:94] = two[..., 90:94, 2:94] = 1  # two far bars: no disk on one hides 90 % of both ...
        ring = torch.zeros_like(two)
        ring[..., 45:49, 45:49] = 1  # ... of so small a thing at eight times its size
        batch = batch.but(aux={**batch.aux, "mask": two, "reference_mask": ring})
        reason = show(batch, share=0.9).refused[0]
        assert reason.startswith("the other object hides ")
        assert "of this one at most, not 90%; hide a smaller share" in reason

    def test_a_small_rest_an_empty_reference_and_no_room(self):
        batch = plain()
        small = torch.zeros_like(batch.aux["mask"])
        small[..., 40:44, 40:46] = 1
        few = show(batch.but(aux={**batch.aux, "mask": small}), share=0.5).refused[0]
        assert few.startswith("too little of the object would be left")
        empty = {**batch.aux, "reference_mask": torch.zeros_like(small)}
        assert "of the reference: the mask is empty" in show(batch.but(aux=empty)).refused[0]
        wall = torch.ones_like(small)
        wall[..., :6] = 0
        full = batch.but(aux={**batch.aux, "mask": wall})
        assert "no room beside the object" in show(full, place="beside", share=0.5).refused[0]
