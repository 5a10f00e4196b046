"""Regression and reconstruction: scores by hand, targets that follow, answers that are not finite."""

import math

import pytest
import torch

from durometer.core import DataError, ModelError, Movement, Sight, UsageError
from durometer.ops.geometry import still
from durometer.tasks import TASKS
from durometer.tasks.regression import Reconstruction, Regression

WHOLE = Sight.whole(16, 16)


def picture(seed=0, side=16):
    return torch.rand(1, side, side, generator=torch.Generator().manual_seed(seed))


def test_both_are_listed():
    assert TASKS.get("regression") is Regression
    assert TASKS.get("reconstruction") is Reconstruction


def test_oracle_numbers_off_by_the_scale_score_a_half():
    task = Regression(scale=2.0)
    target = [torch.tensor([1.0, -1.0])] * 4
    output = torch.tensor([[1.0, -1.0], [3.0, 1.0], [7.0, -1.0], [torch.nan, 0.0]])
    # mse 0, 4, 18: 1, 1 / (1 + 4/4), 1 / (1 + 18/4) = 2/11; the last is not finite
    assert task.score(output, target).tolist() == pytest.approx([1, 0.5, 2 / 11, 0])
    assert task.decode(output)["answer"].tolist() == [0, 0, 0, -1]
    assert task.decode(output)["confidence"].isnan().all()
    assert task.loss(output[:3], target[:3]).tolist() == pytest.approx([0, 4, 18])
    assert [len(one["errors"]) for one in task.tables(output, target)] == [1, 1, 1, 0]


def test_oracle_pictures_score_their_ssim_and_nothing_below_zero():
    task, x = Regression(), picture()
    output = torch.stack([x, 1 - x])
    scores = task.score(output, [x, x])
    assert scores[0] == pytest.approx(1)
    assert scores[1] == 0  # the negative has a negative similarity
    rows = [one["errors"][0] for one in task.tables(output, [x, x])]
    assert rows[0]["psnr"] == 100
    assert rows[1]["ssim"] < 0
    assert rows[1]["mse"] == pytest.approx(float((1 - 2 * x).double().square().mean()))


def test_the_loss_has_the_gradient_of_the_mean_square_over_what_is_known():
    target = torch.tensor([0.0, torch.nan, 2.0])
    output = torch.tensor([[1.0, 5.0, 2.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(Regression().loss(output, [target]).sum(), output)
    assert gradient.tolist() == [[1.0, 0.0, 0.0]]  # 2 · 1 / 2 known, none, 0


def test_oracle_a_target_goes_two_to_the_right_and_nothing_is_known_of_what_opens():
    camera = still(1)[0]
    camera[0, 2] = 2.0
    x = picture(side=6)
    moved = Regression().move(x, Movement((6, 6), camera))
    assert torch.allclose(moved[..., 2:], x[..., :-2], atol=1e-6)
    assert moved[..., :2].isnan().all()


def test_numbers_stay_and_pictures_without_a_known_place_are_refused():
    numbers, lost = torch.tensor([1.0]), Movement((6, 6), unknown=True)
    assert Regression().move(numbers, lost) is numbers
    with pytest.raises(DataError, match="does not say where"):
        Regression().move(picture(side=6), lost)
    with pytest.raises(DataError, match="edits one object"):
        Regression().move(picture(side=6), Movement((6, 6), edited=True))
    away = still(1)[0]
    away[0, 2] = 9.0
    with pytest.raises(DataError, match="nothing that is known is left"):
        Regression().move(picture(side=6), Movement((6, 6), away))


def test_answers_get_back_onto_the_picture():
    small = torch.arange(4.0).reshape(1, 1, 2, 2)
    (laid,) = Regression().onto(small, [Sight((4, 4), (0.0, 0.0, 4.0, 4.0), (2, 2))])
    assert laid.shape == (1, 4, 4)
    # bilinear between middles: along a row 0, 1/4, 3/4, 1; down the same times 2
    assert laid[0, 0].tolist() == pytest.approx([0, 0.25, 0.75, 1])
    assert laid[0, :, 0].tolist() == pytest.approx([0, 0.5, 1.5, 2])
    whole = picture()[None]
    assert torch.equal(Regression().onto(whole, [WHOLE])[0], whole[0])


def test_the_truth_of_a_reconstruction_is_what_is_shown():
    task = Reconstruction()
    color = torch.tensor([1.0, 0.0, 0.5])[:, None, None].expand(3, 4, 4)
    wanted = torch.full((1, 4, 4), 0.299 + 0.114 / 2)
    assert torch.allclose(task.seen(frozenset({1}), color), wanted)
    eight = (color * 255).round().to(torch.uint8)
    assert torch.allclose(task.seen(None, eight), torch.full((1, 4, 4), 0.299 + 0.114 * 128 / 255))
    assert task.speaks(frozenset())
    assert task.classes(frozenset({1})) == ()
    assert task.move("anything", Movement((4, 4), unknown=True)) == "anything"


def test_a_sample_scores_the_same_beside_any_other():
    task = Reconstruction()
    output, target = [picture(i) for i in range(5)], [picture(9 - i) for i in range(5)]
    together = task.score(output, target)
    for i in range(5):
        assert task.score(output[i : i + 1], target[i : i + 1])[0] == together[i]
    assert all(0 <= s <= 1 and math.isfinite(s) for s in together.tolist())


def test_errors():
    with pytest.raises(UsageError, match="scale = 0"):
        Regression(scale=0.0)
    with pytest.raises(UsageError, match="float tensors, and the data's are labels"):
        Regression().speaks(frozenset({1}))
    with pytest.raises(ModelError, match=r"answers \(1, 16, 16\) where the target is \(1, 8, 8\)"):
        Regression().score([picture()], [picture(side=8)])
    with pytest.raises(ModelError, match=r"answered with shape \(1, 2, 3\)"):
        Regression().onto(torch.zeros(1, 2, 3), [WHOLE])
    assert not Regression().speaks(torch.tensor([torch.nan]))
