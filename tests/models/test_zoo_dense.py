"""The shipped detector does on other scenes what its list says."""

from pathlib import Path

import pytest
import torch

from durometer.core.oracle import in_fixed_batches
from durometer.data.scenes import LABELS, SceneObjects
from durometer.measures.ap import Matches
from durometer.measures.detections import Detections, Truths
from durometer.models import load_model, zoo

SEED = 1  # of the scenes that the recorded figures were measured on


def stacked(data):
    samples = [data[i] for i in range(len(data))]
    return torch.stack([s.x for s in samples]) / 255.0, [s.y for s in samples]


def answers(model, x, batch_size=25):
    """What the model says of all pictures, asked in fixed batches."""
    parts = [model(part) for part, _ in in_fixed_batches(model.view(x), batch_size)]
    return {key: torch.cat([part[key] for part in parts])[: len(x)] for key in parts[0]}


@pytest.fixture(scope="module")
def seen():
    x, y = stacked(SceneObjects(n=50, seed=SEED))
    return x, y, answers(load_model("scenes/detector"), x)


@pytest.mark.parametrize("what", ["boxes", "masks"])
def test_the_detector_finds_what_it_is_said_to_find(seen, what):
    _, y, output = seen
    matches = Matches.of(Truths.of(y), Detections.of(output), images=50, masks=what == "masks")
    for figure, at in ((f"AP50 of {what}", 0.5), (f"AP of {what}", None)):
        recorded, found = zoo.entry("scenes/detector").figures[figure], matches.estimate(at=at, level=0.999)
        assert found.low <= recorded["value"] <= found.high
        assert recorded["low"] <= recorded["value"] <= recorded["high"]
    assert matches.ap(at=0.5) > 0.75
    assert zoo.entry("scenes/detector").figures[f"AP50 of {what}"]["low"] > 0.8


def test_a_picture_is_answered_alike_beside_any_others(seen):
    x, _, output = seen
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0))
    shuffled = answers(load_model("scenes/detector"), x[order])
    for key, value in output.items():
        assert torch.equal(shuffled[key], value[order]), key


def test_answers_are_in_order_within_the_picture_and_padded(seen):
    _, _, output = seen
    scores = output["scores"]
    assert (scores[:, :-1] >= scores[:, 1:]).all()
    assert ((scores == 0) | (scores >= 0.05)).all()
    assert (output["boxes"] >= 0).all()
    assert (output["boxes"] <= 96).all()
    empty = scores == 0
    assert empty.any()
    assert not output["boxes"][empty].any()
    assert not output["masks"][empty].any()
    assert 0 <= output["masks"].min() <= output["masks"].max() <= 1


def test_loaded_as_a_model():
    model = load_model("scenes/detector")
    assert (model.card.task, model.card.labels) == ("instance-segmentation", LABELS)
    assert model.card.traits == {"grad"}
    assert model.card.input.size == (96, 96)
    assert zoo.describe("scenes/detector").startswith("A detector with masks")
    assert all(p.dtype == torch.float32 for p in model.module.parameters())
    assert sum(p.numel() for p in model.module.parameters()) < 1_000_000


def test_the_documentation_shows_the_recorded_figures():
    text = (Path(__file__).parents[2] / "docs" / "detection-data.md").read_text(encoding="utf-8")
    for what, f in zoo.entry("scenes/detector").figures.items():
        assert f"| {what} | {f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f}) |" in text, what
