"""Toys: the answers that their docstrings work out, and that they keep their contracts."""

import math
import subprocess
import sys

import pytest
import torch

from durometer.core import Batch
from durometer.testing import check_dataset, check_model, toys
from durometer.testing.scenes import ToyData, toy_batch, toy_sample

RED, GREEN, DARK = (frozenset({k}) for k in range(3))


def answers(model, data):
    return model(Batch.of([data[i] for i in range(len(data))]).x).argmax(dim=1).tolist()


def labels(data):
    return [min(data[i].y) for i in range(len(data))]


def test_oracle_toy_picture():
    sample = toy_sample(4, background=2, size=8)
    # label 4 % 3 = 1, green; side 4; left 20 % 4 = 0, top 12 % 4 = 0
    assert sample.y == GREEN
    assert sample.x[:, 0, 0].tolist() == [0, 1, 1]
    assert sample.x[:, 7, 7].tolist() == [0, 0, 0]
    assert sample.aux["mask"].mean() == 0.25
    assert sample.aux["mask"][0, :4, :4].min() == 1
    assert sample.facts == {"background": "dark", "left": 0, "top": 0}


def test_oracle_reads_object_whatever_the_background():
    for shift in (0, 1, 2):
        data = ToyData(12, shift=shift)
        assert answers(toys.reads_object(), data) == labels(data)
    logits = toys.reads_object()(toy_sample(0, background=1).x[None])
    assert logits[0].tolist() == pytest.approx([0, -20, -10])
    assert logits.softmax(dim=1)[0, 0].item() == pytest.approx(1 / (1 + math.exp(-20) + math.exp(-10)))
    assert logits.softmax(dim=1)[0, 0].item() == pytest.approx(0.99995, abs=5e-6)


def test_oracle_reads_background_is_right_only_where_it_agrees():
    agreeing, lying = ToyData(12), ToyData(12, shift=1)
    assert answers(toys.reads_background(), agreeing) == labels(agreeing)
    assert answers(toys.reads_background(), lying) == [(k + 1) % 3 for k in labels(lying)]


def test_oracle_constant_is_right_on_a_third():
    data = ToyData(12)
    assert answers(toys.constant(1), data) == [1] * 12
    assert sum(a == b for a, b in zip(answers(toys.constant(1), data), labels(data), strict=True)) == 4
    shares = toys.constant()(data[0].x[None]).softmax(dim=1)[0]
    assert shares[0].item() == pytest.approx(math.e / (math.e + 2))
    assert shares[0].item() == pytest.approx(0.57612, abs=5e-6)


def test_oracle_linear_and_its_worst_case():
    weight = torch.tensor([[1.0, -2.0, 0.5], [0.0, 1.0, -1.0]]).reshape(2, 1, 1, 3)
    model = toys.linear(weight, torch.tensor([0.25, 0.0]))
    x = torch.tensor([0.5, 0.4, 0.6]).reshape(1, 1, 1, 3)
    # 0.5 - 0.8 + 0.3 + 0.25 = 0.25 and 0.4 - 0.6 = -0.2
    assert model(x)[0].tolist() == pytest.approx([0.25, -0.2])
    # w = (1, -3, 1.5), |w|_1 = 5.5: the margin 0.45 falls to 0.45 - 0.1 * 5.5 = -0.1
    w = (weight[0] - weight[1])[None]
    worst = model(x - 0.1 * w.sign())[0]
    assert (worst[0] - worst[1]).item() == pytest.approx(-0.1)
    # |w|_2 = 3.5: it falls to 0.45 - 0.1 * 3.5 = 0.1
    worst = model(x - 0.1 * w / w.norm())[0]
    assert (worst[0] - worst[1]).item() == pytest.approx(0.1)


def test_oracle_two_layer_and_its_gradient():
    x = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2).requires_grad_(True)
    output = toys.two_layer()(x)
    assert output[0].tolist() == [0.25, 0.5]
    (gradient,) = torch.autograd.grad(output[0, 1] - output[0, 0], x)
    assert gradient.flatten().tolist() == [-1, 3]


def test_oracle_not_finite_by_brightness():
    x = torch.stack([torch.full((3, 4, 4), v) for v in (0.1, 0.6)])
    assert toys.not_finite(above=0.5)(x).isnan().all(dim=1).tolist() == [False, True]
    assert toys.not_finite()(x).isnan().all()


@pytest.mark.parametrize(
    "model",
    [toys.reads_object(), toys.reads_background(), toys.constant(), toys.not_finite(0.4), toys.two_layer()],
    ids=lambda m: m.card.name,
)
def test_contract_models(model):
    check_model(model)
    check_model(model, canvas=Batch.of([ToyData()[i] for i in range(5)]).x)


@pytest.mark.parametrize("shift", [0, 1])
def test_contract_data(shift):
    check_dataset(ToyData(30, shift=shift))


def test_toy_batch_has_what_stressors_need():
    batch = toy_batch(4, 40, 30)
    assert set(batch.aux) == {"mask", "filled", "donor", "premade", "reference", "reference_mask"}
    assert torch.equal(batch.aux["reference"][1], batch.x[0].flip(-1))
    assert torch.equal(batch.aux["reference_mask"][0], batch.aux["mask"][-1].flip(-1))
    assert torch.equal(batch.x, (batch.x * 255).round() / 255)
    mask = batch.aux["mask"]
    # away from the object the fill is the picture itself; a disk of radius r covers pi r^2
    outside = (mask == 0).expand_as(batch.x)
    assert torch.equal(batch.x[outside], batch.aux["filled"][outside])
    radius = torch.tensor([0.16, 0.18, 0.20, 0.16]) * 30
    assert torch.allclose(mask.sum(dim=(1, 2, 3)), torch.pi * radius**2, rtol=0.02)
    assert torch.equal(toy_batch(4, 40, 30).x, batch.x)


def test_testing_needs_no_pytest():
    code = "import sys; sys.modules['pytest'] = None; import durometer.testing, durometer.testing.toys"
    subprocess.run([sys.executable, "-c", code], check=True)
