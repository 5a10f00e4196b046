"""The odd-one-out test on models that are known to read the layout, or global statistics alone."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from durometer.core import DataError, ModelError, Sample
from durometer.models.features import Features
from durometer.run.oddity import odd_one_out_test
from durometer.stress.attributes.shape_gram import ShapeGram
from durometer.stress.attributes.shape_patches import ShapePatches
from durometer.testing.toys import Toy

N = 24
PATCHES = ShapePatches(of="picture", grid=16)


@dataclass(frozen=True)
class Spotted:
    """Spotted disks of one kind of texture before another: the disk is seen in the layout only."""

    name: str = "spotted"
    labels: tuple[str, ...] = ("disk",)
    side: int = 64

    def __len__(self):
        return N

    def ids(self):
        return tuple(f"s/{i}" for i in range(N))

    def __getitem__(self, i):
        generator = torch.Generator().manual_seed(i)
        noise = torch.rand(3, self.side, self.side, generator=generator)
        at = torch.arange(self.side) + 0.5 - self.side / 2
        disk = ((at[:, None] ** 2 + at**2).sqrt() < self.side * (0.3 + 0.005 * i)).float()
        x = 0.6 * disk * torch.tensor([1.0, 0.8, 0.3])[:, None, None] + 0.4 * noise
        return Sample(f"s/{i}", x.mul(255).round().div(255), frozenset({0}), {"mask": disk[None]})


class Mixed(Spotted):
    """The same, but for one picture too small to be cut into 16 × 16 cells."""

    def __getitem__(self, i):
        return super().__getitem__(i) if i else Spotted(side=12)[0]


class Layout(nn.Module):
    """Brightness on an 8 × 8 grid: where things are, nothing of what they are made of."""

    def __init__(self):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(8)
        self.head = nn.Linear(64, 2)

    def forward(self, x):
        return self.head(self.pool(x.mean(dim=1, keepdim=True)).flatten(1))


def statistics(x):
    """Mean color and second moments of the colors: the same for every order of the pixels."""
    flat = x.double().mul(255).round().flatten(2)  # whole numbers: sums are exact in any order
    mean = flat.mean(dim=2)
    second = torch.einsum("bcn,bdn->bcd", flat, flat) / flat.shape[2]
    return torch.cat((mean, second.flatten(1) / 255), dim=1)


STATISTICS = Toy("statistics", statistics, labels=tuple("abcdefghijkl"))


@pytest.mark.parametrize("versions", [PATCHES, ShapeGram(of="picture", steps=4)])
def test_a_model_that_reads_the_layout_finds_the_original(versions):
    found = odd_one_out_test(Layout(), Spotted(), layer="pool", pool="none", versions=versions, limit=12)
    assert found.accuracy.value > 0.9
    assert found.accuracy.low > found.chance
    assert found.accuracy.n == 12
    assert found.features == "output of layer 'pool'"


def test_a_model_that_reads_statistics_alone_is_exactly_at_chance():
    # patches keep every pixel, so all three have the same features: a tie of three each time
    found = odd_one_out_test(STATISTICS, Spotted(), versions=PATCHES)
    assert found.accuracy.value == pytest.approx(1 / 3)
    assert found.accuracy.low < 1 / 3 < found.accuracy.high
    assert found.features == "answers (logits): it shows no last linear layer"


def test_a_model_that_reads_statistics_alone_is_not_above_chance_on_synthesized_textures():
    # two syntheses miss the statistics each in its own way, so that the original stands between them
    found = odd_one_out_test(STATISTICS, Spotted(), versions=ShapeGram(of="picture", steps=4), limit=12)
    assert found.accuracy.value <= 1 / 3


def test_left_out_the_layer_is_what_goes_into_the_last_linear_one():
    model = Layout().eval()
    features = Features(model)
    assert features.what == "input of the last linear layer 'head'"
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    # the mean over channels, then over 2 × 2 pixels
    wanted = x.mean(dim=1).reshape(3, 8, 2, 8, 2).mean(dim=(2, 4)).flatten(1)
    assert torch.allclose(features(x).float(), wanted, atol=1e-6)
    assert not model.head._forward_pre_hooks


def test_maps_are_taken_over_their_places():
    net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Flatten(), nn.Linear(5 * 36, 2)).eval()
    x = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        maps = net[0](x)
    assert torch.allclose(Features(net, "0")(x).float(), maps.mean(dim=(2, 3)), atol=1e-6)
    assert torch.equal(Features(net, "0", pool="none")(x).float(), maps.flatten(1))


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(ModelError, match=r"there is no layer 'pol'.*pool"):
        Features(Layout(), "pol")
    with pytest.raises(ModelError, match=r"there is no layer 'x'.*Leave layer out to compare its answers"):
        Features(STATISTICS, "x")


def test_samples_that_can_not_be_scrambled_are_counted():
    found = odd_one_out_test(STATISTICS, Mixed(), versions=PATCHES)
    assert found.accuracy.n == N - 1
    assert found.left_out == {"there is no room for two cells; choose smaller cells or a larger canvas": 1}


def test_a_data_set_of_which_nothing_can_be_asked_is_an_error():
    with pytest.raises(
        DataError, match=r"not one sample could be put to the odd-one-out test\. The first reason: "
    ):
        odd_one_out_test(STATISTICS, Spotted(side=12), versions=PATCHES)
    with pytest.raises(DataError, match="Give a data set with samples"):
        odd_one_out_test(STATISTICS, Spotted(), versions=PATCHES, limit=0)


def test_it_is_the_same_again_and_another_seed_is_another_test():
    first, again, other = (
        odd_one_out_test(Layout(), Spotted(), pool="none", layer="pool", versions=PATCHES, seed=s, limit=6)
        for s in (0, 0, 1)
    )
    assert first == again
    assert first.accuracy.n == other.accuracy.n == 6
