"""The sceptic: every broken promise is caught and named."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from durometer.core import Batch, Dice, ExtensionError, Stressor, on_grid, stress
from durometer.core.sceptic import center_x, center_y, object_share, same_again
from durometer.testing.scenes import toy_batch

BATCH = toy_batch(3, 8, 10)
DICE = Dice(0, "liar", 1, BATCH.ids)


@dataclass(frozen=True)
class Liar(Stressor):
    """Does what the test tells it."""

    name: ClassVar[str] = "liar"
    act: object = None

    def __call__(self, batch, dice, /):
        return self.act(batch)


def fresh():
    return BATCH.but(x=BATCH.x.clone(), aux={k: v.clone() for k, v in BATCH.aux.items()})


def with_mask(batch, mask, **facts):
    return batch.but(aux={**batch.aux, "mask": mask}, facts=facts)


def half_nan(batch):
    x = batch.x.clone()
    x[1, 0, 0, 0] = torch.nan
    return batch.but(x=x)


BROKEN = [
    (lambda b: b.but(x=b.x.mul_(0.5)), "modified its input x in place. Work on a copy"),
    (lambda b: (b.aux["mask"].zero_(), b)[1], r"modified its input aux\['mask'\] in place"),
    (lambda b: b.but(ids=b.ids[::-1]), "changed the ids or targets of its batch"),
    (lambda b: b.but(y=(frozenset({9}),) * 3), "changed the ids or targets of its batch"),
    (lambda b: b.but(x=b.x[:, :, :4]), r"returned x of shape \(3, 3, 4, 10\) for \(3, 3, 8, 10\)"),
    (lambda b: b.but(x=b.x.double()), "returned x as torch.float64 on cpu, not torch.float32 on cpu"),
    (lambda b: b.but(x=b.x + 0.9), r"returned x outside \[0, 1\] or not finite. Clamp what can overshoot"),
    (lambda b: b.but(x=b.x - 0.9), r"returned x outside \[0, 1\]"),
    (half_nan, r"returned x outside \[0, 1\] or not finite"),
    (lambda b: with_mask(b, b.aux["mask"] * 2), r"returned mask outside \[0, 1\]"),
    (lambda b: with_mask(b, b.aux["mask"][:, :, :4]), "returned mask of shape"),
    (lambda b: b.but(facts={"a": (1, 2)}), "returned 2 values of the fact 'a' for 3 samples"),
    (lambda b: b.but(refused={3: "why"}), "refused the position 3 in a batch of 3"),
    (
        lambda b: b.but(facts={"object_share": (0.5, 0.5, 0.5)}),
        "claims object_share = 0.5, but its mask measures 0.0",
    ),
    (lambda b: b.but(facts={"center_x": ("left",) * 3}), "claims center_x = left, but its mask measures"),
    (lambda b: b.but(facts={"center_y": (float("nan"),) * 3}), "claims center_y = nan"),
]


@pytest.mark.parametrize(("act", "message"), BROKEN)
def test_errors_every_broken_promise_is_named(act, message):
    with pytest.raises(ExtensionError, match=rf"^stressor 'liar': {message}"):
        stress(Liar(act), fresh(), DICE)


def test_errors_hidden_randomness():
    stressor = Liar(lambda b: b.but(x=torch.rand(b.x.shape)))
    first = stress(stressor, fresh(), DICE)
    with pytest.raises(
        ExtensionError, match=r"gave two different changes for the same dice\. Draw all randomness"
    ):
        same_again(stressor, fresh(), DICE, first)
    honest = Liar(lambda b: b.but(x=b.x.flip(-1)))
    same_again(honest, fresh(), DICE, stress(honest, fresh(), DICE))


def test_pixels_of_refused_samples_are_ignored():
    result = stress(Liar(lambda b: half_nan(b).but(refused={1: "no object"})), fresh(), DICE)
    assert result.refused == {1: "no object"}
    claim = Liar(lambda b: b.but(facts={"object_share": (None,) * 3}, refused={0: "a", 1: "b", 2: "c"}))
    assert len(stress(claim, fresh(), DICE)) == 3


def test_rounding_beyond_the_ends_is_no_fault():
    edge = BATCH.x.clone()
    edge[0, 0, 0, 0], edge[0, 0, 0, 1] = 1.00005, -0.00005
    result = stress(Liar(lambda b: b.but(x=edge)), fresh(), DICE)
    assert result.x[0, 0, 0, :2].tolist() == [1.0, 0.0]


def test_oracle_on_grid():
    levels = torch.arange(256) / 255
    assert torch.equal(on_grid(levels), levels)
    # 0.4 gray levels above 100 goes down, 0.6 up
    x = torch.tensor([100.4 / 255, 100.6 / 255, 2.0, -1.0])
    assert on_grid(x).tolist() == pytest.approx([100 / 255, 101 / 255, 1, 0], abs=1e-7)
    every = torch.linspace(0, 1, 4001)
    assert torch.equal(on_grid(on_grid(every)), on_grid(every))
    assert (on_grid(every) - every).abs().max() <= 0.5 / 255 + 1e-7


def test_oracle_what_masks_measure():
    # a block of 2 x 3 pixels at rows 1-2 and columns 4-6 of 8 x 10
    mask = torch.zeros(1, 8, 10)
    mask[0, 1:3, 4:7] = 1
    assert object_share(mask).tolist() == pytest.approx([6 / 80])
    assert center_x(mask).tolist() == pytest.approx([5.5 / 10])  # pixel centers 4.5, 5.5, 6.5
    assert center_y(mask).tolist() == pytest.approx([2.0 / 8])  # pixel centers 1.5, 2.5
    assert center_x(torch.zeros(1, 8, 10)).tolist() == [0.0]


def test_true_claims_pass():
    mask = torch.zeros(3, 1, 8, 10)
    mask[:, :, 1:3, 4:7] = 1
    facts = {"object_share": (0.075,) * 3, "center_x": (0.55,) * 3, "center_y": (0.25,) * 3}
    assert stress(Liar(lambda b: with_mask(b, mask, **facts)), fresh(), DICE).facts == facts


def test_batches_without_masks_pass():
    bare = Batch(BATCH.ids, BATCH.x.clone(), BATCH.y)
    assert torch.equal(stress(Liar(lambda b: b.but(x=b.x.flip(-1))), bare, DICE).x, BATCH.x.flip(-1))


def test_samples_whose_pixels_are_none_are_refused_before_the_stressor_sees_them():
    batch = fresh()
    batch.x[0, 0, 0, 0] = torch.nan
    batch.x[2] = batch.x[2] * 0 + 1.5
    seen = []
    result = stress(Liar(lambda b: (seen.append(b), b.but(x=1 - b.x, refused={}))[1]), batch, DICE)
    assert result.refused == {
        0: "its pixels are not all finite",
        2: "its pixels go from 1.5 to 1.5, not from 0 to 1",
    }
    assert torch.equal(result.x[1], on_grid(1 - batch.x[1]))
    assert not seen[0].x[[0, 2]].any()
    assert set(seen[0].refused) == {0, 2}


def test_an_empty_batch_asks_nobody():
    empty = fresh().select([])
    assert stress(Liar(None), empty, DICE) is empty
