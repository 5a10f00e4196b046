"""Recombination and adversarial training: what they do to a batch, by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, nn

from durometer.core import Batch
from durometer.data.scenes import Scenes
from durometer.harden import Adversarial, Recombine, train
from durometer.harden.train import classification
from durometer.models.zoo import fresh
from durometer.threat import Linf


def flat_batch(n):
    """Objects of value (i + 1) / 100 on a square, filled backgrounds of value 0.5 + i / 100."""
    own = torch.arange(n).float()[:, None, None, None]
    mask = torch.zeros(n, 1, 12, 12)
    mask[:, :, 3:9, 3:9] = 1
    x = torch.where(mask > 0, (own + 1) / 100, torch.full_like(own, 0.9)).expand(n, 3, 12, 12)
    filled = (0.5 + own / 100).expand(n, 3, 12, 12)
    ids = tuple(f"s/{i}" for i in range(n))
    return Batch(
        ids, x.contiguous(), tuple(frozenset({i % 2}) for i in range(n)), {"mask": mask, "filled": filled}
    )


@settings(max_examples=30)
@given(st.integers(2, 20), st.integers(0, 10**6))
def test_properties_objects_stay_and_nobody_keeps_the_own_background(n, seed):
    batch = flat_batch(n)
    result = Recombine(chance=1.0)(batch, Generator().manual_seed(seed))
    assert result.x[:, :, 4:8, 4:8].equal(batch.x[:, :, 4:8, 4:8])
    donors = ((result.x[:, 0, 0, 0] - 0.5) * 100).round().long()
    assert sorted(donors.tolist()) == list(range(n))  # each background is used once
    assert (donors != torch.arange(n)).all()
    assert result.y == batch.y
    assert batch.x.equal(flat_batch(n).x)


def test_theorem_the_chance_is_the_share_that_moves():
    batch, generator = flat_batch(40), Generator().manual_seed(0)
    results = [Recombine(chance=0.3)(batch, generator).x for _ in range(50)]
    moved = torch.stack([(x != batch.x).flatten(1).any(dim=1) for x in results]).float().mean().item()
    assert abs(moved - 0.3) < 4 * (0.3 * 0.7 / 2000) ** 0.5
    assert Recombine(chance=0.0)(batch, generator).x.equal(batch.x)


def linear():
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor([[1.0, -2.0, 0.5, 3.0], [0.0, 1.0, 1.0, -1.0]]))
        network[1].bias.zero_()
    return network


def test_oracle_a_linear_network_is_worst_at_the_corner():
    x = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.02, 0.98, 0.5, 0.01]]).reshape(2, 1, 2, 2)
    batch = Batch(("a", "b"), x, (frozenset({0}), frozenset({0})))
    found = Adversarial(threat=Linf(epsilon=0.1), steps=10, step=0.5)(
        linear(), classification(("p", "q")), batch, Generator().manual_seed(0)
    )
    # the loss of class 0 rises along row 1 minus row 0 = (-1, 3, 0.5, -4); corners are clipped to [0, 1]
    wanted = torch.tensor([[0.4, 0.6, 0.6, 0.4], [0.0, 1.0, 0.6, 0.0]]).reshape(2, 1, 2, 2)
    assert torch.allclose(found, wanted, atol=1e-6)


def test_properties_the_search_stays_inside_and_leaves_no_trace():
    network = fresh("cnn", seed=0, classes=8, widths=(8, 8, 8, 8)).train()
    kept = {k: v.clone() for k, v in network.state_dict().items()}
    data = Scenes(n=6, size=32)
    batch = Batch.of([data[i] for i in range(6)])
    batch = batch.but(x=batch.x / 255.0)
    threat, task = Linf(epsilon=4 / 255), classification(data.labels)
    found = Adversarial(threat=threat)(network, task, batch, Generator().manual_seed(0))
    assert threat.contains(batch.x, found).all()
    assert not found.requires_grad
    assert network.training
    assert all(network.state_dict()[k].equal(v) for k, v in kept.items())
    assert all(p.grad is None for p in network.parameters())
    network.eval()
    with torch.no_grad():
        assert task.loss(network(found), batch.y).mean() > task.loss(network(batch.x), batch.y).mean()


@pytest.mark.parametrize("ingredient", [{"augment": Recombine()}, {"attack": Adversarial(steps=1)}])
def test_properties_training_with_an_ingredient_is_the_same_each_time(ingredient):
    data = Scenes(split="train", n=16, size=32)
    begun = fresh("cnn", seed=0, classes=8, widths=(8, 8, 8, 8))
    one, again, plain = (
        train(begun, data, epochs=1, batch_size=8, **options).state_dict()
        for options in (ingredient, ingredient, {})
    )
    assert all(one[k].equal(again[k]) for k in one)
    assert any(not one[k].equal(plain[k]) for k in one)
