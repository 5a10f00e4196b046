"""Any stressor as an ingredient of a training."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Generator

from durometer.core import Batch, Stressor, UsageError
from durometer.harden import Stressed
from durometer.stress.corruptions.gaussian_noise import GaussianNoise
from durometer.stress.corruptions.medmnist.augmentation import MedMnistAugmentation


@dataclass(frozen=True)
class Black(Stressor):
    """Blacken, but refuse the sample named `no`."""

    name: ClassVar[str] = "black"
    needs: ClassVar[frozenset[str]] = frozenset({"mask"})

    def __call__(self, batch, dice, /):
        refused = {i: "no" for i, name in enumerate(batch.ids) if name == "no"}
        return batch.but(x=torch.zeros_like(batch.x), refused=refused)


def batch_of(ids, value=0.6):
    n = len(ids)
    return Batch(tuple(ids), torch.full((n, 3, 28, 28), value), (frozenset({0}),) * n)


def at(seed):
    return Generator().manual_seed(seed)


def test_what_is_refused_stays():
    shown = Stressed(Black())(batch_of(["a", "no", "b"]), at(0))
    assert shown.x.amax(dim=(1, 2, 3)).tolist() == [0, torch.tensor(0.6).item(), 0]
    assert Stressed(Black()).needs == {"mask"}
    assert not shown.refused


def test_the_chance_is_that_of_a_sample():
    shown = Stressed(Black(), chance=0.25)(batch_of([str(i) for i in range(1000)]), at(1))
    changed = (shown.x == 0).all(dim=(1, 2, 3)).sum().item()
    assert 195 <= changed <= 305  # 250, and four standard deviations of 13.7


def test_a_chance_out_of_range_is_refused():
    with pytest.raises(UsageError, match=r"chance = 1.5 is not between 0 and 1"):
        Stressed(Black(), chance=1.5)


def test_a_batch_gets_other_noise_than_the_next_and_the_same_again():
    stressed, generator = Stressed(GaussianNoise()), at(2)
    one, two = (stressed(batch_of(["a", "b"]), generator).x for _ in range(2))
    assert not torch.equal(one, two)
    assert torch.equal(stressed(batch_of(["a", "b"]), at(2)).x, one)
    turned = stressed(batch_of(["b", "a"]), at(2)).x
    assert torch.equal(turned.flip(0), one)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    Stressed(MedMnistAugmentation(profile="octmnist"))(batch_of(["a", "b"]), at(0))
    assert torch.equal(torch.get_rng_state(), before)
