"""Edited images that come with the data become conditions of a run; accuracies worked out by hand."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import InputSpec, ModelCard, PlanError
from durometer.data import open_data
from durometer.models import ModuleModel
from durometer.run import CanvasPlan, ConditionPlan, DataPlan, ModelPlan, Options, Plan, prepare, run
from durometer.run.premade import conditions_from
from durometer.run.show import pixel_hash
from durometer.testing.scenes import LABELS, ToyData


class RedOrGreen(torch.nn.Module):
    """The channel with the higher mean."""

    def forward(self, x):
        return x.mean(dim=(2, 3))[:, :2] * 50


class Channels(torch.nn.Module):
    """The mean of each channel."""

    def forward(self, x):
        return x.mean(dim=(2, 3))


@pytest.fixture(scope="module")
def published(tmp_path_factory, imagenet_e):
    return imagenet_e.write(tmp_path_factory.mktemp("imagenet-e"), side=32)


TOY = (
    ModelPlan(ModuleModel(Channels(), ModelCard("toy", "", labels=LABELS, input=InputSpec(size=(32, 32))))),
)


def small(root, **changes):
    """The same conditions as the suite's, on a canvas that costs little."""
    named = conditions_from(open_data(root))
    return plan(root, conditions=named, canvas=CanvasPlan(32, "squash")).but(**changes)


def plan(source, **changes):
    source = source if isinstance(source, ToyData) else str(source)
    model = ModuleModel(RedOrGreen(), ModelCard("net", "", input=InputSpec(size=(32, 32))))
    return Plan((ModelPlan(model),), DataPlan(source), batch_size=8, segment=12).but(**changes)


def drops(record):
    """Return variant -> (drop, not edited) from the rows alone."""
    rows = record.rows()
    found = {}
    for key, words in record.manifest["conditions"].items():
        mine = (rows["condition"] == key) & (rows["status"] == "ok")
        found[words["spec"]["params"].get("variant", words["spec"]["name"])] = (
            float(rows["score"][mine].mean()),
            int(((rows["condition"] == key) & (rows["status"] == "not-edited")).sum()),
        )
    return found


def test_oracle_one_run_gives_every_accuracy(published, tmp_path, imagenet_e):
    record = run(small(published), tmp_path)
    found = drops(record)
    assert set(found) == {"original", "canvas", *imagenet_e.FOLDERS}
    assert found["original"] == found["canvas"] == (pytest.approx(0.95), 0)
    for folder, drop in imagenet_e.DROPS.items():
        assert found[folder] == (pytest.approx(0.95 - drop), 0)


def test_oracle_workers_and_batches_change_nothing(published, tmp_path):
    one = run(small(published), tmp_path / "one")
    other = run(small(published, batch_size=3), tmp_path / "other", options=Options(workers=3))
    columns = ("position", "condition", "score", "pixels", "status")
    assert all(np.array_equal(one.rows()[c], other.rows()[c]) for c in columns)


def test_the_pixels_shown_are_those_of_the_file(tmp_path, imagenet_e):
    root = imagenet_e.write(tmp_path / "data", side=32)
    record = run(small(root), tmp_path / "record")
    keys = {w["spec"]["params"].get("variant"): k for k, w in record.manifest["conditions"].items()}
    rows = record.rows(where={"condition": keys["rp"]})
    for position, pixels in zip(rows["position"], rows["pixels"], strict=True):
        file = np.array(Image.open(root / "rp" / f"ILSVRC2012_val_{position:08d}.png"))
        assert pixels == pixel_hash(torch.from_numpy(file).permute(2, 0, 1))


def test_a_missing_file_leaves_both_arms_and_is_counted(tmp_path, imagenet_e):
    root = imagenet_e.write(tmp_path / "data", side=32)
    for i in (0, 3):
        (root / "rp" / f"ILSVRC2012_val_{i:08d}.png").unlink()
    (root / "rd" / "ILSVRC2012_val_00000002.png").write_bytes(b"no image")
    record = run(small(root), tmp_path / "record")
    found = drops(record)
    assert found["rp"] == (pytest.approx(10 / 18), 2)  # wrong: 0 to 8 without 0 and 3, and 19
    assert found["rd"] == (pytest.approx(10 / 19), 1)  # wrong: 0 to 9 without 2
    rows = record.rows()
    reasons = set(rows["reason"][rows["status"] == "not-edited"])
    assert "there is no such edited image" in reasons
    assert len(reasons) == 2


def test_another_shape_on_the_canvas_is_not_compared(tmp_path, imagenet_e):
    root = imagenet_e.write(tmp_path / "data", side=40)
    tall = root / "rp" / "ILSVRC2012_val_00000000.png"
    Image.open(tall).resize((40, 60)).save(tall)
    named = (ConditionPlan("stress", "premade", {"variant": "rp"}),)
    kept = run(small(root, conditions=named, canvas=CanvasPlan(32)), tmp_path / "keep")
    assert "on the canvas it has another shape than its original" in set(kept.rows()["reason"])
    squashed = run(small(root, conditions=named), tmp_path / "squash")
    assert set(squashed.rows()["status"]) == {"ok"}


def test_premade_and_made_conditions_never_meet(published):
    for named in ((), ("imagenet-e",)):  # where nothing is named, the data says which suite it is for
        premade = prepare(plan(published), named, Options())
        assert {c.spec.name for c in premade.stressed} == {"premade"}
        assert len(premade.stressed) == 11
        assert (premade.canvas.short_side, premade.canvas.fit) == (256, "squash")
    both = prepare(plan(published), ("imagenet-e", "shifts"), Options())
    assert {"premade", "blur"} <= {c.spec.name for c in both.stressed}
    own = prepare(plan(ToyData(3), models=TOY), ("imagenet-e",), Options())
    names = {c.spec.name for c in own.stressed}
    assert "premade" not in names
    assert names >= {"null-edit", "published-size", "published-position", "published-direction", "full-size"}


def test_asking_for_an_edit_that_the_data_lacks_says_what_there_is(published):
    fog = (ConditionPlan("stress", "premade", {"variant": "fog"}),)
    with pytest.raises(PlanError, match=r"the data brings no such edited images.*It brings 005, 008, 01"):
        prepare(plan(published, conditions=fog), (), Options())
    with pytest.raises(PlanError, match="Give a folder laid out as ImageNet-E"):
        prepare(plan(ToyData(3), conditions=fog, models=TOY), (), Options())
