"""The ball on the background: L-infinity where no object stands, nothing at all where one does."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from durometer.core import Batch, ExtensionError
from durometer.testing import check_threat
from durometer.testing.scenes import toy_batch
from durometer.threat import Background, Linf, Local
from durometer.threat.local import among, around


def knowing(mask, **values):
    mask = torch.as_tensor(mask, dtype=torch.float32)
    batch = Batch(("a",) * len(mask), mask.expand(-1, 3, -1, -1), (0,) * len(mask), {"mask": mask})
    return Background(**values).around(batch)


@pytest.mark.parametrize(
    "threat", [Background(), Background(epsilon=1.0), Background(epsilon=0.2, low=-1, high=2)]
)
def test_contract(threat):
    check_threat(threat)


def test_contract_around_one_mask_for_all():
    check_threat(
        knowing([[[[1.0, 0.5], [0.0, 0.02]]]]), x=torch.rand(4, 3, 2, 2, generator=torch.Generator())
    )


def test_oracle_by_hand():
    # object, an edge with 3 % of it, and two pixels of background, one of them with a trace below 2 %
    threat = knowing([[[[1.0, 0.03, 0.01, 0.0]]]], epsilon=0.1)
    x, wish = torch.tensor([[[[0.5, 0.5, 0.95, 0.05]]]]), torch.tensor([[[[0.0, 1.0, 2.0, -1.0]]]])
    assert threat.project(x, wish).flatten().tolist() == pytest.approx([0.5, 0.5, 1.0, 0.0])
    low, high = threat.box(x)
    assert low.flatten().tolist() == pytest.approx([0.5, 0.5, 0.85, 0.0])
    assert high.flatten().tolist() == pytest.approx([0.5, 0.5, 1.0, 0.15])
    assert threat.steepest(torch.tensor([[[[3.0, -1.0, 2.0, -0.1]]]])).flatten().tolist() == [0, 0, 1, -1]
    one_bit = x.clone()
    one_bit[..., 0] = torch.nextafter(one_bit[..., 0], torch.tensor(1.0))
    assert threat.contains(x, one_bit).tolist() == [False]


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=50)
def test_properties_the_object_keeps_every_bit(seed, epsilon):
    generator = torch.Generator().manual_seed(seed)
    batch = toy_batch(3, 16, 20)
    threat = Background(epsilon=epsilon).around(batch)
    near = threat.project(batch.x, batch.x + torch.randn(batch.x.shape, generator=generator))
    inside = (batch.aux["mask"] > 0.02).expand_as(near)
    assert torch.equal(near[inside], batch.x[inside])
    assert threat.contains(batch.x, near).all()
    outside = Linf(epsilon=epsilon).project(batch.x, near)
    assert torch.equal(outside, near)


def test_without_an_object_it_is_the_ball():
    x = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    wish, threat, ball = x.flip(0), knowing(torch.zeros(2, 1, 4, 5)), Linf()
    assert torch.equal(threat.project(x, wish), ball.project(x, wish))
    assert torch.equal(threat.contains(x, wish), ball.contains(x, wish))
    assert torch.equal(threat.size(x, wish), ball.size(x, wish))
    assert torch.equal(threat.steepest(x - wish), ball.steepest(x - wish))


def test_part_of_a_batch_has_its_own_masks():
    batch = toy_batch(4, 16, 20)
    threat = Background(epsilon=1.0).around(batch)
    part = threat.select([3, 1])
    assert torch.equal(
        part.project(batch.x[[3, 1]], batch.x[[0, 0]]), threat.project(batch.x, batch.x[[0]])[[3, 1]]
    )
    assert part == threat == Background(epsilon=1.0)  # what it knows is no parameter


def test_threats_that_are_the_same_for_all_stay_as_they_are():
    ball, batch = Linf(), toy_batch(2, 8, 8)
    assert not isinstance(ball, Local)
    assert around(ball, batch) is ball
    assert among(ball, [0]) is ball


def test_it_says_what_it_allows():
    assert Background().describe() == "Linf within 8/255 on the background"
    assert Background(epsilon=1.0).describe() == "any change on the background"


def test_errors():
    batch = toy_batch(3, 8, 10)
    with pytest.raises(ExtensionError, match=r"threat 'background': the batch has no masks\. Give aux"):
        Background().around(batch.but(aux={}))
    with pytest.raises(ExtensionError, match=r"it does not know yet where the objects are\. Call around"):
        Background().project(batch.x, batch.x)
    with pytest.raises(
        ExtensionError, match=r"knows masks of shape \(3, 1, 8, 10\), not of inputs \(2, 3, 8, 10\)"
    ):
        Background().around(batch).project(batch.x[:2], batch.x[:2])
