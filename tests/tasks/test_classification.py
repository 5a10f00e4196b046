"""Classification against answers worked out by hand and against torch's own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from durometer.core import ModelError, UsageError
from durometer.tasks import TASKS, Classification

# labels of the data: cat (output 0), dog (outputs 1 and 2), fish (no output of this model)
PETS = Classification((frozenset({0}), frozenset({1, 2}), frozenset()), top=3)
CAT, DOG, FISH, EITHER = frozenset({0}), frozenset({1}), frozenset({2}), frozenset({0, 1})


def logs(*shares):
    """Logits whose softmax is these shares."""
    return torch.tensor([[math.log(s) for s in shares]])


def test_oracle_decode_by_hand():
    found = PETS.decode(logs(0.2, 0.5, 0.1, 0.2))
    assert found["answer"].tolist() == [1]
    assert found["confidence"].tolist() == pytest.approx([0.5])
    assert found["top"].tolist() == [[1, 0, 3]]  # of the two at 0.2 the lower index first
    assert found["top_confidence"][0].tolist() == pytest.approx([0.5, 0.2, 0.2])


def test_oracle_among_only_the_competing_outputs_count():
    # without output 1 the shares 0.2, 0.1, 0.2 become 0.4, 0.2, 0.4; answers stay the model's own indices
    task = Classification(PETS.accepted, among=(3, 2, 0), top=5)
    found = task.decode(logs(0.2, 0.5, 0.1, 0.2))
    assert found["top"].tolist() == [[0, 3, 2]]
    assert found["top_confidence"][0].tolist() == pytest.approx([0.4, 0.4, 0.2])
    # a dog is right with 1 or 2, but only 2 competes: -log 0.2
    assert task.loss(logs(0.2, 0.5, 0.1, 0.2), [DOG]).tolist() == pytest.approx([-math.log(0.2)])


def test_oracle_score_by_hand():
    outputs = torch.cat([logs(0.7, 0.1, 0.1, 0.1), logs(0.1, 0.1, 0.7, 0.1), logs(0.1, 0.1, 0.1, 0.7)])
    assert PETS.score(outputs, [CAT] * 3).tolist() == [1, 0, 0]
    assert PETS.score(outputs, [DOG] * 3).tolist() == [0, 1, 0]
    assert PETS.score(outputs, [EITHER] * 3).tolist() == [1, 1, 0]
    assert PETS.score(outputs, [CAT, DOG, CAT]).dtype == torch.float32


def test_oracle_loss_sums_what_is_accepted():
    outputs = logs(0.2, 0.5, 0.1, 0.2)
    assert PETS.loss(outputs, [CAT]).tolist() == pytest.approx([-math.log(0.2)])
    assert PETS.loss(outputs, [DOG]).tolist() == pytest.approx([-math.log(0.6)])
    assert PETS.loss(outputs, [EITHER]).tolist() == pytest.approx([-math.log(0.8)])


@given(st.integers(1, 6), st.integers(2, 9), st.integers(0, 10**6))
@settings(deadline=None, max_examples=40)
def test_differential_one_accepted_output_is_cross_entropy(n, k, seed):
    generator = torch.Generator().manual_seed(seed)
    output = (5 * torch.randn(n, k, generator=generator, dtype=torch.float64)).requires_grad_(True)
    labels = torch.randint(k, (n,), generator=generator)
    task = Classification(tuple(frozenset({i}) for i in range(k)))
    ours = task.loss(output, [frozenset({int(i)}) for i in labels])
    theirs = cross_entropy(output, labels, reduction="none")
    assert torch.allclose(ours, theirs, atol=1e-9)
    (a,) = torch.autograd.grad(ours.sum(), output, retain_graph=True)
    (b,) = torch.autograd.grad(theirs.sum(), output)
    assert torch.allclose(a, b, atol=1e-9)


@given(st.integers(0, 10**6), st.permutations(range(6)))
@settings(deadline=None, max_examples=40)
def test_differential_probabilities_and_logits_agree(seed, order):
    logits = torch.randn(3, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    accepted = tuple(frozenset({i}) for i in range(6))
    targets = [frozenset({order[0]}), frozenset({order[1], order[2]}), frozenset({order[3]})]
    for among in (None, tuple(order[:5])):
        raw = Classification(accepted, among=among, top=6)
        given_shares = Classification(accepted, among=among, probabilities=True, top=6)
        shares = logits.softmax(dim=1)
        for key, column in raw.decode(logits).items():
            assert torch.allclose(column, given_shares.decode(shares)[key]), key
        assert torch.allclose(raw.loss(logits, targets), given_shares.loss(shares, targets))
        assert torch.equal(raw.score(logits, targets), given_shares.score(shares, targets))


@given(st.integers(0, 10**6), st.floats(-50, 50))
@settings(deadline=None, max_examples=30)
def test_properties_adding_a_constant_to_logits_changes_nothing(seed, shift):
    logits = torch.randn(2, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    before, after = PETS.decode(logits), PETS.decode(logits + shift)
    assert torch.equal(before["top"], after["top"])
    assert torch.allclose(before["top_confidence"], after["top_confidence"])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_oracle_outputs_that_are_not_finite_answer_nothing(bad):
    output = torch.tensor([[bad, 0.0, 0.0, 5.0], [9.0, 0.0, 0.0, 0.0]])
    found = PETS.decode(output)
    assert found["answer"].tolist() == [-1, 0]
    assert math.isnan(found["confidence"][0])
    assert found["top"][0].tolist() == [-1, -1, -1]
    assert found["top_confidence"][0].isnan().all()
    assert found["confidence"][1] > 0.99
    assert PETS.score(output, [CAT, CAT]).tolist() == [0, 1]


def test_outputs_that_do_not_compete_may_be_anything():
    task = Classification(PETS.accepted, among=(0, 1, 2))
    assert task.decode(torch.tensor([[1.0, 0.0, 0.0, math.nan]]))["answer"].tolist() == [0]


def test_huge_logits_and_certain_probabilities_stay_finite():
    huge = torch.tensor([[1e30, 0.0, -1e30, 0.0]])
    assert PETS.loss(huge, [CAT]).tolist() == [0.0]
    assert PETS.loss(huge, [DOG]).tolist() == [pytest.approx(1e30)]
    sure = Classification(PETS.accepted, probabilities=True)
    assert math.isfinite(sure.loss(torch.tensor([[1.0, 0, 0, 0]]), [DOG]).item())


def test_half_precision_is_decoded_in_single():
    found = PETS.decode(torch.tensor([[1.0, 0, 0, 0]], dtype=torch.float16))
    assert found["confidence"].dtype == torch.float32


def test_outputs_of_and_registry():
    assert PETS.outputs_of(DOG) == (1, 2)
    assert PETS.outputs_of(EITHER) == (0, 1, 2)
    assert PETS.outputs_of(FISH) == ()
    assert TASKS.make("classification", {"accepted": (frozenset({0}),), "top": 2}).top == 2


def test_errors():
    outputs = torch.zeros(1, 4)
    with pytest.raises(
        UsageError, match=r"none of the model's outputs stands for the label \[2\]\. Leave such samples out"
    ):
        PETS.score(outputs, [FISH])
    with pytest.raises(ModelError, match=r"outputs of shape \(1, 2\) have no class 2"):
        PETS.decode(torch.zeros(1, 2))
    with pytest.raises(ModelError, match=r"outputs of shape \(4,\) have no class 2"):
        PETS.decode(torch.zeros(4))
    with pytest.raises(UsageError, match="no output of the model is accepted for any label"):
        Classification((frozenset(), frozenset()))
    with pytest.raises(UsageError, match="no output competes"):
        Classification((frozenset({0}),), among=())
    with pytest.raises(UsageError, match="a target accepts none of the outputs that compete"):
        Classification(PETS.accepted, among=(1, 2)).loss(outputs, [CAT])
