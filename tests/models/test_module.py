"""Modules and functions as models: toys with answers worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from durometer.core import InputSpec, Model, ModelCard, ModelError
from durometer.models import CallableModel, ModuleModel
from durometer.models.adapter import to_units
from durometer.models.module import module_digest
from durometer.models.probe import probe


class Means(nn.Module):
    """Answers with the mean of each channel, as it is given."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return self.scale * x.mean(dim=(2, 3))


class Answers(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


def card(**changes):
    return ModelCard("toy", "", **changes)


def solid(r, g, b, n=1):
    return torch.tensor([r, g, b]).view(1, 3, 1, 1).expand(n, 3, 4, 4).clone()


def test_oracle_range_order_and_normalization():
    # 0..255 and BGR: (255 b, 255 g, 255 r) = (51, 102, 204); minus (1, 2, 4) over (2, 4, 8); times 2
    spec = InputSpec(high=255.0, mean=(1.0, 2.0, 4.0), std=(2.0, 4.0, 8.0), order="bgr")
    got = ModuleModel(Means(), card(input=spec))(solid(0.8, 0.4, 0.2))
    torch.testing.assert_close(got, torch.tensor([[50.0, 50.0, 50.0]]))


def test_oracle_minus_one_to_one():
    got = ModuleModel(Means(), card(input=InputSpec(low=-1.0)))(solid(0.0, 0.5, 1.0))
    torch.testing.assert_close(got, torch.tensor([[-2.0, 0.0, 2.0]]))


def test_oracle_layout():
    x = torch.arange(24.0).view(1, 3, 2, 4)
    assert torch.equal(to_units(x, InputSpec(layout="nhwc"))[0, 1, 2], x[0, :, 1, 2])


def test_gradient_is_of_the_input_in_zero_to_one():
    # answer of channel c: 2 * mean((255 x - m) / s) over 16 pixels: 2 * 255 / s / 16 a pixel
    spec = InputSpec(high=255.0, mean=(1.0, 2.0, 4.0), std=(2.0, 4.0, 8.0))
    x = solid(0.8, 0.4, 0.2).requires_grad_(True)
    ModuleModel(Means(), card(input=spec))(x).sum().backward()
    expected = torch.tensor([2 * 255 / s / 16 for s in (2, 4, 8)]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    torch.testing.assert_close(x.grad, expected)


def test_the_callers_module_is_left_as_it_is():
    module = nn.Sequential(nn.BatchNorm2d(3), Means()).train()
    model = ModuleModel(module, card())
    with torch.no_grad():
        module[1].scale.fill_(5.0)
    assert module.training
    assert all(p.requires_grad for p in module.parameters())
    assert not model.module.training
    assert not any(p.requires_grad for p in model.module.parameters())
    torch.testing.assert_close(model(solid(0.5, 0.5, 0.5))[0, 0], torch.tensor(1.0), rtol=1e-4, atol=0)
    assert torch.equal(module[0].running_mean, torch.zeros(3))  # evaluation mode: nothing was counted


def test_handed_over_is_not_copied():
    module = Means()
    assert ModuleModel(module, card(), copy=False).module is module


def test_half_precision_weights_take_their_own_type():
    answer = ModuleModel(Means().half(), card())(solid(0.5, 0.25, 1.0))
    assert answer.dtype == torch.float32
    torch.testing.assert_close(answer, torch.tensor([[1.0, 0.5, 2.0]]))


def test_card_is_filled_in():
    model = ModuleModel(Means(), card())
    assert isinstance(model, Model)
    assert model.card.traits == {"grad", "logits"}
    assert model.card.digest == module_digest(Means())
    assert ModuleModel(Means(), card(output="probabilities")).card.traits == {"grad"}


def test_golden_digest_of_class_and_state():
    """Made by: sha256 of class name, then "\n" + name + " " + dtype + " " + shape + " " + bytes, sorted."""
    import hashlib

    content = f"{Means.__module__}.Means\nscale torch.float32 () ".encode() + np.float32(2).tobytes()
    assert module_digest(Means()) == hashlib.sha256(content).hexdigest()


def test_properties_digest_sees_values_types_and_class():
    base = module_digest(nn.Linear(2, 2))
    same = nn.Linear(2, 2)
    assert module_digest(same) != base
    assert module_digest(same) == module_digest(same)
    assert module_digest(same.half()) != module_digest(same.float())

    class Other(nn.Linear):
        pass

    other = Other(2, 2)
    other.load_state_dict(same.state_dict())
    assert module_digest(other) != module_digest(same)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: {"logits": x.mean((2, 3)), "features": x},
        lambda x: {"features": x, "out": x.mean((2, 3))},
        lambda x: {"anything": x.mean((2, 3))},
        lambda x: (x.mean((2, 3)), x),
        lambda x: [{"logits": x.mean((2, 3))}],
        lambda x: SimpleNamespace(logits=x.mean((2, 3)), loss=None),
        lambda x: x.mean((2, 3), keepdim=True),
        lambda x: x.mean((2, 3)).double(),
    ],
)
def test_oracle_scores_are_found_in_any_usual_answer(make):
    x = solid(0.1, 0.2, 0.3, n=2)
    torch.testing.assert_close(ModuleModel(Answers(make), card())(x), torch.tensor([[0.1, 0.2, 0.3]] * 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: x, "toy: answered with shape (2, 3, 4, 4) for 2 inputs. A classifier returns (B, K)"),
        (
            lambda x: x.mean((1, 2, 3)),
            "answered with shape (2,) for 2 inputs. One score an input is not enough",
        ),
        (lambda x: x.mean((1, 2, 3))[:, None], "One score an input is not enough: return two"),
        (lambda x: x.mean((2, 3))[:1], "answered with shape (1, 3) for 2 inputs"),
        (
            lambda x: {"a": x, "b": x},
            "answered with dict with the keys a, b, in which no class scores were found",
        ),
        (lambda x: "cat", "answered with str, in which no class scores were found. Wrap it in a module"),
        (
            lambda x: x.flatten(1) @ torch.ones(3, 2),
            "failed on an input of shape (2, 3, 4, 4): mat1 and mat2",
        ),
    ],
)
def test_errors_of_answers(make, message):
    with pytest.raises(ModelError) as error:
        ModuleModel(Answers(make), card())(solid(0.1, 0.2, 0.3, n=2))
    assert message in str(error.value)


