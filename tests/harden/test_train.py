"""Training: it learns, the same each time, by the steps that its sources say."""

import math

import pytest
import torch
from torch import nn

from durometer.core import Batch, DataError, UsageError
from durometer.data import InMemory
from durometer.data.scenes import Scenes
from durometer.harden import train
from durometer.harden.train import WEIGHT_DECAY, schedule
from durometer.models.zoo import fresh

TINY = {"classes": 8, "widths": (8, 12, 16, 24)}


@pytest.fixture(scope="module")
def scenes():
    return Scenes(split="train", n=320, size=32)


def test_it_learns(scenes):
    losses = []
    trained = train(
        fresh("cnn", seed=0, **TINY), scenes, epochs=10, batch_size=32, learning_rate=1e-2,
        progress=lambda done, of, loss: losses.append((done, of, loss)),
    )  # fmt: skip
    assert [(done, of) for done, of, _ in losses] == [(k, 10) for k in range(1, 11)]
    assert losses[0][2] > math.log(8) * 0.7  # chance is log 8
    assert losses[-1][2] < losses[0][2] / 3
    assert not trained.training


def test_properties_the_same_arguments_give_the_same_bits(scenes):
    begun = fresh("cnn", seed=0, **TINY)
    kept = {k: v.clone() for k, v in begun.state_dict().items()}
    state = torch.get_rng_state()
    one, again, other = (train(begun, scenes, epochs=1, seed=s).state_dict() for s in (0, 0, 1))
    assert all(one[k].equal(again[k]) for k in one)
    assert any(not one[k].equal(other[k]) for k in one)
    assert torch.get_rng_state().equal(state)
    assert all(begun.state_dict()[k].equal(v) for k, v in kept.items())  # what was given is as it was


def test_oracle_one_step_of_adamw():
    """The first step moves each parameter by lr · sign(gradient), after it decays by 1 - lr · decay."""
    pixels = torch.tensor([[0, 255], [255, 0]], dtype=torch.uint8).reshape(2, 1, 1, 2)
    data = InMemory(pixels.numpy(), [0, 1], labels=("a", "b"))
    network = nn.Sequential(nn.Flatten(), nn.Linear(6, 2))
    with torch.no_grad():
        network[1].weight.copy_(torch.arange(12.0).reshape(2, 6) / 10)
        network[1].bias.copy_(torch.tensor([0.3, -0.2]))
    after = train(network, data, epochs=1, batch_size=2, learning_rate=0.1)[1].weight
    x = pixels.float().div(255).expand(2, 3, 1, 2).reshape(2, 6)
    residual = (x @ network[1].weight.T + network[1].bias).softmax(dim=1) - torch.eye(2)  # of cross-entropy
    gradient = residual.T @ x / 2
    wanted = network[1].weight * (1 - 0.1 * WEIGHT_DECAY) - 0.1 * gradient.sign()
    assert torch.allclose(after, wanted, atol=1e-5)


def test_oracle_schedule():
    # 40 steps: 2 to rise, then half a cosine over 38
    assert [schedule(k, 40) for k in (0, 1, 2)] == [0.5, 1.0, 1.0]
    assert schedule(21, 40) == pytest.approx(0.5)  # 19 of 38: a quarter turn
    assert schedule(39, 40) == pytest.approx(0.5 * (1 + math.cos(math.pi * 37 / 38)))
    assert schedule(0, 1) == 1.0


class Spy:
    """An ingredient that only looks."""

    needs = frozenset({"mask"})

    def __init__(self):
        self.seen = []

    def __call__(self, batch, generator):
        assert isinstance(batch, Batch)
        assert 0 <= batch.x.min() <= batch.x.max() <= 1
        assert batch.aux["mask"].max() == 1
        self.seen.append(batch.ids)
        return batch


def test_every_epoch_sees_every_sample_once_in_another_order():
    spy, data = Spy(), Scenes(split="train", n=64, size=16)
    train(nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 8)), data, epochs=2, batch_size=16, augment=spy)
    first, second = ([i for part in spy.seen[4 * k : 4 * k + 4] for i in part] for k in (0, 1))
    assert sorted(first) == sorted(second) == sorted(data.ids())
    assert first != second


def test_errors(scenes):
    network = fresh("cnn", seed=0, **TINY)
    with pytest.raises(UsageError, match="1 epochs of 320 samples in batches of 500 are no training"):
        train(network, scenes, epochs=1, batch_size=500)
    with pytest.raises(UsageError, match="0 epochs"):
        train(network, scenes, epochs=0)
    bare = InMemory(torch.zeros(4, 3, 8, 8, dtype=torch.uint8), [0, 1, 0, 1], name="bare")
    with pytest.raises(DataError, match="bare/000000: has no mask, which an ingredient"):
        train(network, bare, epochs=1, batch_size=2, augment=Spy())


class TwoShapes(Scenes):
    def __getitem__(self, i):
        return Scenes(n=9, size=16 if i < 3 else 32)[i]


def test_errors_samples_of_two_shapes():
    with pytest.raises(
        DataError, match=r"same/000003: is \(3, 32, 32\) torch.uint8, the first sample \(3, 16, 16\)"
    ):
        train(fresh("cnn", seed=0, **TINY), TwoShapes(n=6), epochs=1, batch_size=2)
