"""Patches, colors and movements as conditions of a plan, against what is known in closed form."""

import json

import numpy as np
import pytest
import torch

from durometer.core import InputSpec, ModelCard
from durometer.data import InMemory
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run, suites
from durometer.run.conditions import expand, make
from durometer.run.toml import condition


class Brightness(torch.nn.Module):
    """Dark or light by the mean level: the boundary lies at one half."""

    def forward(self, x):
        level = x.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 10


def rows_of(folder, table):
    x = np.full((7, 3, 16, 16), 0.4, np.float32)
    data = InMemory(x, np.zeros(7, int), labels=("dark", "light"), name="dark")
    card = ModelCard("net", "", labels=("dark", "light"), input=InputSpec(size=(16, 16)))
    attack = condition(table, where="test")
    plan = Plan((ModelPlan(ModuleModel(Brightness(), card)),), DataPlan(data), (attack,), batch_size=3)
    record = run(plan, folder)
    (key,) = [k for k, c in record.manifest["conditions"].items() if c["family"] == "attack"]
    return record.rows(where={"condition": key})


@pytest.mark.parametrize(
    ("attack", "threat", "broken"),
    [
        # 0.4 · 1.2 + 0.01 = 0.49 stays dark, 0.4 · 1.2 + 0.03 = 0.51 does not
        ({"attack": "pgd"}, {"name": "color", "gain": 0.2, "offset": 0.01}, False),
        ({"attack": "pgd"}, {"name": "color", "gain": 0.2, "offset": 0.03}, True),
        ({"attack": "apgd", "steps": 20}, {"name": "hsv", "value": 0.2}, False),  # 0.4 · 1.2 = 0.48
        ({"attack": "apgd", "steps": 20}, {"name": "hsv", "value": 0.3}, True),
        # a white patch of 6 x 6 of 16 x 16 gives 0.4 + 0.6 · 36 / 256 = 0.484, one of 7 x 7 gives 0.515
        ({"attack": "patch", "steps": 5}, {"name": "patch", "share": 0.14}, False),
        ({"attack": "patch", "steps": 5}, {"name": "patch", "share": 0.19}, True),
        ({"attack": "patch-rs", "queries": 200}, {"name": "patch", "share": 0.14}, False),
        # 42 white pixels give 0.4 + 0.6 · 42 / 256 = 0.4984, 43 give 0.5008
        ({"attack": "fmn"}, {"name": "l0", "pixels": 42}, False),
        ({"attack": "sparse-rs", "queries": 1500}, {"name": "l0", "pixels": 60}, True),
    ],
)
def test_oracle_what_can_be_broken_is(tmp_path, attack, threat, broken):
    rows = rows_of(tmp_path, {**attack, "threat": threat})
    assert rows["score"].tolist() == [0.0 if broken else 1.0] * 7
    assert set(rows["axis"]) == {threat["name"]}


def test_oracle_the_point_is_in_the_record(tmp_path):
    rows = rows_of(tmp_path, {"attack": "pgd", "threat": {"name": "color", "gain": 0.2, "offset": 0.01}})
    facts = [json.loads(f) for f in rows["facts"]]
    # the strongest point is a corner, where every share is 1
    assert [f["size"] for f in facts] == [1.0] * 7
    assert {f["gain 0"] for f in facts} == {1.2}
    assert {f["offset 2"] for f in facts} == {0.01}


@pytest.mark.parametrize(
    ("name", "count", "radii"),
    [("spatial", 9, {10.0, 30.0, 1.0}), ("patch", 12, {0.01, 0.03, 0.05})],
)
def test_suites(name, count, radii):
    made = [make(c) for plan in suites.load(name).conditions for c in expand(plan)]
    assert len({c.key for c in made}) == len({c.title for c in made}) == count
    assert {c.dial.severity for c in made} == radii
