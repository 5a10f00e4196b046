"""The suites of MedMNIST-C: what they hold, how the data chooses, and BE from pictures to report by hand."""

import numpy as np
import pytest
import torch

from durometer.core import ModelCard, PlanError
from durometer.explain.summarize import summarize
from durometer.measures.medmnist_normalizers import CLEAN, CORRUPTED
from durometer.models import ModuleModel
from durometer.run import DataPlan, ModelPlan, Plan, run, suites
from durometer.run.conditions import expand, make
from durometer.stress.corruptions.medmnist.constants import CONSTANTS, DATA_SETS


class Bright(torch.nn.Module):
    """Class 1 where the picture is brighter than mid-gray."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def forward(self, x):
        mean = x.mean(dim=(1, 2, 3))
        others = torch.full((len(x), self.classes - 2), -1.0)
        return torch.cat([torch.stack([0.5 - mean, mean - 0.5], 1), others], 1)


@pytest.fixture
def breast(tmp_path):
    """Twelve gray pictures, 60 to 214 on the whole, of two classes; one of them wrong for `Bright`."""
    generator = np.random.default_rng(0)
    level = np.array([60, 70, 80, 90, 100, 140, 150, 160, 170, 180, 190, 100])
    x = np.clip(level[:, None, None] + generator.integers(-30, 30, (12, 28, 28)), 0, 255).astype(np.uint8)
    y = (np.arange(12) >= 5).astype(np.uint8)[:, None]
    np.savez(tmp_path / "breastmnist.npz", test_images=x, test_labels=y)
    return tmp_path / "breastmnist.npz"


def planned(path, classes=2):
    net = ModuleModel(Bright(classes), ModelCard("net", ""))
    return Plan(models=(ModelPlan(net),), data=DataPlan(str(path)))


@pytest.mark.parametrize("data", DATA_SETS)
def test_each_data_set_has_its_suite(data):
    suite = suites.load(f"medmnist-c-{data}")
    made = [make(e) for c in suite.conditions for e in expand(c)]
    assert suite.canvas is None
    assert len({c.key for c in made}) == len(made) == 5 * len(CONSTANTS[data])
    assert {c.stressor.profile for c in made} == {data}
    got = {name: [] for name in CONSTANTS[data]}
    for c in made:
        got[c.stressor.corruption].append(c.stressor.levels[c.stressor.severity - 1])
    assert got == {name: list(levels[:5]) for name, levels in CONSTANTS[data].items()}


def test_a_family_follows_the_data_and_says_so_where_it_can_not():
    assert suites.load_for("medmnist-c", "medmnist-c-octmnist").name == "medmnist-c-octmnist"
    assert suites.load_for("shifts", "medmnist-c-octmnist").name == "shifts"
    with pytest.raises(PlanError, match=r"follows the data.*Name one: medmnist-c-bloodmnist, medmnist-c-b"):
        suites.load_for("medmnist-c", "")


def test_oracle_from_pictures_to_be_and_rbe(breast, tmp_path):
    record = run(planned(breast), tmp_path / "out", suites=("medmnist-c",))
    summary = summarize(record)
    rows = record.rows(["condition", "target", "score"])

    def error(key):
        """One minus the mean over both classes of the share that is right."""
        here = rows["condition"] == key
        score, target = rows["score"][here].astype(float), rows["target"][here].astype(str)
        return 1 - np.mean([score[target == t].mean() for t in np.unique(target)])

    clean, errors = None, {}
    for key, words in record.manifest["conditions"].items():
        spec = words["spec"]
        if spec["name"] == "canvas":
            clean = error(key)
        elif spec["name"].startswith("medmnist-"):
            errors.setdefault(spec["name"].removeprefix("medmnist-"), []).append(error(key))
    assert clean == pytest.approx(1 / 14)  # one of seven in the second class
    alexnet, base = CORRUPTED["breastmnist"], CLEAN["breastmnist"]
    be = np.mean([np.mean(errors[n]) / alexnet[n] for n in alexnet])
    rbe = np.mean([(np.mean(errors[n]) - clean) / (alexnet[n] - base) for n in alexnet])
    got = {x.measure: x for x in summary.more["published"]}
    assert got["BE"].value.value == pytest.approx(be)
    assert got["rBE"].value.value == pytest.approx(rbe)
    assert {x.about for x in got.values()} == {"MedMNIST-C-style, breastmnist"}
    assert got["BE"].value.n == 12


def test_without_a_suite_the_data_runs_its_own(breast, tmp_path):
    record = run(planned(breast), tmp_path / "out")
    assert len(record.manifest["conditions"]) == 2 + 5 * 7


def test_pictures_too_small_for_a_corruption_are_counted_and_be_has_no_value(breast, tmp_path):
    path = breast.rename(tmp_path / "pathmnist.npz")
    summary = summarize(run(planned(path, 9), tmp_path / "out", suites=("medmnist-c",)))
    why = {x.what: x.why for x in summary.not_measured}
    assert "stain deposit, 1" in why
    assert why["BE and rBE (MedMNIST-C-style, pathmnist)"] == (
        "they are means over 11 corruptions at 5 severities, and stain-deposit, bubble could edit no picture "
        "at some of them"
    )
    assert "BE" not in {x.measure for x in summary.more.get("published", ())}
