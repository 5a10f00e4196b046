"""The published ImageNet-C and CIFAR-10-C become conditions of a run; accuracies worked out by hand."""

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.core import InputSpec, ModelCard
from durometer.data import open_data
from durometer.data.cifar_c import CIFAR_10
from durometer.explain.summarize import summarize
from durometer.measures.normalizers import ALEXNET
from durometer.models import ModuleModel
from durometer.run import CanvasPlan, DataPlan, ModelPlan, Options, Plan, prepare, run
from durometer.run.premade import conditions_from

N = 10


class Bright(torch.nn.Module):
    """Class 1 where the picture is brighter than mid-gray."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def forward(self, x):
        mean = x.mean(dim=(1, 2, 3))
        others = torch.full((len(x), self.classes - 2), -1.0)
        return torch.cat([torch.stack([0.5 - mean, mean - 0.5], 1), others], 1)


def pixels(i, severity=0):
    """Bright in every second sample; severity s turns the first s of them around."""
    return np.full((32, 32, 3), 200 if (i % 2 == 1) != (i < severity) else 50, np.uint8)


def plan(root, side, labels):
    card = ModelCard("net", "", labels=labels, input=InputSpec(size=(32, 32)))
    return Plan(
        (ModelPlan(ModuleModel(Bright(len(labels)), card)),), DataPlan(str(root)),
        conditions=conditions_from(open_data(root)), canvas=CanvasPlan(side, "squash"), batch_size=64,
    )  # fmt: skip


def named(record):
    return {(x.measure, x.about): x.value for x in summarize(record).more["published"]}


def test_oracle_a_run_on_imagenet_c_ends_in_an_mce(tmp_path):
    root = tmp_path / "ImageNet-C"
    for folder, severity in [
        ("clean", 0),
        *((f"{n.replace('-', '_')}/{s}", s) for n in ALEXNET for s in range(1, 6)),
    ]:
        for i in range(N):
            path = root / folder / f"n{i % 2}" / f"val_{i}.JPEG"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels(i, severity)).save(path, format="PNG")
    record = run(plan(root, 32, ("n0", "n1")), tmp_path / "record")
    got = named(record)
    # the first s of 10 are wrong at severity s: .1 .2 .3 .4 .5, mean .3; clean 0
    assert got["mCE", "ImageNet-C"].value == pytest.approx(sum(0.3 / a for a in ALEXNET.values()) / 15)
    assert got["relative mCE", "ImageNet-C"].value == pytest.approx(
        sum(0.3 / (a - 0.43478) for a in ALEXNET.values()) / 15
    )
    titles = {w["title"] for w in record.manifest["conditions"].values()}
    assert {"ImageNet-C glass blur, 5", "ImageNet-C contrast, 1"} <= titles
    assert "imagenet-e" not in summarize(record).more


def test_oracle_a_run_on_cifar_10_c_has_no_alexnet_to_divide_by(tmp_path):
    root = tmp_path / "CIFAR-10-C"
    root.mkdir()
    np.save(root / "clean.npy", np.stack([pixels(i) for i in range(N)]))
    np.save(root / "labels.npy", np.tile(np.arange(N, dtype=np.uint8) % 2, 5))
    for name in ALEXNET:
        np.save(
            root / f"{name.replace('-', '_')}.npy",
            np.stack([pixels(i, s) for s in range(1, 6) for i in range(N)]),
        )
    record = run(plan(root, 32, CIFAR_10), tmp_path / "record")
    got = named(record)
    assert got["relative corruption robustness", "CIFAR-10-C"].value == pytest.approx(0.7)
    assert ("mCE", "CIFAR-10-C") not in got


def test_published_images_are_shown_and_not_made_anew(tmp_path):
    for folder, severity in [("clean", 0), ("snow/4", 4)]:
        for i in range(N):
            path = tmp_path / folder / f"n{i % 2}" / f"val_{i}.JPEG"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels(i, severity)).save(path, format="PNG")
    for suites in ((), ("imagenet-c",)):  # where nothing is named, the data says which suite it is for
        prepared = prepare(plan(tmp_path, 32, ("n0", "n1")).but(conditions=()), suites, Options())
        assert [c.title for c in prepared.stressed] == ["ImageNet-C snow, 4"]
