"""Targets follow pixels: against the pixels themselves, moved by code that made none of the targets."""

import pytest
import torch

from durometer.core import Batch, DataError, Dice, Movement
from durometer.ops.follow import (
    IGNORE,
    boxes_around,
    kept_on,
    move_boxes_with,
    move_labels,
    move_shapes,
    sources,
    tightened,
)
from durometer.ops.geometry import CAMERA, FIELD, of_mirrors, of_steps, recorded, recorded_field, still
from durometer.stress.corruptions.elastic_transform import ElasticTransform

SIZE = 8, 10


def field(right, down, size=SIZE):
    return torch.tensor([right, down], dtype=torch.float64)[:, None, None].expand(2, *size)


def masks(*boxes, size=SIZE):
    out = torch.zeros(len(boxes), *size, dtype=torch.bool)
    for mask, (left, top, right, bottom) in zip(out, boxes, strict=True):
        mask[top:bottom, left:right] = True
    return out


def test_oracle_a_field_of_one_step_is_the_step():
    # every pixel shows what was 3 to the left of it and 1 above: things move 3 right, 1 down
    by_field = Movement(SIZE, field=field(-3, -1))
    by_camera = Movement(SIZE, camera=of_steps([(3, 1)])[0])
    shape, box = masks((2, 1, 5, 4)), torch.tensor([[2.0, 1, 5, 4]])
    wanted = torch.tensor([[5.0, 2, 8, 5]])
    for movement in (by_field, by_camera):
        assert torch.equal(move_shapes(shape, movement), masks((5, 2, 8, 5)))
        assert torch.equal(move_boxes_with(box, movement), wanted)
        assert torch.equal(boxes_around(move_shapes(shape, movement)), wanted)


def test_oracle_what_opens_at_an_edge_is_ignored_in_maps_and_no_object_in_masks():
    labels = torch.arange(80).reshape(SIZE)
    moved = move_labels(labels, Movement(SIZE, camera=of_steps([(3, 1)])[0]))
    assert torch.equal(moved[1:, 3:], labels[:-1, :-3])
    assert set(moved[0].tolist()) == set(moved[:, :3].flatten().tolist()) == {IGNORE}
    everywhere = torch.ones(1, *SIZE, dtype=torch.bool)
    assert torch.equal(move_shapes(everywhere, Movement(SIZE, field=field(-3, -1))), masks((3, 1, 10, 8)))


def test_properties_what_is_recorded_in_turn_is_one_movement():
    x = torch.rand(1, 1, *SIZE)
    batch = Batch(("a",), x, (None,))
    mirror, step = of_mirrors([SIZE[1]], sideways=True), of_steps([(2, -1)])
    shift = field(-1, -2)[None]
    # mirror, then a field, then a step: the pixel (x, y) shows what the step brought from (x - 2, y + 1), the
    # field from (x - 3, y - 1), the mirror from (10 - (x - 3), y - 1)
    batch = batch.but(aux=recorded(batch, mirror, whole=True))
    batch = batch.but(aux={**batch.aux, **recorded_field(batch, shift)})
    batch = batch.but(aux={**batch.aux, **recorded(batch, step, whole=True)})
    across, down = sources(Movement(SIZE, batch.aux[CAMERA][0], batch.aux[FIELD][0]))
    at_y, at_x = torch.meshgrid(torch.arange(8) + 0.5, torch.arange(10) + 0.5, indexing="ij")
    inside = (slice(0, 7), slice(2, 10))  # beyond the first field it goes on as at its edge
    assert torch.allclose(across[inside], (13 - at_x)[inside].double())
    assert torch.allclose(down[inside], (at_y - 1)[inside].double())


@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("profile", ["tiny-c", "imagenet-c"])
def test_differential_rubber_moves_masks_as_it_moves_pixels(severity, profile):
    side = 96
    shape = masks((24, 36, 64, 60), size=(side, side))
    x = shape[None].float().expand(2, 3, -1, -1).contiguous()
    rubber = ElasticTransform(severity=severity, profile=profile)
    dice = Dice(0, rubber.name, 1, ("a", "b"))
    result = rubber(Batch(("a", "b"), x, (shape, shape)), dice)
    for shown, moved in zip(result.x[:, 0] >= 0.5, result.aux[FIELD], strict=True):
        movement = Movement((side, side), field=moved)
        got = move_shapes(shape, movement)[0]
        by_box = boxes_around(got[None])
        shared, either = (shown & got).sum(), (shown | got).sum()
        if got.any():  # the picture may hold the object's mirror image at an edge, which is no object
            assert shared / got.sum() > 0.9
        if bool(shown.any()) and not _at_edge(shown):
            assert shared / either > 0.9
            assert (move_boxes_with(torch.tensor([[24.0, 36, 64, 60]]), movement) - by_box).abs().max() <= 2
    alone = rubber(Batch(("b",), x[1:], (shape,)), Dice(0, rubber.name, 1, ("b",)))
    assert torch.equal(alone.aux[FIELD][0], result.aux[FIELD][1])


def _at_edge(shape):
    return bool(shape[0].any() | shape[-1].any() | shape[:, 0].any() | shape[:, -1].any())


def test_labels_of_classes_need_no_field():
    rubber = ElasticTransform(profile="tiny-c")
    result = rubber(
        Batch(("a",), torch.rand(1, 3, 32, 32), (frozenset({0}),)), Dice(0, rubber.name, 1, ("a",))
    )
    assert FIELD not in result.aux


def test_oracle_boxes_are_cut_and_drawn_in_to_their_masks():
    boxes = torch.tensor([[-2.0, 1, 3.4, 4], [20, 20, 30, 30], [2, 2, 8, 6]])
    shapes = masks((0, 1, 3, 4), (0, 0, 0, 0), (2, 2, 4, 6))
    cut, _, kept = kept_on(boxes, shapes, *SIZE)
    assert kept.tolist() == [True, False, True]
    assert cut[0].tolist() == pytest.approx(
        [0, 1, 3.4, 4]
    )  # within a pixel of the mask: stays between pixels
    assert cut[2].tolist() == [2, 2, 4, 6]  # the mask ends at 4, the box at 8
    assert tightened(torch.zeros(1, 4), masks((0, 0, 0, 0))).tolist() == [[0, 0, 0, 0]]


def test_errors_where_nobody_knows():
    movement = Movement(SIZE, unknown=True)
    for move, target in ((move_labels, torch.zeros(SIZE).long()), (move_shapes, masks((1, 1, 2, 2)))):
        with pytest.raises(DataError, match="it moves pixels and does not say where"):
            move(target, movement)


def test_no_movement_is_none():
    shape = masks((2, 1, 5, 4))
    assert torch.equal(move_shapes(shape, Movement(SIZE)), shape)
    assert torch.equal(move_shapes(shape, Movement(SIZE, camera=still(1)[0])), shape)
