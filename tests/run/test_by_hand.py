"""The run on real photos against a short script that does the same by hand: PIL, numpy, onnxruntime."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from durometer.run import ConditionPlan, DataPlan, ModelPlan, Options, Plan, run

pytestmark = pytest.mark.real_data
DATA = os.environ.get("DUROMETER_TEST_DATA")
GRAY = 0.5


@pytest.fixture(scope="module")
def folder():
    if not DATA:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    return Path(DATA)


def photos(folder):
    with (folder / "imagenet" / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["mask"]]
    for row in sorted(rows, key=lambda r: r["file"]):
        image = Image.open(folder / "imagenet" / "images" / row["file"]).convert("RGB")
        mask = Image.open(folder / "imagenet" / "masks" / row["mask"]).convert("L")
        yield image, mask, int(row["class_index"])


def short_side(image, side):
    width, height = image.size
    if min(width, height) <= side:
        return image
    other = max(width, height) * side // min(width, height)
    return image.resize((side, other) if width < height else (other, side), Image.Resampling.BILINEAR)


def view(image, size):
    """Bilinear resize of the short side to size / 0.875, center crop; in floats, as the model sees it."""
    short = int(size / 0.875)
    width, height = image.size
    scaled = (short, int(short * height / width)) if width < height else (int(short * width / height), short)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    planes = [plane.convert("F").resize(scaled, Image.Resampling.BILINEAR) for plane in image.split()]
    cropped = [np.asarray(plane.crop((left, top, left + size, top + size))) for plane in planes]
    return np.stack(cropped)[None].astype(np.float32) / 255


@pytest.mark.parametrize(("name", "size"), [("mobilenet_v2_1.0_224", 224), ("mobilenet_v1_0.25_128", 128)])
def test_differential_accuracies_agree_with_a_script(folder, tmp_path, name, size):
    onnxruntime = pytest.importorskip("onnxruntime")
    packed = tmp_path / f"{name}.onnx.gz"  # a copy: what is said of a model is kept beside it
    packed.write_bytes((folder / "imagenet_models" / f"{name}.onnx.gz").read_bytes())
    network = gzip.decompress(packed.read_bytes())
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    own, canvas, gray, truth = [], [], [], []
    for image, _, y in photos(folder):
        on_canvas = short_side(image, 256)
        colorless = on_canvas.convert("L").convert("RGB")
        for answers, shown in ((own, image), (canvas, on_canvas), (gray, colorless)):
            logits = session.run(None, {session.get_inputs()[0].name: view(shown, size)})[0]
            answers.append(int(logits.argmax()))
        truth.append(y)

    plan = Plan(
        (ModelPlan(str(packed), name="net", input=f"size={size},crop=0.875"),),
        DataPlan(str(folder / "imagenet"), masks=str(folder / "imagenet" / "masks")),
        (ConditionPlan("stress", "gray"),),
    )  # fmt: skip
    record = run(plan, tmp_path / "record", options=Options(threads=1))
    rows = record.rows()
    titles = {key: c["title"] for key, c in record.manifest["conditions"].items()}
    with (folder / "imagenet" / "labels.csv").open() as file:
        masked = {row["file"] for row in csv.DictReader(file) if row["mask"]}
    masked = np.array([Path(s).name in masked for s in rows["sample"]])
    order = np.argsort(rows["sample"], kind="stable")
    for title, answers in (("own view of the original", own), ("unedited canvas", canvas), ("gray", gray)):
        at = order[masked[order] & np.array([titles[c] == title for c in rows["condition"][order]])]
        got = rows["answer"][at]
        np.testing.assert_array_equal(got, np.array(answers), err_msg=title)
        assert (rows["score"][at] == 1).sum() == (np.array(answers) == np.array(truth)).sum()