def test_answers_that_are_not_finite_are_the_runs_business():
    model = ModuleModel(Answers(lambda x: x.mean((2, 3)) / 0), card())
    assert torch.isinf(model(solid(0.1, 0.2, 0.3))).all()


def test_errors_of_a_device_that_is_not_there():
    with pytest.raises(ModelError, match=r"^gpu: the device can't be used .* Use --device cpu.$"):
        ModuleModel(Means(), card(), device="gpu")


def test_errors_of_a_module_that_can_not_be_copied():
    module = Means()
    module.lock = __import__("threading").Lock()
    with pytest.raises(ModelError, match=r"^toy: the module can't be copied .* copy=False"):
        ModuleModel(module, card())


def test_probe_counts_the_outputs_of_one_gray_canvas():
    seen = []
    model = ModuleModel(
        Answers(lambda x: seen.append(x.clone()) or torch.zeros(len(x), 7)), card(), copy=False
    )
    assert probe(model, (3, 5, 6)) == 7
    assert torch.equal(seen[0], torch.full((1, 3, 5, 6), 0.5))


def test_probe_refuses_a_strangers_model_that_answers_otherwise():
    stranger = SimpleNamespace(card=card(), view=lambda c: c, __call__=None)

    class Stranger:
        card = stranger.card

        def view(self, canvas):
            return canvas

        def __call__(self, x):
            return np.zeros((1, 3))

    with pytest.raises(ModelError, match=r"^toy: answered with ndarray for 1 inputs"):
        probe(Stranger(), (3, 4, 4))


def test_oracle_callables_of_both_kinds():
    x = solid(0.1, 0.2, 0.3, n=2)
    by_numpy = CallableModel(lambda a: np.asarray(a).mean((2, 3)) * 3, card(), takes="numpy")
    by_torch = CallableModel(lambda a: a.mean((2, 3)) * 3, card(), takes="torch")
    expected = torch.tensor([[0.3, 0.6, 0.9]] * 2)
    torch.testing.assert_close(by_numpy(x), expected)
    torch.testing.assert_close(by_torch(x), expected)
    assert by_numpy.card.traits == by_torch.card.traits == {"logits"}


def test_gradients_through_a_callable_only_when_asked_for():
    x = solid(0.1, 0.2, 0.3).requires_grad_(True)
    assert not CallableModel(lambda a: a.mean((2, 3)), card(), takes="torch")(x).requires_grad
    offered = CallableModel(lambda a: a.mean((2, 3)), card(), takes="torch", differentiable=True)
    assert offered.card.traits == {"grad", "logits"}
    offered(x).sum().backward()
    torch.testing.assert_close(x.grad, torch.full((1, 3, 4, 4), 1 / 16))


def test_errors_of_a_callable():
    with pytest.raises(ModelError, match=r"failed on an input of shape .*: division by zero"):
        CallableModel(lambda a: 1 / 0, card())(solid(0.0, 0.0, 0.0))
