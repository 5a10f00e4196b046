"""Transfer: steps known by hand on linear surrogates, the target never asked, rules of batches, plans."""

import numpy as np
import pytest
import torch

from durometer.attack.engine import Prober
from durometer.attack.shell import judged
from durometer.attack.transfer import Transfer
from durometer.core import Batch, Dice, InputSpec, ModelCard, ModelError, Oracle, PlanError
from durometer.data import InMemory
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition
from durometer.tasks import Classification
from durometer.testing.toys import linear
from durometer.threat import Linf
from durometer.threat.color import Color

TWO = Classification((frozenset({0}), frozenset({1})))


def models(shape=(2, 8, 8)):
    """A target and two surrogates: linear, with weights that partly agree."""
    generator = torch.Generator().manual_seed(0)
    base, own = torch.randn(shape, generator=generator), torch.randn(3, *shape, generator=generator)
    return [linear(torch.stack((base + w, -base - w)) / 10) for w in own], base + own


def oracle(made, batch_size=4):
    _, *others = (Oracle(m, TWO, batch_size=batch_size) for m in made)
    asked = Oracle(made[0], TWO, batch_size=batch_size, others=dict(zip("ab", others, strict=False)))
    return asked, others


def inputs(n=7, shape=(2, 8, 8)):
    x = 0.3 + 0.4 * torch.rand(n, *shape, generator=torch.Generator().manual_seed(1))
    return Batch(tuple(f"s{i}" for i in range(n)), x, (frozenset({0}),) * n)


def search(attack, threat, batch, made, batch_size=4):
    asked, others = oracle(made, batch_size)
    found = judged(attack, asked, batch, threat, Dice(0, attack.name, 1, batch.ids))
    return found, asked, others


def moved(found, batch):
    """Which points the shell kept; it gives the untouched input where the target would do better."""
    return (found.x != batch.x).flatten(1).any(dim=1)


def test_oracle_on_one_linear_surrogate_the_point_is_known():
    # the gradient of the surrogate's loss is along -w: every step goes epsilon / steps along -sign(w)
    made, w = models()
    batch = inputs()
    found, _, _ = search(Transfer(surrogates=("b",), steps=5), Linf(epsilon=0.05), batch, made)
    kept = moved(found, batch)
    assert kept.any()
    expected = batch.x - 0.05 * w[2].sign()
    assert (found.x - expected)[kept].abs().max() < 1e-6


def test_the_target_is_asked_by_the_shell_alone():
    made, _ = models()
    batch = inputs()
    found, asked, others = search(Transfer(steps=5), Linf(), batch, made)
    assert (asked.forwards, asked.backwards) == (2 * len(batch), 0)
    assert [o.backwards for o in others] == [5 * len(batch)] * 2
    assert found.facts["forwards"] == [0] * len(batch)
    assert found.facts["surrogate_passes"] == [2 * (1 + 5 + 5)] * len(batch)


@pytest.mark.parametrize(
    "attack", [Transfer(), Transfer(diversity=0.7, smallest=0.6), Transfer(smoothing=1.0, surrogates=("a",))]
)
def test_the_same_alone_and_among_others(attack):
    made, _ = models()
    batch = inputs()
    whole, _, _ = search(attack, Linf(), batch, made)
    assert Linf().contains(batch.x, whole.x).all()
    for index in ([3], [6, 0, 2]):
        part, _, _ = search(attack, Linf(), batch.select(index), made)
        assert torch.equal(part.x, whole.x[index])


def test_oracle_shrunk_pictures_by_hand():
    # shrunk to half and laid anywhere: what a picture of ones sums to is a quarter of it, wherever it lies
    made, _ = models()
    _, others = oracle(made)
    batch = inputs(5).but(x=torch.ones(5, 2, 8, 8))
    room = Prober(others[0], batch).room(Linf(), Dice(0, "t", 1, batch.ids))
    shown = Transfer(diversity=1.0, smallest=1.0)._shown(batch.x, room, 0)
    assert torch.allclose(shown, batch.x, atol=1e-5)
    shown = Transfer(diversity=1.0, smallest=0.5)._shown(batch.x, room, 0)
    side = 0.5 + 0.5 * room.dice.uniform("diversity 0", (4,))[:, 1]
    assert (shown.mean(dim=(1, 2, 3)) / side.square()).tolist() == pytest.approx([1.0] * 5, rel=0.1)
    assert torch.equal(Transfer(diversity=0.0)._shown(batch.x, room, 0), batch.x)


def test_coordinates_transfer_too():
    made, _ = models()
    found, _, _ = search(Transfer(steps=3), Color(), inputs(), made)
    assert found.point.shape == (7, 4)


def test_errors_without_surrogates():
    made, _ = models()
    with pytest.raises(ModelError, match=r"there is no other model 'c'\. Others are: a, b"):
        search(Transfer(surrogates=("c",)), Linf(), inputs(), made)
    with pytest.raises(ModelError, match=r"there is no other model\. Name two models in the plan"):
        search(Transfer(), Linf(), inputs(), made[:1])


class Level(torch.nn.Module):
    """Dark or light by the mean of one channel, or of all."""

    def __init__(self, channel=None):
        super().__init__()
        self.channel = channel

    def forward(self, x):
        seen = x if self.channel is None else x[:, self.channel : self.channel + 1]
        level = seen.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 10


def plan(table, channels, sizes=(16, 16)):
    data = InMemory(np.full((5, 3, 16, 16), 0.4, np.float32), np.zeros(5, int), labels=("dark", "light"))
    made = tuple(
        ModelPlan(ModuleModel(Level(c), ModelCard(f"m{k}", f"{k}", labels=("dark", "light"),
                                                  input=InputSpec(size=(size, size)))))
        for k, (c, size) in enumerate(zip(channels, sizes, strict=False))
    )  # fmt: skip
    return Plan(made, DataPlan(data), (condition({"attack": "transfer", **table}, where="t"),), batch_size=4)


def scores(folder, made, name):
    record = run(made, folder)
    (key,) = [k for k, c in record.manifest["conditions"].items() if c["family"] == "attack"]
    return record.rows(where={"condition": key, "model": name})


def test_oracle_in_a_plan_only_what_the_surrogate_sees_moves(tmp_path):
    # m0 reads all channels, m1 the first: inputs made against m1 raise one channel of three by 0.15, to a
    # mean of 0.45, and m0 stays right; inputs made against m0 raise all, and m1 breaks
    made = plan({"threat": {"name": "linf", "epsilon": 0.15}}, (None, 0))
    assert scores(tmp_path, made, "m0")["score"].tolist() == [1.0] * 5
    assert scores(tmp_path, made, "m1")["score"].tolist() == [0.0] * 5


def test_models_that_see_otherwise_are_said(tmp_path):
    rows = scores(tmp_path, plan({}, (None, 0), (16, 8)), "m0")
    assert set(rows["reason"]) == {"the surrogate 'm1' is shown pictures in another way"}


@pytest.mark.parametrize(
    ("table", "channels", "message"),
    [
        ({}, (None,), "it makes inputs against the other models, and there is one only. Name two models"),
        ({"surrogates": ["net"]}, (None, 0), r"the plan has no model 'net'\. Its models are: m0, m1"),
    ],
)
def test_errors_in_plans(tmp_path, table, channels, message):
    with pytest.raises(PlanError, match=message):
        run(plan(table, channels), tmp_path)
