"""The oracle: one batch shape, exact gradients, honest counts."""

from dataclasses import replace

import pytest
import torch

from durometer.core import ModelError, Oracle, ask
from durometer.core.oracle import in_fixed_batches
from durometer.tasks import Classification
from durometer.testing.toys import linear, two_layer

TWO = Classification((frozenset({0}), frozenset({1})))


class Watched:
    """A model that remembers the shapes it was asked at."""

    def __init__(self, inner):
        self.inner, self.card, self.shapes = inner, inner.card, []

    def __call__(self, x):
        self.shapes.append(tuple(x.shape))
        return self.inner(x)


@pytest.mark.parametrize(("n", "size"), [(1, 4), (4, 4), (5, 4), (11, 4), (3, 1)])
def test_oracle_every_call_has_the_same_shape_and_padding_leaves_no_trace(n, size):
    model = Watched(two_layer())
    x = torch.linspace(0, 1, n * 2).reshape(n, 1, 1, 2)
    found = ask(model, x, batch_size=size)
    assert set(model.shapes) == {(size, 1, 1, 2)}
    assert len(model.shapes) == -(-n // size)
    assert torch.equal(found, two_layer()(x))
    assert [real for _, real in in_fixed_batches(x, size)] == [size] * (n // size) + (
        [n % size] if n % size else []
    )


def test_oracle_loss_and_gradient_by_hand():
    # logits (0.25, 0.5) at (0.5, 0.25); p_1 = 1 / (1 + e^-0.25) = 0.562177, loss of class 0 is
    # -log(1 - p_1) = 0.826 and d loss / dx = p_1 * d(logit 1 - logit 0)/dx = 0.562177 * (-1, 3)
    oracle = Oracle(two_layer(), TWO, batch_size=3)
    x = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2)
    loss, gradient = oracle.gradient(x, [frozenset({0})])
    assert loss.tolist() == pytest.approx([0.825939], abs=1e-5)
    assert gradient.flatten().tolist() == pytest.approx([-0.562177, 1.686530], abs=1e-5)
    assert oracle.score(x, [frozenset({0})]).tolist() == [0.0]
    assert oracle.score(x, [frozenset({1})]).tolist() == [1.0]


def test_oracle_one_question_gives_score_and_loss():
    # as above: -log(1 - p_1) = 0.825939 and wrong, -log(p_1) = 0.575939 and right
    oracle = Oracle(two_layer(), TWO, batch_size=3)
    x = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2).expand(2, -1, -1, -1)
    score, loss = oracle.judge(x, [frozenset({0}), frozenset({1})])
    assert score.tolist() == [0.0, 1.0]
    assert loss.tolist() == pytest.approx([0.825939, 0.575939], abs=1e-5)
    assert (oracle.forwards, oracle.backwards) == (2, 0)


def test_oracle_targets_follow_their_inputs_across_batches():
    weight = torch.tensor([[1.0, 2.0], [3.0, -1.0]]).reshape(2, 1, 1, 2)
    x = torch.linspace(0, 1, 14).reshape(7, 1, 1, 2)
    targets = [frozenset({i % 2}) for i in range(7)]
    one = [
        Oracle(linear(weight), TWO, batch_size=1).gradient(x[i : i + 1], targets[i : i + 1]) for i in range(7)
    ]
    loss, gradient = Oracle(linear(weight), TWO, batch_size=3).gradient(x, targets)
    assert torch.allclose(loss, torch.cat([a for a, _ in one]), atol=1e-7)
    assert torch.allclose(gradient, torch.cat([b for _, b in one]), atol=1e-7)


def test_counts_leave_padding_out():
    oracle = Oracle(two_layer(), TWO, batch_size=4)
    x = torch.zeros(5, 1, 1, 2)
    oracle.logits(x)
    oracle.score(x, [frozenset({0})] * 5)
    oracle.gradient(x, [frozenset({0})] * 5)
    assert (oracle.forwards, oracle.backwards) == (15, 5)


def test_nothing_carries_a_gradient():
    oracle = Oracle(two_layer(), TWO, batch_size=4)
    x = torch.zeros(2, 1, 1, 2, requires_grad=True)
    assert not oracle.logits(x).requires_grad
    loss, gradient = oracle.gradient(x, [frozenset({0})] * 2)
    assert not loss.requires_grad
    assert not gradient.requires_grad
    assert x.grad is None


def test_errors_model_without_gradients():
    model = two_layer()
    model.card = replace(model.card, traits=frozenset({"logits"}))
    with pytest.raises(ModelError, match=r"^two-layer: this model gives no gradients\.$"):
        Oracle(model, TWO, batch_size=4).gradient(torch.zeros(1, 1, 1, 2), [frozenset({0})])
