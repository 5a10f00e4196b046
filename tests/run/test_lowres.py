"""The suite `lowres` from pictures to the report's figures, on stripes that the sampling theorem judges."""

import numpy as np
import pytest
import torch

from durometer.core import InputSpec, ModelCard
from durometer.data import InMemory
from durometer.explain.summarize import summarize
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run

N, SIDE, PERIOD = 12, 160, 8
"""Twenty stripes across: 64 pixels can carry 32 of them, 32 pixels 16."""


class Striped(torch.nn.Module):
    """Class 1 where pixels differ from the picture's mean by a tenth or more on average."""

    def forward(self, x):
        rough = (x - x.mean((1, 2, 3), keepdim=True)).abs().mean((1, 2, 3))
        return torch.stack([0.1 - rough, rough - 0.1], 1)


def test_oracle_stripes_are_lost_where_no_pixels_can_carry_them(tmp_path):
    stripes = np.round(127.5 + 100 * np.sin(2 * np.pi * (np.arange(SIDE) + 0.5) / PERIOD)).astype(np.uint8)
    striped = np.broadcast_to(stripes[:, None], (SIDE, SIDE, 3))
    flat = np.full((SIDE, SIDE, 3), 128, np.uint8)
    x = np.stack([striped if i % 2 else flat for i in range(N)])
    card = ModelCard("net", "", labels=("flat", "striped"), input=InputSpec(size=(SIDE, SIDE)))
    data = InMemory(x, np.arange(N) % 2, labels=("flat", "striped"), name="stripes")
    plan = Plan((ModelPlan(ModuleModel(Striped(), card)),), DataPlan(data))
    (curve,) = summarize(run(plan, tmp_path / "record", suites=["lowres"])).more["resolution"]
    assert (curve.model, curve.filter, curve.chance, curve.full.value) == ("net", "bicubic", 0.5, 1)
    # half of the pictures are flat and stay so; the others are called flat once their stripes are gone.
    # Γ = γ (1 − exp(−200 · .5²)) = γ to the 21st digit
    assert {p.side: p.accuracy.value for p in curve.points} == {16: 0.5, 32: 0.5, 64: 1, 128: 1}
    assert [p.relative.value for p in curve.points] == [0.5, 0.5, 1, 1]
    assert [p.improved.value for p in curve.points] == pytest.approx([0.5, 0.5, 1, 1])
