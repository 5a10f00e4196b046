"""Against the real packages: what MAITE's own tasks and protocols and NRTK's own perturbers say of ours."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from durometer import ConditionPlan, DataPlan, ModelPlan, Plan
from durometer.data.scenes import Scenes
from durometer.interop import Augmentation, Metric, Perturber, nrtk_conditions
from durometer.models import zoo
from durometer.run import run

maite = pytest.importorskip("maite", reason="MAITE is not installed")
nrtk = pytest.importorskip("nrtk", reason="NRTK is not installed")

from maite.protocols import image_classification as ic  # noqa: E402
from maite.tasks import evaluate, predict  # noqa: E402
from nrtk.impls.perturb_factory import PerturberStepFactory  # noqa: E402
from nrtk.impls.perturb_image.geometric.random import RandomTranslationPerturber  # noqa: E402
from nrtk.impls.perturb_image.photometric.enhance import BrightnessPerturber  # noqa: E402
from nrtk.interop import MAITEImageClassificationAugmentation, MAITEObjectDetectionAugmentation  # noqa: E402
from smqtk_image_io.bbox import AxisAlignedBoundingBox  # noqa: E402

DOC = Path(__file__).parents[2] / "docs" / "interop.md"
N, LABELS = 40, Scenes.labels


class TheirData(ic.Dataset):
    """A data set as a user of MAITE writes one."""

    def __init__(self, n=N):
        self.metadata = {"id": "their-scenes", "index2label": dict(enumerate(LABELS))}
        self._scenes = Scenes(split="same", n=n, size=64, seed=3)

    def __len__(self):
        return len(self._scenes)

    def __getitem__(self, ind, /):
        s = self._scenes[ind]
        target = np.eye(len(LABELS))[min(s.y)]
        return s.x.numpy(), target, {"id": s.id, "mask": s.aux["mask"][0].numpy(), "color": s.facts["color"]}


class TheirModel(ic.Model):
    """A model as a user of MAITE writes one: takes what the data set gives, answers with probabilities."""

    def __init__(self, name="scenes/recombined"):
        self.metadata = {"id": "their-model", "index2label": dict(enumerate(LABELS))}
        self._network = zoo.load(name).module

    def __call__(self, batch, /):
        x = torch.stack([torch.as_tensor(np.asarray(image)).float() for image in batch])
        x = x / 255 if x.max() > 1 else x
        with torch.no_grad():
            return list(self._network(x).softmax(dim=1).numpy())


def test_ours_pass_their_protocols():
    assert isinstance(TheirData(), ic.Dataset)
    assert isinstance(TheirModel(), ic.Model)
    assert isinstance(Augmentation("flip"), ic.Augmentation)
    assert isinstance(Metric("accuracy"), ic.Metric)


def blocks():
    return re.findall(r"```python\n(.*?)```", DOC.read_text(), re.S)


def test_show_the_documented_plan_runs_with_maite_and_nrtk(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    given = {"maite_model": TheirModel(), "maite_dataset": TheirData()}
    exec(blocks()[0], given)
    effects = {e.title: e for e in given["summary"].effects}
    assert {f"Brightness, factor {f}" for f in ("0.8", "0.5", "0.2")} <= set(effects)
    assert effects["size, 10 %"].drop.n <= N
    assert "Brightness" in capsys.readouterr().out


def test_show_the_documented_evaluation_runs_in_their_task():
    given = {"maite_model": TheirModel(), "maite_dataset": TheirData()}
    exec(blocks()[1], given)
    found = given["found"]
    assert found["accuracy low"] <= found["accuracy"] <= found["accuracy high"]
    assert found["accuracy n"] == N


def test_differential_a_run_and_their_task_give_the_same_accuracy(tmp_path):
    data, model = TheirData(), TheirModel("scenes/cnn")
    theirs, _, _ = evaluate(model=model, dataset=data, metric=Metric("accuracy"), batch_size=7)
    turned, _, _ = evaluate(
        model=model, dataset=data, metric=Metric("accuracy"), augmentation=Augmentation("flip"), batch_size=7
    )
    plan = Plan((ModelPlan(model, input="size=64"),), DataPlan(data), (ConditionPlan("stress", "flip"),))
    record = run(plan, tmp_path / "record")
    rows = record.rows()
    names = {c["spec"]["name"]: key for key, c in record.manifest["conditions"].items()}
    for name, found in (("canvas", theirs), ("flip", turned)):
        score = rows["score"][rows["condition"] == names[name]]
        assert np.mean(score) == pytest.approx(found["accuracy"])
        assert len(score) == found["accuracy n"]


def test_oracle_their_augmentation_task_keeps_targets_and_extends_metadata():
    data = TheirData(n=4)
    _, changed = predict(
        model=TheirModel(), dataset=data, augmentation=Augmentation("position"), batch_size=4,
        return_augmented_data=True,
    )  # fmt: skip
    (inputs, targets, metadata), *_ = changed
    for i in range(4):
        x, target, datum = data[i]
        assert (targets[i] == target).all()
        assert metadata[i]["id"] == datum["id"]
        assert metadata[i]["color"] == datum["color"]
        assert metadata[i]["durometer"][0]["edit"]["name"] == "position"
        assert inputs[i].shape == x.shape


def test_differential_an_nrtk_condition_is_what_nrtk_makes(tmp_path):
    from durometer.core import Batch, Dice, stress
    from durometer.stress.nrtk import Nrtk

    scenes = Scenes(n=3, size=64)
    given = Batch.of([scenes[i] for i in range(3)])
    given = given.but(x=given.x / 255.0)
    perturber = BrightnessPerturber(factor=0.5)
    result = stress(Nrtk.of(perturber), given, Dice(0, "nrtk", 1, given.ids))
    for i in range(3):
        image = np.ascontiguousarray(scenes[i].x.permute(1, 2, 0).numpy())
        wanted, _ = perturber.perturb(image=image)
        assert (result.x[i].mul(255).round().byte().permute(1, 2, 0).numpy() == wanted).all()


def test_a_random_nrtk_perturber_is_the_same_at_any_batch_size(tmp_path):
    (condition,) = nrtk_conditions(RandomTranslationPerturber(), moves=True, max_translation_limit=(8, 8))
    plan = Plan((ModelPlan("scenes/cnn"),), DataPlan(TheirData(n=12)), (condition,))
    pixels = {
        size: run(plan.but(batch_size=size), tmp_path / str(size)).rows()["pixels"].tolist()
        for size in (3, 12)
    }
    assert pixels[3] == pixels[12]
    assert len(set(pixels[12])) > 12


def test_a_factory_is_an_axis_even_while_it_is_iterated():
    factory = PerturberStepFactory(
        perturber=BrightnessPerturber, theta_key="factor", start=0.5, stop=1.6, step=0.5
    )
    for _ in factory:  # its one iterator is in use
        conditions = nrtk_conditions(factory)
        break
    assert [c.made.dial.severity for c in conditions] == [0.5, 1.0, 1.5]
    assert {c.made.dial.axis for c in conditions} == {"Brightness factor"}
    assert all(
        "BrightnessPerturber" in c.params["perturber"] for c in conditions
    )  # their record lacks the name


def test_our_perturber_in_their_maite_wrappers():
    data = TheirData(n=2)
    wrapped = MAITEImageClassificationAugmentation(augment=Perturber("position", seed=1), augment_id="moved")
    rows = [data[i] for i in range(2)]
    inputs, _, metadata = wrapped(tuple(zip(*rows, strict=True)))
    ours, _, _ = Augmentation("position", seed=1)(tuple(zip(*rows, strict=True)))
    assert all(
        (a == b).all() for a, b in zip(inputs, ours, strict=True)
    )  # mask and id came with the metadata
    assert metadata[0]["nrtk_perturber_config"][0]["edit"] == "position"


def test_their_boxes_follow_ours_and_none_is_legal_here():
    box = AxisAlignedBoundingBox((10, 5), (30, 25))
    image = np.zeros((64, 64, 3), np.uint8)
    _, ((moved, scores),) = Perturber("flip").perturb(image=image, boxes=[(box, {"cat": 1.0})])
    assert isinstance(moved, AxisAlignedBoundingBox)
    assert (moved.min_vertex.tolist(), moved.max_vertex.tolist()) == ([34, 5], [54, 25])
    assert scores == {"cat": 1.0}
    assert Perturber("flip").perturb(image=image, boxes=[])[1] == []

    class Nothing:
        boxes, labels, scores = np.zeros((0, 4)), np.zeros(0, int), np.zeros(0)

    batch = ([image.transpose(2, 0, 1)], [Nothing()], [{"id": 0}])
    with pytest.raises(ValueError, match="not enough values to unpack"):  # theirs
        MAITEObjectDetectionAugmentation(augment=BrightnessPerturber(factor=1.0), augment_id="nop")(batch)
    _, (ours,), _ = Augmentation("flip")(batch)
    assert ours.boxes.shape == (0, 4)
