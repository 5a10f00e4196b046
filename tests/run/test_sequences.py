"""Sequences from a suite to a report: draws are frames, and figures are those of the rows."""

import numpy as np
import pytest

from durometer.data.scenes import Scenes
from durometer.explain.summarize import summarize
from durometer.run.engine import run
from durometer.run.plan import DataPlan, ModelPlan, Plan

KINDS = {
    "gaussian-noise", "shot-noise", "motion-blur", "zoom-blur", "spatter", "brightness", "translate",
    "rotate", "tilt", "scale",
}  # fmt: skip


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    data = DataPlan(Scenes(split="uniform", n=2, size=32, seed=2))
    plan = Plan(models=(ModelPlan("scenes/cnn"),), data=data, batch_size=16)
    return run(plan, tmp_path_factory.mktemp("sequences") / "record", suites=("cifar-p",))


def test_oracle_a_sequence_has_a_row_for_each_frame(record):
    words = {k: w for k, w in record.manifest["conditions"].items() if w["family"] == "sequences"}
    assert {w["spec"]["name"] for w in words.values()} == {f"sequence-{kind}" for kind in KINDS}
    assert sum(w["draws"] for w in words.values()) == 8 * 31 + 21 + 16
    rows = record.rows()
    for key, word in words.items():
        at = (rows["condition"] == key) & (rows["position"] == 1)
        assert rows["draw"][at].tolist() == list(range(word["draws"]))
        # no two frames in a row are the same picture, except where the middle one is the picture itself
        assert len(set(rows["pixels"][at].tolist())) >= word["draws"] - 1


def test_oracle_the_reports_flips_are_those_of_the_rows(record):
    summary = summarize(record)
    found = {x.name: x for x in summary.more["sequences"]}
    assert set(found) == KINDS
    rows, rates = record.rows(), []
    for name, x in found.items():
        (key,) = [
            k for k, w in record.manifest["conditions"].items() if w["spec"]["name"] == f"sequence-{name}"
        ]
        answers = rows["answer"][rows["condition"] == key].reshape(2, x.frames)  # sorted by sample and draw
        changes = sum(
            answers[i, j] != answers[i, 0 if "noise" in name else j - 1]
            for i in range(2)
            for j in range(1, x.frames)
        )
        assert x.flips.value == pytest.approx(changes / 2 / (x.frames - 1))
        assert x.flips.n == 2
        rates.append(x.flips.value)
    assert max(rates) > 0
    (mean,) = [x for x in summary.more["published"] if x.measure == "mean flip rate"]
    assert mean.value.value == pytest.approx(np.mean(rates))
    assert not [g for g in summary.not_measured if "flip" in g.what]
