"""Edits that take another sample's object, in a plan: a model that reads the object's color follows it."""

import json

import pytest

from durometer.core import PlanError
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition
from durometer.testing.scenes import ToyData
from durometer.testing.toys import reads_background, reads_object

N = 24
SWAP = "object-swap(of='same class')"


def rows_of(folder, *, model=None, **values):
    plan = Plan(
        (ModelPlan(model or reads_object()),),
        DataPlan(ToyData(n=N)),
        (condition(values, where="test"),),
        batch_size=7,
    )
    record = run(plan, folder)
    words = record.manifest["conditions"]
    (key,) = (k for k, c in words.items() if c["spec"]["name"] == values["stress"])
    return words[key], record.rows(where={"condition": key})


# the model takes the mean color of the object's pixels and answers with the nearest class: whose color has
# more of the object
@pytest.mark.parametrize(
    ("values", "accuracy", "role"),
    [
        ({"stress": "object-swap", "of": "another class"}, 0, "diagnostic"),
        ({"stress": "object-swap", "of": "same class"}, 1, "edit"),
        ({"stress": "attribute-transfer", "extent": 0.3, "seam": "hard", "of": "another class"}, 1, "edit"),
        (
            {"stress": "attribute-transfer", "extent": 0.7, "seam": "hard", "of": "another class"},
            0,
            "diagnostic",
        ),
        ({"stress": "attribute-transfer", "extent": 0.7, "seam": "hard", "of": "same class"}, 1, "edit"),
        ({"stress": "appearance-transfer", "of": "another class"}, 0, "edit"),
        ({"stress": "appearance-transfer", "strength": 0.0, "of": "another class"}, 1, "edit"),
        ({"stress": "chain", "steps": [SWAP, "random-background"]}, 1, "edit"),
    ],
)
def test_a_model_that_reads_the_object_answers_for_whom_it_sees(values, accuracy, role, tmp_path):
    word, rows = rows_of(tmp_path, **values)
    assert set(rows["status"]) == {"ok"}
    assert len(rows["score"]) == N
    assert rows["score"].mean() == accuracy
    assert word["role"] == role


def test_a_model_that_reads_the_background_does_not_see_that_the_object_was_swapped(tmp_path):
    _, rows = rows_of(tmp_path, model=reads_background(), stress="object-swap", of="another class")
    assert rows["score"].mean() == 1


def test_whose_object_it_was_is_recorded_and_never_the_sample_s_own(tmp_path):
    _, rows = rows_of(tmp_path, stress="object-swap")
    references = [json.loads(facts)["reference"] for facts in rows["facts"]]
    assert all(r.startswith("toy/") for r in references)
    assert all(r != own for r, own in zip(references, rows["sample"], strict=True))
    assert len(set(references)) > 5


def test_without_masks_it_can_not_be_met(tmp_path):
    class Bare(ToyData):
        mask_count = 0

        def __getitem__(self, i, /):
            sample = super().__getitem__(i)
            return type(sample)(sample.id, sample.x, sample.y)

    swap = condition({"stress": "appearance-transfer"}, where="test")
    with pytest.raises(PlanError, match="no masks"):
        run(Plan((ModelPlan(reads_object()),), DataPlan(Bare(n=4)), (swap,)), tmp_path)


def test_one_masked_sample_has_nobody_to_take_from(tmp_path):
    swap = condition({"stress": "object-swap"}, where="test")
    with pytest.raises(PlanError, match=r"another sample's object, and fewer than two samples have a mask"):
        run(Plan((ModelPlan(reads_object()),), DataPlan(ToyData(n=1)), (swap,)), tmp_path)
