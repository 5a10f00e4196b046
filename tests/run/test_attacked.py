"""An attack as a condition of a plan: what it finds agrees with the closed form, and is asked again."""

import numpy as np
import pytest
import torch

from durometer.core import InputSpec, ModelCard
from durometer.data import InMemory
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition


class Brightness(torch.nn.Module):
    """Dark or light by the mean level: the boundary lies at one half."""

    def forward(self, x):
        level = x.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 10


@pytest.mark.parametrize(
    ("epsilon", "accuracy"),
    # levels 0.3 and 0.7 stand 0.2 from the boundary in L-infinity: 0.15 never crosses it, 0.25 always does
    [(0.15, 1.0), (0.25, 0.0), ("64/255", 0.0)],
)
def test_oracle_pgd_in_a_plan_meets_the_closed_form(tmp_path, epsilon, accuracy):
    levels = np.where(np.arange(12) % 2, 0.7, 0.3)
    x = np.broadcast_to(levels[:, None, None, None], (12, 3, 16, 16)).astype(np.float32)
    data = InMemory(x, np.arange(12) % 2, labels=("dark", "light"), name="plain")
    model = ModuleModel(
        Brightness(), ModelCard("net", "", labels=("dark", "light"), input=InputSpec(size=(16, 16)))
    )
    attack = condition(
        {"attack": "pgd", "steps": 10, "threat": {"name": "linf", "epsilon": epsilon}}, where="test"
    )
    record = run(Plan((ModelPlan(model),), DataPlan(data), (attack,), batch_size=5), tmp_path)
    words = {key: c for key, c in record.manifest["conditions"].items() if c["family"] == "attack"}
    (key,) = words
    rows = record.rows(where={"condition": key})
    assert rows["score"].mean() == accuracy
    assert set(rows["axis"]) == {"linf"}
    assert words[key]["role"] == "edit"
