"""BE and rBE are found in a record that holds all corruptions of a MedMNIST data set, and in no other."""

import pytest

from durometer.explain.medmnist_grid import medical_grids
from durometer.explain.published import PublishedMeasures
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.measures.medmnist_normalizers import CLEAN, CORRUPTED
from durometer.stress.corruptions.medmnist.constants import CONSTANTS

CANVAS = [1] * 9 + [0]


def found(record):
    return {(x.measure, x.about): x for x in PublishedMeasures()(Study.read(record), (), record)}


def made(toy, data="octmnist", names=None, status=None):
    """A record in which severity s of every corruption makes s of ten samples fail, beside the clean one."""
    scores, conditions = {("m", "k-canvas"): CANVAS}, {}
    for name in CONSTANTS[data] if names is None else names:
        for s in range(1, 6):
            words = toy.condition(name=f"medmnist-{name}")
            words.words["spec"]["params"] = {"severity": s, "profile": data}
            conditions[f"{name}-{s}"] = words
            scores["m", f"{name}-{s}"] = [0] * s + [1] * (9 - s) + [0]
    return toy.record(scores, conditions, **(status or {}))


def test_oracle_all_corruptions_make_be_and_rbe(toy):
    # one class, so that balanced errors are plain ones: s/10 + 1/10, mean over severities .4; clean .1
    got = found(made(toy))
    about = "MedMNIST-C-style, octmnist"
    alexnet, clean = CORRUPTED["octmnist"], CLEAN["octmnist"]
    assert set(got) == {("BE", about), ("rBE", about)}
    assert got["BE", about].value.value == pytest.approx(sum(0.4 / a for a in alexnet.values()) / 6)
    assert got["rBE", about].value.value == pytest.approx(
        sum(0.3 / (a - clean) for a in alexnet.values()) / 6
    )
    assert got["BE", about].source == "di2024"
    assert got["BE", about].value.low < got["BE", about].value.value < got["BE", about].value.high


def test_what_rbe_leaves_out_is_said(toy):
    # AlexNet gains by contrast-up and gamma-corr-up on pneumoniamnist; all others cost it a point at least
    got = found(made(toy, "pneumoniamnist"))
    about = "MedMNIST-C-style, pneumoniamnist"
    assert set(got) == {("BE", about), ("rBE", f"{about}, without contrast-up, gamma-corr-up")}
    alexnet = {
        n: e for n, e in CORRUPTED["pneumoniamnist"].items() if n not in ("contrast-up", "gamma-corr-up")
    }
    wanted = sum(0.3 / (a - CLEAN["pneumoniamnist"]) for a in alexnet.values()) / 11
    assert got["rBE", f"{about}, without contrast-up, gamma-corr-up"].value.value == pytest.approx(wanted)


def test_without_one_corruption_there_is_no_value_and_it_is_named(toy):
    record = made(toy, names=[n for n in CONSTANTS["octmnist"] if n != "motion-blur"])
    assert found(record) == {}
    lost = [x for x in summarize(record).not_measured if x.what.startswith("BE")]
    assert [(x.what, x.count, x.of) for x in lost] == [("BE and rBE (MedMNIST-C-style, octmnist)", 10, 10)]
    assert (
        lost[0].why == "they are means over 6 corruptions at 5 severities, and motion-blur are not all there"
    )
    assert lost[0].fix == "Run all of them with the suite medmnist-c-octmnist"


def test_chestmnist_has_no_normalizer_and_that_is_said(toy):
    record = made(toy, "chestmnist")
    assert found(record) == {}
    lost = [x.why for x in summarize(record).not_measured if x.what.startswith("BE")]
    assert lost == [
        "AlexNet's published errors are means over several labels a picture, and a run asks for one"
    ]


def test_other_corruptions_are_none_of_them(toy):
    words = toy.condition(name="pixelate")
    words.words["spec"]["params"] = {"severity": 1, "profile": "imagenet-c"}
    record = toy.record({("m", "k-canvas"): CANVAS, ("m", "p-1"): CANVAS}, {"p-1": words})
    assert medical_grids(Study.read(record)) == ()
