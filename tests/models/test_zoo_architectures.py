"""The three architectures against arithmetic, functional code and what they must not notice."""

import math

import pytest
import torch
from torch.nn import functional as F

from durometer.core import ModelError
from durometer.models.zoo import fresh
from durometer.models.zoo.building import filled

NUMBERS = {
    # convolutions; norms; head
    "cnn": 9 * (3 * 32 + 32 * 48 + 48 * 64 + 64 * 96) + 2 * (32 + 48 + 64 + 96) + 96 * 8 + 8,
    # stem; then per block a·b·9 + b·b·9 + a·b and three norms of b
    "resnet": 9 * 3 * 24
    + 2 * 24
    + sum(10 * a * b + 9 * b * b + 6 * b for a, b in ((24, 32), (32, 48), (48, 80)))
    + 80 * 8
    + 8,
    # patches 8·8·3·64 + 64; places 64·64; per block 12·64² weights, 9·64 biases, 4·64 in norms; norm, head
    "vit": 192 * 64 + 64 + 64 * 64 + 4 * (12 * 64 * 64 + 9 * 64 + 4 * 64) + 2 * 64 + 64 * 8 + 8,
}


def noise(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", NUMBERS)
def test_oracle_parameters_are_as_many_as_the_drawing_says(name):
    count = sum(p.numel() for p in fresh(name, seed=0, classes=8).parameters())
    assert count == NUMBERS[name]
    assert 4 * count < 1_000_000  # float32


@pytest.mark.parametrize("name", ["cnn", "resnet"])
@pytest.mark.parametrize("shape", [(32, 32), (33, 47), (64, 64), (150, 40)])
def test_convolutions_take_any_size_from_32(name, shape):
    network = fresh(name, seed=0, classes=5).eval()
    with torch.no_grad():
        batch = noise(3, 3, *shape)
        logits = network(batch)
        assert logits.shape == (3, 5)
        assert torch.allclose(logits[:1], network(batch[:1]), atol=1e-5)  # rows don't see each other


def test_differential_cnn_by_functional_calls():
    network = fresh("cnn", seed=3, classes=4)
    with torch.no_grad():
        network.train()(noise(8, 3, 40, 40))  # so that running statistics are not 0 and 1
        state, x = network.eval().state_dict(), (noise(2, 3, 40, 40) - 0.5) / 0.25
        for i, stride in enumerate((2, 2, 2, 1), start=1):
            x = F.conv2d(x, state[f"features.{i}.0.weight"], stride=stride, padding=1)
            mean, var = state[f"features.{i}.1.running_mean"], state[f"features.{i}.1.running_var"]
            scale = state[f"features.{i}.1.weight"] / torch.sqrt(var + 1e-5)
            x = (x - mean[:, None, None]) * scale[:, None, None] + state[f"features.{i}.1.bias"][
                :, None, None
            ]
            x = x.clamp_min(0)
        wanted = x.flatten(2).mean(dim=2) @ state["head.weight"].T + state["head.bias"]
        assert torch.allclose(network(noise(2, 3, 40, 40)), wanted, atol=1e-5)


def test_differential_resnet_block_whose_branch_is_switched_off_is_its_shortcut():
    network = fresh("resnet", seed=0, classes=4).eval()
    block, x = network.features[2], noise(2, 24, 16, 16)
    with torch.no_grad():
        block.second[1].weight.zero_()  # the branch then adds its norm's bias, which is 0
        straight = F.conv2d(x, block.short[0].weight, stride=2) / math.sqrt(
            1 + 1e-5
        )  # norms of mean 0, variance 1
        assert torch.allclose(block(x), straight.clamp_min(0), atol=1e-6)


def test_theorem_a_transformer_sees_places_only_through_their_vectors():
    """Patches dealt in another order, with their place vectors, give the same logits; without, others."""
    network, x = fresh("vit", seed=0, classes=6).eval(), noise(2, 3, 64, 64)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(1))
    patches = x.unfold(2, 8, 8).unfold(3, 8, 8).flatten(2, 3)[:, :, order]  # (B, 3, 64, 8, 8)
    dealt = patches.unflatten(2, (8, 8)).permute(0, 1, 2, 4, 3, 5).reshape(2, 3, 64, 64)
    with torch.no_grad():
        network.places *= 50  # at their first size, 0.02, they hardly matter
        before = network(x)
        assert not torch.allclose(network(dealt), before, atol=1e-3)
        network.places.copy_(network.places[:, order])
        assert torch.allclose(network(dealt), before, atol=1e-4)


def test_differential_attention_by_hand():
    block = fresh("vit", seed=0, classes=6).blocks[0]
    x = noise(1, 5, 64)
    with torch.no_grad():
        rows = block.query_key_value(x)[0].split(64, dim=1)
        heads = []
        for h in range(4):
            q, k, v = (part[:, 16 * h : 16 * (h + 1)] for part in rows)
            heads.append((q @ k.T / math.sqrt(16)).softmax(dim=1) @ v)
        assert torch.allclose(block._attend(x)[0], torch.cat(heads, dim=1), atol=1e-6)


@pytest.mark.parametrize("name", NUMBERS)
def test_properties_the_seed_alone_decides_the_beginning(name):
    one, again, other = (fresh(name, seed=s, classes=8).state_dict() for s in (5, 5, 6))
    assert all(one[k].equal(again[k]) for k in one)
    assert any(not one[k].equal(other[k]) for k in one)
    assert all(torch.isfinite(v.float()).all() for v in one.values())


def test_oracle_he_initialization():
    weight = fresh("cnn", seed=0, classes=8).features[4][0].weight  # 64 -> 96
    # variance 2 / fan-out = 2 / (96 · 9); 55,296 draws, so the sample's own deviates by 0.3 %
    assert weight.std().item() == pytest.approx(math.sqrt(2 / (96 * 9)), rel=0.02)


def test_errors_parameters_of_another_network():
    state = fresh("cnn", seed=0, classes=8).state_dict()
    with pytest.raises(ModelError, match=r"cnn: the parameters don't fit the architecture .*size mismatch"):
        filled("cnn", {"classes": 9}, state)
