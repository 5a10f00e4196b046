"""The certificate held against a real network on real photographs, where the folder of test data is given."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from durometer.core import Batch, InputSpec
from durometer.data import open_data
from durometer.data.canvas import Canvas, to_canvas
from durometer.models import load_model
from durometer.trust import CropSelection, same_crop_probability

ROOT = os.environ.get("DUROMETER_TEST_DATA")
pytestmark = [pytest.mark.real_data, pytest.mark.skipif(not ROOT, reason="DUROMETER_TEST_DATA is not set")]


@pytest.fixture(scope="module")
def photographs():
    dataset = open_data(str(Path(ROOT) / "imagenet"))
    return Batch.of([to_canvas(dataset[i], Canvas(148, "center-crop")) for i in range(0, 220, 9)]).x


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    name = "mobilenet_v1_0.25_128.onnx.gz"
    copied = shutil.copy(Path(ROOT) / "imagenet_models" / name, tmp_path_factory.mktemp("models"))
    return load_model(copied, input=InputSpec(size=(128, 128), crop=0.875), threads=1)


@pytest.mark.parametrize("score", ["filter", "content"])
def test_theorem_no_certified_move_changes_the_answer_on_photographs(photographs, network, score):
    # a canvas of 146, which is what the model's own view scales to, moves by whole pixels within 148
    selection = CropSelection(network, window=138, score=score)
    canvas = photographs[..., 1:-1, 1:-1]
    kept = selection.certificate(canvas)
    before = selection(selection.view(canvas)).argmax(dim=1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            moved = photographs[..., 1 + dy :, 1 + dx :][..., :146, :146]
            after = selection(selection.view(moved)).argmax(dim=1)
            assert (after == before)[kept[:, dy + 1, dx + 1]].all()
    # 25 photographs, 4 moves along the axes: the share is near the one of independent scores, 10 / 12
    axes = torch.stack((kept[:, 0, 1], kept[:, 2, 1], kept[:, 1, 0], kept[:, 1, 2])).double().mean().item()
    assert axes == pytest.approx(same_crop_probability(11, 1, 0), abs=0.17)


def test_theorem_cyclic_moves_never_change_the_answer_on_photographs(photographs, network):
    selection, torus = CropSelection(network, cyclic=True), photographs[:10, :, 1:-1, 1:-1]
    before = selection(selection.view(torus)).argmax(dim=1)
    for shift in ((1, 0), (-1, 1), (40, 73)):
        assert torch.equal(selection(torch.roll(torus, shift, (-2, -1))).argmax(dim=1), before)
