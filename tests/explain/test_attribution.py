"""Where a model looks: closed forms on linear models, and the table that a record keeps of it."""

import pytest
import torch

from durometer.core import Batch, InputSpec, ModelCard, ModelError
from durometer.data.scenes import Scenes
from durometer.explain import summarize
from durometer.explain.attribution import attribute, looks
from durometer.models.module import ModuleModel
from durometer.run import ConditionPlan, DataPlan, ModelPlan, Plan, run
from durometer.run.prepare import Options, prepare
from durometer.tasks import Classification

SIDE = 16


class Linear(torch.nn.Module):
    """Class 0 gains what class 1 loses, by a fixed weight a pixel."""

    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight)

    def forward(self, x):
        z = (x * self.weight).sum((1, 2, 3))
        return torch.stack([z, -z], 1)


def model_of(weight):
    return ModuleModel(Linear(weight), ModelCard("linear", "", labels=("a", "b"), input=InputSpec()))


def batch_of(x, mask):
    return Batch(("s",), x[None], (frozenset({0}),), {"mask": mask[None]})


@pytest.mark.parametrize("method", ["gradient-input", "integrated-gradients"])
def test_oracle_of_a_linear_model(method):
    # log p depends on x through z alone, so every pixel's attribution is c x_i w_i with one c: shares are
    # sum over the object of |x_i w_i| / sum over all. Object: 8 x 8 of 16 x 16 with x = 1, w = 3; the rest
    # x = .5, w = 1: 64 * 3 / (64 * 3 + 192 * .5) = 192 / 288 = 2/3, per channel alike; area 64 / 256
    mask = torch.zeros(1, SIDE, SIDE)
    mask[:, 4:12, 4:12] = 1
    x = torch.where(mask > 0, 1.0, 0.5).expand(3, -1, -1)
    weight = torch.where(mask > 0, 3.0, 1.0).expand(3, -1, -1) / 1000
    task = Classification((frozenset({0}), frozenset({1})))
    inside, area = looks(model_of(weight), task, batch_of(x, mask), method=method)
    assert inside == [pytest.approx(2 / 3, abs=1e-6)]
    assert area == [pytest.approx(1 / 4)]


def test_a_model_that_looks_at_nothing_has_no_share():
    mask = torch.ones(1, SIDE, SIDE)
    task = Classification((frozenset({0}), frozenset({1})))
    assert looks(model_of(torch.zeros(3, SIDE, SIDE)), task, batch_of(mask.expand(3, -1, -1), mask),
                 method="gradient-input")[0] == [0.0]  # fmt: skip


def test_the_record_keeps_it_and_the_report_reads_it(tmp_path):
    data = Scenes(split="same", n=12, size=32, seed=5)
    plan = Plan(models=(ModelPlan("scenes/cnn"), ModelPlan("scenes/recombined")), data=DataPlan(data),
                conditions=(ConditionPlan("stress", "gray"),))  # fmt: skip
    prepared = prepare(plan, (), Options())
    record = run(plan, tmp_path / "out")
    before = record.manifest["digests"]
    for subject in prepared.subjects:
        for method in ("gradient-input", "integrated-gradients"):
            record = attribute(
                record, data, subject.name, subject.model, subject.task, method=method, steps=4, limit=10,
            )  # fmt: skip
    table = record.table("attributions")
    assert len(table["sample"]) == 2 * 2 * 10
    assert record.manifest["digests"] == before
    record.verify()
    focus = [x for x in summarize(record).more["published"] if x.measure == "foreground focus"]
    assert {(x.model, x.about) for x in focus} == {
        (m.name, method) for m in prepared.subjects for method in ("gradient-input", "integrated-gradients")
    }
    one = (table["model"] == focus[0].model) & (table["method"] == focus[0].about)
    by_hand = (table["inside"][one] / table["area"][one]).mean()
    assert focus[0].value.value == pytest.approx(by_hand)


def test_a_model_without_gradients_is_refused(tmp_path):
    card = ModelCard("mute", "", labels=("a", "b"), traits=frozenset({"logits"}))
    mute = ModuleModel(Linear(torch.zeros(3, SIDE, SIDE)), card)
    with pytest.raises(ModelError, match="it gives no gradients, so it can't be asked where it looks"):
        attribute(None, None, "mute", mute, None)
