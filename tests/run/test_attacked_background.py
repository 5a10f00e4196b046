"""Attacks on the background in a plan: masks go the way of the pixels, and who has none is counted."""

import json
from dataclasses import dataclass

import pytest
import torch

from durometer.core import InputSpec, ModelCard, PlanError, Sample
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.attacked import viewed
from durometer.run.toml import condition
from durometer.testing.scenes import toy_batch

WAYS = ("whole", "no mask", "empty mask", "in the corner", "fills the center")


class Reads(torch.nn.Module):
    """Dark or light by the mean level of the middle of the picture, or of all of it."""

    def __init__(self, middle):
        super().__init__()
        self.middle = middle

    def forward(self, x):
        seen = x[..., 12:20, 12:20] if self.middle else x
        level = seen.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, level - 0.5), dim=1) * 10


@dataclass(frozen=True)
class Five:
    """Light pictures of 64 × 64, one for each way a mask can be; an object is a square in the middle."""

    level: float = 0.6
    name: str = "five"
    labels: tuple[str, ...] = ("dark", "light")
    mask_count: int = 4

    def __len__(self):
        return len(WAYS)

    def ids(self):
        return WAYS

    def __getitem__(self, i):
        waves = 0.2 * (toy_batch(5, 64, 64).x[i] - 0.5)
        mask = torch.zeros(1, 64, 64)
        x = self.level + waves
        where = {"whole": slice(20, 44), "in the corner": slice(0, 8), "fills the center": slice(4, 60)}
        if WAYS[i] in where:
            mask[:, where[WAYS[i]], where[WAYS[i]]] = 1
            x = torch.where(mask > 0, self.level, x)
        return Sample(WAYS[i], x.clamp(0, 1), frozenset({1}), {} if WAYS[i] == "no mask" else {"mask": mask})


def model(middle):
    # the input is the canvas's center of 44 pixels, squeezed to 32: the corner is not seen
    spec = InputSpec(size=(32, 32), crop=44 / 64)
    return ModuleModel(Reads(middle), ModelCard("net", "", labels=("dark", "light"), input=spec))


def rows_of(tmp_path, attack, *, middle=False, **values):
    plan = condition({"attack": attack, **values}, where="test")
    record = run(Plan((ModelPlan(model(middle)),), DataPlan(Five()), (plan,), batch_size=3), tmp_path)
    (key,) = (k for k, c in record.manifest["conditions"].items() if c["family"] == "attack")
    rows = record.rows(where={"condition": key})
    return {rows["sample"][i]: {k: rows[k][i] for k in rows} for i in range(len(rows["sample"]))}


@pytest.mark.parametrize("attack", ["pgd", "background-texture", "complexity-adversarial"])
def test_who_can_not_be_attacked_is_counted_with_the_reason(tmp_path, attack):
    values = {"threat": {"name": "background", "epsilon": 1.0}} if attack == "pgd" else {}
    rows = rows_of(tmp_path, attack, **values)
    assert {name: row["status"] for name, row in rows.items() if row["status"] != "ok"} == dict.fromkeys(
        WAYS[1:], "not-edited"
    )
    assert rows["no mask"]["reason"] == "this sample has no mask"
    assert rows["empty mask"]["reason"].startswith("the mask is empty")
    assert rows["in the corner"]["reason"] == "the model's own crop leaves nothing of the object"
    assert rows["fills the center"]["reason"].startswith("the object fills the model's whole input")
    assert rows["no mask"]["facts"] == "{}"
    if attack != "complexity-adversarial":  # its steps are as small as this background's complexity
        assert rows["whole"]["score"] == 0  # the background decides, and any change of it is allowed
    assert json.loads(rows["whole"]["facts"])["size"] > 0


@pytest.mark.parametrize("attack", ["background-texture", "complexity-adversarial"])
def test_a_model_that_reads_the_object_is_never_broken(tmp_path, attack):
    # the middle 8 × 8 of the input lie inside the object, and not one bit of them moves
    assert rows_of(tmp_path, attack, middle=True)["whole"]["score"] == 1


def test_facts_of_the_complexity_reach_the_rows(tmp_path):
    facts = json.loads(rows_of(tmp_path, "complexity-adversarial", factor=1.5)["whole"]["facts"])
    assert facts["complexity_factor"] == pytest.approx(1.5, rel=0.02)
    assert facts["complexity"] == pytest.approx(1.5 * facts["complexity_before"], rel=0.02)


def test_pgd_on_the_background_meets_the_closed_form(tmp_path):
    # all of the input but a square of (24 / 64 · 64 / 44 · 32)² / 32² = 0.2975 may fall by epsilon: light at
    # 0.6 turns dark for epsilon above 0.1 / 0.7 = 0.143 (the waves' mean moves that a little)
    answers = {}
    for epsilon in (0.1, 0.2):
        threat = {"name": "background", "epsilon": epsilon}
        answers[epsilon] = rows_of(tmp_path / str(epsilon), "pgd", threat=threat)["whole"]["score"]
    assert answers == {0.1: 1, 0.2: 0}


def test_the_threat_is_the_one_an_attack_is_meant_for():
    from durometer.run.conditions import make

    made = make(condition({"attack": "background-texture"}, where="test"))
    assert made.title == "background against the model, 50 textures"
    assert made.needs == {"mask"}
    assert make(condition({"attack": "pgd"}, where="test")).needs == frozenset()


def test_without_any_mask_a_plan_is_refused(tmp_path):
    plan = condition({"attack": "background-texture"}, where="test")
    with pytest.raises(PlanError, match="it edits the object, and there are no masks"):
        run(Plan((ModelPlan(model(False)),), DataPlan(Five(mask_count=0)), (plan,)), tmp_path)


def test_masks_go_the_way_of_the_pixels():
    # an input pixel whose mask is whole was made from object alone: another background leaves its every bit
    batch = toy_batch(4, 64, 64)
    other = torch.where(batch.aux["mask"] > 0, batch.x, 1 - batch.x)
    net = model(False)
    seen, changed = viewed(net, batch, masks=True), viewed(net, batch.but(x=other), masks=True)
    whole = (seen.aux["mask"] > 1 - 1e-6).expand_as(seen.x)
    assert whole.any()
    assert torch.equal(seen.x[whole], changed.x[whole])
    none = (seen.aux["mask"] == 0).expand_as(seen.x)
    assert (seen.x[none] - changed.x[none]).abs().max() > 0.1
    assert torch.equal(seen.x, net.view(batch.x))
