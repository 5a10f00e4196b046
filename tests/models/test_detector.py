"""The detector: perfect heads are decoded perfectly, what it is taught is what is there."""

import pytest
import torch

from durometer.core import Objects
from durometer.data.scenes import SceneObjects
from durometer.measures.ap import Matches
from durometer.measures.detections import Detections, Truths
from durometer.models import zoo
from durometer.models.zoo.detector import STRIDE, Heads, centers, decode
from durometer.models.zoo.teaching import REACH, lesson, loss, owners

SIDE, CLASSES, SURE = 96, 8, 12.0


def l_shapes():
    """Two pictures of L-shaped objects whose edges lie on even pixels, so that half the side tells all."""

    def one(*rows):
        masks = torch.zeros(len(rows), SIDE, SIDE, dtype=torch.bool)
        for mask, (left, top, right, bottom, _) in zip(masks, rows, strict=True):
            mask[top:bottom, left:right] = True
            mask[top : top + 8, left + 8 : right] = False
        boxes = torch.tensor([row[:4] for row in rows]).float()
        return Objects(boxes, torch.tensor([row[4] for row in rows]), masks)

    first = one((4, 6, 30, 40, 1), (32, 10, 64, 50, 1), (60, 60, 90, 92, 5))
    return [first, one((20, 20, 44, 62, 3), (46, 4, 80, 38, 3))]


def perfect(pictures):
    """What a network would say that knows the answer: one prototype an object."""
    of = lesson(pictures, SIDE, SIDE)
    b, h, w = of.owner.shape
    most = of.boxes.shape[1]
    classes = torch.full((b, CLASSES, h, w), -SURE)
    sides, mixes = torch.ones(b, 4, h, w), torch.zeros(b, most, h, w)
    at = centers(h, w)
    for k in range(b):
        for row, column in (of.owner[k] >= 0).nonzero().tolist():
            n = int(of.owner[k, row, column])
            (x, y), (left, top, right, bottom) = at[:, row, column].tolist(), of.boxes[k, n].tolist()
            classes[k, of.labels[k, n], row, column] = SURE
            sides[k, :, row, column] = torch.tensor([x - left, y - top, right - x, bottom - y])
            mixes[k, n, row, column] = 1.0
    return Heads(classes, sides, mixes, SURE * (2 * of.masks - 1))


def precision(pictures, output, *, masks, at=None):
    found = Matches.of(Truths.of(pictures), Detections.of(output), images=len(pictures), masks=masks)
    return found.ap(at=at)


def test_round_trip_perfect_heads_have_a_precision_of_one():
    pictures = l_shapes()
    output = decode(perfect(pictures), most=20, least=0.05, overlap=0.5)
    assert (output["scores"] > 0).sum(dim=1).tolist() == [3, 2]  # doubles are gone
    assert precision(pictures, output, masks=False) == 1.0
    assert precision(pictures, output, masks=True) == 1.0
    kept = output["scores"] > 0
    assert output["boxes"][~kept].abs().sum() == output["masks"][~kept].sum() == 0
    assert output["labels"][~kept].sum() == 0


def test_round_trip_on_scenes():
    data = SceneObjects(n=20, size=SIDE, seed=5)
    pictures = [data[i].y for i in range(20)]
    output = decode(perfect(pictures), most=20, least=0.05, overlap=0.5)
    assert precision(pictures, output, masks=False) > 0.97
    assert (
        precision(pictures, output, masks=True, at=0.5) > 0.97
    )  # half the side is enough for half an overlap


def test_perfect_heads_cost_next_to_nothing_and_worse_ones_more():
    pictures, of = l_shapes(), lesson(l_shapes(), SIDE, SIDE)
    best = perfect(pictures)
    assert loss(best, of) < 0.01
    for worse in (
        Heads(-best.classes, best.sides, best.mixes, best.prototypes),
        Heads(best.classes, best.sides * 1.3, best.mixes, best.prototypes),
        Heads(best.classes, best.sides, best.mixes, best.prototypes * 0.05),
    ):
        assert loss(worse, of) > 0.2
    assert torch.isfinite(loss(best, lesson([Objects.nothing(SIDE, SIDE, masks=True)] * 2, SIDE, SIDE)))


def test_cells_answer_for_the_smallest_object_near_them():
    """One cell and one box at a time."""
    dice = torch.Generator().manual_seed(0)
    corner = 70 * torch.rand(3, 5, 2, generator=dice)
    boxes = torch.cat((corner, corner + 4 + 22 * torch.rand(3, 5, 2, generator=dice)), dim=2)
    boxes[1, 3:] = 0  # padding
    found = owners(boxes, 24, 24)
    for b in range(3):
        for row in range(24):
            for column in range(24):
                x, y, fits = STRIDE * (column + 0.5), STRIDE * (row + 0.5), []
                for n, (left, top, right, bottom) in enumerate(boxes[b].tolist()):
                    near = max(abs(x - (left + right) / 2), abs(y - (top + bottom) / 2)) < REACH * STRIDE
                    if near and left < x < right and top < y < bottom:
                        fits.append(((right - left) * (bottom - top), n))
                assert found[b, row, column] == (min(fits)[1] if fits else -1)


def test_shapes_and_what_padding_holds():
    module = zoo.fresh("detector", seed=0, classes=3, most=7).eval()
    x = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output = module(x)
    assert {k: tuple(v.shape) for k, v in output.items()} == {
        "boxes": (2, 7, 4), "scores": (2, 7), "labels": (2, 7), "masks": (2, 7, 64, 96)
    }  # fmt: skip
    assert output["labels"].dtype == torch.int64
    assert (output["scores"][:, :-1] >= output["scores"][:, 1:]).all()


def test_untrained_it_finds_little():
    module = zoo.fresh("detector", seed=0, classes=8).eval()
    with torch.no_grad():
        heads = module.heads(torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)))
    assert heads.classes.sigmoid().mean() < 0.1
    assert (heads.sides > 0).all()


def test_teaching_it_two_pictures_lowers_the_loss_and_finds_their_objects():
    pictures = l_shapes()
    dice = torch.Generator().manual_seed(1)
    colors = torch.rand(CLASSES, 3, generator=dice)
    x = 0.2 * torch.rand(2, 3, SIDE, SIDE, generator=dice)
    for b, of in enumerate(pictures):
        for label, mask in zip(of.labels.tolist(), of.masks, strict=True):
            x[b] = torch.where(mask, colors[label][:, None, None], x[b])
    module = zoo.fresh("detector", seed=0, classes=CLASSES).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=5e-3)
    of = lesson(pictures, SIDE, SIDE)
    for _ in range(60):
        optimizer.zero_grad()
        loss(module.heads(x), of).backward()
        optimizer.step()
    with torch.no_grad():  # with the batch's own statistics, as it was taught
        output = module(x)
    assert precision(pictures, output, masks=False, at=0.5) > 0.9
    assert precision(pictures, output, masks=True, at=0.5) > 0.9


@pytest.mark.parametrize("size", [64, 96])
def test_segmenter_has_a_logit_for_every_pixel(size):
    module = zoo.fresh("segmenter", seed=0, classes=9).eval()
    with torch.no_grad():
        assert module(torch.rand(2, 3, size, 96)).shape == (2, 9, size, 96)
