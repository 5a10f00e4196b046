"""MAITE models, by their shape: lists in, lists out."""

import numpy as np
import pytest
import torch
from torch import nn

from durometer.core import ModelError
from durometer.models import load_model

WEIGHTS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]])


class Brightness:
    """A MAITE model: a score for each channel, its mean times 1, 2, 3."""

    def __init__(self):
        self.metadata = {"id": "brightness", "index2label": {0: "red", 1: "green", 2: "blue"}}

    def __call__(self, batch, /):
        assert isinstance(batch, list)
        return [np.asarray(x).mean(axis=(1, 2)) @ WEIGHTS.numpy() for x in batch]


class OnArrays(Brightness):
    def __call__(self, batch, /):
        return [x.astype(np.float64).mean(axis=(1, 2)) @ WEIGHTS.numpy() for x in batch]


class OnTensors(Brightness):
    def __call__(self, batch, /):
        return list(torch.stack(batch).mean(dim=(2, 3)) @ WEIGHTS)


class Network(nn.Module):
    """A module and a MAITE model in one."""

    def __init__(self):
        super().__init__()
        self.metadata = {"id": "network", "index2label": {0: "a", 1: "b"}}
        self.weight = nn.Parameter(torch.ones(3, 2))

    def forward(self, batch):
        return torch.stack(batch).mean(dim=(2, 3)) @ self.weight


@pytest.mark.parametrize("kind", [Brightness, OnArrays, OnTensors])
def test_oracle_scores_by_hand(kind):
    model = load_model(kind())
    assert (model.card.name, model.card.labels) == ("brightness", ("red", "green", "blue"))
    assert "grad" not in model.card.traits
    x = torch.tensor([[0.1, 0.2, 0.3], [1.0, 0.5, 0.0]])[:, :, None, None].expand(2, 3, 8, 8)
    assert torch.allclose(model(model.view(x)), torch.tensor([[0.1, 0.4, 0.9], [1.0, 1.0, 0.0]]), atol=1e-6)


def test_oracle_the_range_that_was_said():
    model = load_model(Brightness(), input="range=0..255,size=4", name="other")
    assert model.card.name == "other"
    out = model(torch.full((1, 3, 4, 4), 0.2))
    assert torch.allclose(out, torch.tensor([[51.0, 102.0, 153.0]]))


def test_a_module_with_maite_metadata_is_asked_as_maite_asks():
    network = Network()
    model = load_model(network)
    assert model.card.labels == ("a", "b")
    before = model.card.digest
    assert model(torch.ones(2, 3, 8, 8)).tolist() == [[3.0, 3.0]] * 2
    with torch.no_grad():
        network.weight.add_(1)
    assert load_model(network).card.digest != before


def test_labels_with_gaps_are_not_believed():
    gaps = Brightness()
    gaps.metadata = {"id": "gaps", "index2label": {0: "red", 2: "blue"}}
    assert load_model(gaps).card.labels == ("0", "1", "2")


def test_errors():
    class Fewer(Brightness):
        def __call__(self, batch, /):
            return super().__call__(batch)[:1]

    with pytest.raises(ModelError, match="gave 1 answers for 4 inputs"):
        load_model(Fewer(), input="size=8")

    class Failing(Brightness):
        def __call__(self, batch, /):
            raise RuntimeError("no such kernel")

    with pytest.raises(ModelError, match="no such kernel"):
        load_model(Failing(), input="size=8")
