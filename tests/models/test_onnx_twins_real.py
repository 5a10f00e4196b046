"""Published ONNX networks: twins agree, can be exported, and attacks find what was found before."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, Oracle
from durometer.models import load_model
from durometer.models.onnx.files import open_session, read_packed
from durometer.models.onnx.reading import read_twin
from durometer.models.onnx.twin import difference
from durometer.tasks import Classification
from durometer.threat import Linf

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.real_data
DATA = os.environ.get("DUROMETER_TEST_DATA")


@pytest.fixture(scope="module")
def folder():
    if not DATA:
        pytest.skip("DUROMETER_TEST_DATA is not set")
    return Path(DATA)


def networks(folder):
    """Every ONNX file, once a content: verification problems come in several places."""
    found = {}
    for path in sorted([*folder.rglob("*.onnx"), *folder.rglob("*.onnx.gz")]):
        found.setdefault(read_packed(path).digest, path)
    return list(found.values())


def opened(path):
    packed = read_packed(path)
    session = open_session(packed, threads=1, device="cpu", where=str(path))
    given, output = session.get_inputs()[0], session.get_outputs()[0].name
    return session, given, output, read_twin(packed, output=output).eval()


def noise(n, sides):
    return np.random.default_rng(0).random((n, *sides), dtype=np.float32)


def test_differential_every_network(folder):
    """Inputs of several shapes, operator sets 7 to 17, with and without a fixed batch size."""
    gaps = {}
    for path in networks(folder):
        session, given, output, twin = opened(path)
        batch, *sides = [s if isinstance(s, int) and s > 0 else 3 for s in given.shape]
        x = noise(batch, sides)
        expected = torch.from_numpy(session.run([output], {given.name: x})[0])
        with torch.no_grad():
            gaps[path.name] = difference(twin(torch.from_numpy(x)), expected)
    assert len(gaps) >= 60
    assert {name: gap for name, gap in gaps.items() if gap > 5e-6} == {}


@pytest.mark.slow
def test_every_network_can_be_exported_for_any_batch_size(folder):
    """`torch.export` sees a plain graph in which the batch size is free, even where the file fixes it."""
    for path in networks(folder):
        if "ACASXU" in path.name and "_1_1_" not in path.name:
            continue  # forty-five networks of one architecture
        _, given, _, twin = opened(path)
        sides = [s if isinstance(s, int) and s > 0 else 3 for s in given.shape][1:]
        free = ({0: torch.export.Dim("n")},)
        program = torch.export.export(twin, (torch.from_numpy(noise(3, sides)),), dynamic_shapes=free)
        x = torch.from_numpy(noise(5, sides))
        with torch.no_grad():
            assert difference(program.module()(x), twin(x)) < 1e-6, path


CIFAR = [
    # name, accuracy left by PGD-40 in steps of a tenth of epsilon at 2/255 and at 8/255, as its page says
    ("cifar_cnn_a_adv", 0.527, 0.137),
    ("cifar_cnn_a_mix", 0.570, 0.083),
    ("cifar_wide_kw", 0.567, 0.287),
    ("cifar_marabou_medium", 0.31, 0.0),
    ("cifar_resnet20", 0.01, 0.0),
]
MNIST = [
    # the same at 0.1 and at 0.3, on 300 digits
    ("mnist_cnn_a_adv", 0.927, 0.73),
    ("mnist_small_kw_0.3", 0.81, 0.737),
    ("mnist_conv_small_nat", 0.583, 0.0),
    ("mnist_6_100_nat", 0.137, 0.0),
]


def left(model, x, y, epsilon):
    """Accuracy under PGD-40, judged by onnxruntime; and how many points only the twin holds for broken."""
    task = Classification([[k] for k in range(10)])
    batch = Batch([str(i) for i in range(len(x))], x, [(int(k),) for k in y])
    oracle = Oracle(model, task, batch_size=50)
    dice = Dice(0, "pgd", 1, batch.ids, 0, "cpu")
    found = judged(PGD(steps=40, step=0.1), oracle, batch, Linf(epsilon), dice)
    scores = oracle.score(found.x, batch.y)
    twins, _, _ = oracle.differentiate(found.x, lambda out, rows: out[:, 0])
    alone = (task.score(twins, batch.y) < 0.5) & (scores >= 0.5)
    return float(scores.mean()), int(alone.sum())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "small", "large"), CIFAR)
def test_golden_robust_accuracy_on_cifar(folder, tmp_path, name, small, large):
    data = np.load(folder / "cifar10" / "test_lossless_300.npz")
    x = torch.from_numpy(data["x"]).permute(0, 3, 1, 2).float() / 255
    (tmp_path / f"{name}.onnx").symlink_to(folder / "cifar10_models" / f"{name}.onnx")
    model = load_model(tmp_path / f"{name}.onnx", threads=1)
    for epsilon, expected in ((2 / 255, small), (8 / 255, large)):
        accuracy, alone = left(model, x, data["y"], epsilon)
        assert accuracy == pytest.approx(expected, abs=0.015)  # another random start; four or five of 300
        assert alone == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "small", "large"), MNIST)
def test_golden_robust_accuracy_on_mnist(folder, tmp_path, name, small, large):
    archive = np.load(folder / "mnist" / "mnist_12k.npz")
    x = torch.from_numpy(archive["x_test"][:300]).float().view(-1, 1, 28, 28) / 255
    (tmp_path / f"{name}.onnx").symlink_to(folder / "mnist_models" / f"{name}.onnx")
    model = load_model(tmp_path / f"{name}.onnx", threads=1)
    for epsilon, expected in ((0.1, small), (0.3, large)):
        accuracy, alone = left(model, x, archive["y_test"][:300], epsilon)
        assert accuracy == pytest.approx(expected, abs=0.015)
        assert alone == 0
