"""Published networks on photos: the adapter against PIL, numpy and onnxruntime used by hand."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from durometer.models import load_model

pytestmark = pytest.mark.real_data
DATA = os.environ.get("DUROMETER_TEST_DATA")


@pytest.fixture(scope="module")
def folder():
    if not DATA:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    return Path(DATA)


@pytest.fixture(scope="module")
def runtime():
    return pytest.importorskip("onnxruntime")


def session(runtime, path):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def ask(s, x):
    return np.concatenate([s.run(None, {s.get_inputs()[0].name: x[i : i + 1]})[0] for i in range(len(x))])


def photos(folder, n):
    with (folder / "imagenet" / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))[:n]
    for row in rows:
        yield Image.open(folder / "imagenet" / "images" / row["file"]).convert("RGB"), int(row["class_index"])


def pil_view(image, size):
    short, (width, height) = int(size / 0.875), image.size
    scaled = (int(short * width / height), short) if height <= width else (short, int(short * height / width))
    image = image.resize(scaled, Image.Resampling.BILINEAR)
    left, top = round((image.width - size) / 2), round((image.height - size) / 2)
    return np.asarray(image.crop((left, top, left + size, top + size)))


@pytest.mark.parametrize(("name", "size"), [("mobilenet_v2_1.0_224", 224), ("mobilenet_v1_0.25_128", 128)])
def test_differential_mobilenets(folder, runtime, name, size):
    path = folder / "imagenet_models" / f"{name}.onnx.gz"
    model = load_model(path, name="net", input={"size": size, "crop": 0.875, "range": (0, 1)}, threads=1)
    by_hand = session(runtime, path)
    gray, agree, total = 0.0, 0, 24
    for image, _ in photos(folder, total):
        canvas = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255
        wanted = pil_view(image, size)
        view = model.view(canvas)
        levels = np.rint(view[0].permute(1, 2, 0).numpy() * 255)
        gray = max(gray, np.abs(levels - wanted).max())
        # the same 8-bit pixels: the adapter's call and onnxruntime by hand give the same logits
        x = wanted.transpose(2, 0, 1)[None].astype(np.float32) / 255
        expected = ask(by_hand, x)
        torch.testing.assert_close(model(torch.from_numpy(x)), torch.from_numpy(expected), atol=1e-4, rtol=0)
        # the view is not rounded to 8 bits: logits differ by what a level of rounding does, answers hardly
        agree += int(model(view).argmax() == expected.argmax())
    assert gray <= 1
    assert agree >= total - 1


CIFAR = [
    # name, input said, accuracy on the 300 lossless images as their page says
    ("cifar_resnet20.onnx", "", 0.930),
    ("cifar_cnn_a_mix.onnx", "", 0.793),
    ("native_cifar10_small.onnx", "", 0.630),  # (B, H, W, C)
    ("native_resnet_2b.onnx", "mean=.4914/.4822/.4465,std=.2471/.2435/.2616", 0.750),  # one at a time
    ("native_pgd_2_3_16.onnx", "mean=.4914/.4822/.4465,std=.2023/.1994/.2010", 0.660),
]


@pytest.mark.parametrize(("name", "said", "accuracy"), CIFAR)
def test_differential_and_golden_cifar_networks(folder, runtime, tmp_path, name, said, accuracy):
    (tmp_path / name).symlink_to(folder / "cifar10_models" / name)  # the data sheet is written here
    data = np.load(folder / "cifar10" / "test_lossless_300.npz")
    model = load_model(tmp_path / name, input=said + ",crop=1", threads=1)
    x = torch.from_numpy(data["x"]).permute(0, 3, 1, 2).float() / 255
    assert model.card.input.size == (32, 32)
    got = model(model.view(x))
    assert float((got.argmax(1).numpy() == data["y"]).mean()) == pytest.approx(accuracy, abs=0.0017)

    raw = data["x"][:20].astype(np.float32) / 255
    if said:
        mean, std = (
            np.array(list(map(float, p.split("=")[1].split("/"))), np.float32) for p in said.split(",")
        )
        raw = (raw - mean) / std
    layout = raw if model.card.input.layout == "nhwc" else raw.transpose(0, 3, 1, 2)
    expected = ask(session(runtime, folder / "cifar10_models" / name), np.ascontiguousarray(layout))
    torch.testing.assert_close(got[:20], torch.from_numpy(expected), atol=1e-4, rtol=0)


def test_golden_gray_network(folder):
    archive = np.load(folder / "mnist" / "mnist_12k.npz")
    pixels, truth = archive["x_test"], archive["y_test"]
    model = load_model(folder / "mnist_models" / "mnist_conv_small_nat.onnx", threads=1)
    assert (model.card.input.size, model.card.input.channels) == ((28, 28), 1)
    gray = torch.from_numpy(pixels[:500]).float().view(-1, 1, 28, 28) / 255
    canvas = gray.expand(-1, 3, 28, 28)  # a canvas of three equal channels; the view makes one of them
    answers = model(model.view(canvas)).argmax(1).numpy()
    assert (answers == truth[:500]).mean() > 0.97


def test_errors_of_a_state_dict(folder):
    from durometer.core import ModelError

    with pytest.raises(ModelError, match=r"is a pickle, which is never opened"):
        load_model(folder / "cifar10_models" / "resnet20-12fca82f.th")
