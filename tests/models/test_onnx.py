"""ONNX networks made here, with answers worked out by hand; and files that are none."""

import gzip
import sys

import numpy as np
import pytest
import torch

from durometer.core import MissingExtraError, ModelError
from durometer.models import load_model

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

FLOAT = TensorProto.FLOAT


def save(
    path, shape, *, axes=(2, 3), kind=FLOAT, outputs=None, nodes=None, metadata=None, constants=(), big=False
):
    """A network that answers with the mean of each channel, (B, C)."""
    cast = [helper.make_node("Cast", ["x"], ["f"], to=FLOAT)]
    mean = [helper.make_node("ReduceMean", ["f"], ["y"], axes=list(axes), keepdims=0)]
    graph = helper.make_graph(
        [*cast, *(nodes or mean)],
        "g",
        [helper.make_tensor_value_info("x", kind, shape)],
        outputs or [helper.make_tensor_value_info("y", FLOAT, [shape[0], 3])],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    if big:
        onnx.save(model, path, save_as_external_data=True, location="values.data", size_threshold=0)
    else:
        onnx.save(model, path)
    return path


def colors(n, side=4):
    return torch.tensor([0.2, 0.4, 0.8]).view(1, 3, 1, 1).expand(n, 3, side, side)


@pytest.mark.parametrize("batch", ["N", 1, 4])
@pytest.mark.parametrize("n", [1, 3, 9])
def test_oracle_any_number_of_inputs_at_any_batch_size_of_the_file(tmp_path, batch, n):
    model = load_model(save(tmp_path / "net.onnx", [batch, 3, 4, 4]))
    x = colors(n) * torch.linspace(0.1, 1, n).view(n, 1, 1, 1)
    torch.testing.assert_close(model(x), x.mean((2, 3)))


def test_oracle_nhwc_is_seen_in_the_shape(tmp_path):
    model = load_model(save(tmp_path / "net.onnx", ["N", 4, 6, 3], axes=(1, 2)), name="n")
    assert (model.card.input.layout, model.card.input.size) == ("nhwc", (4, 6))
    torch.testing.assert_close(model(colors(2, side=6)[:, :, :4]), torch.tensor([[0.2, 0.4, 0.8]] * 2))


def test_oracle_dynamic_sides_leave_the_size_open(tmp_path):
    model = load_model(save(tmp_path / "net.onnx", ["N", 3, "H", "W"]))
    assert model.card.input.size is None
    assert model.card.guesses[0].startswith("The input size was not said")
    torch.testing.assert_close(model(colors(1, side=7)), torch.tensor([[0.2, 0.4, 0.8]]))


def test_oracle_whole_numbers_go_in_as_gray_levels(tmp_path):
    model = load_model(save(tmp_path / "net.onnx", ["N", 3, 4, 4], kind=TensorProto.UINT8))
    assert (model.card.input.low, model.card.input.high) == (0.0, 255.0)
    # 0.2, 0.4 and 0.8 are 51, 102 and 204 of 255; 0.201 is 51.26 and rounds to 51
    torch.testing.assert_close(model(colors(1) + 0.001), torch.tensor([[51.0, 102.0, 204.0]]))


def test_oracle_packed_and_with_values_beside_it(tmp_path):
    weight = numpy_helper.from_array(np.array([1.0, 2.0, 3.0], np.float32), "w")
    nodes = [
        helper.make_node("ReduceMean", ["f"], ["m"], axes=[2, 3], keepdims=0),
        helper.make_node("Mul", ["m", "w"], ["y"]),
    ]
    expected = torch.tensor([[0.2, 0.8, 2.4]])
    plain = save(tmp_path / "net.onnx", ["N", 3, 4, 4], nodes=nodes, constants=[weight])
    (tmp_path / "packed.onnx.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "big").mkdir()
    big = save(tmp_path / "big" / "net.onnx", ["N", 3, 4, 4], nodes=nodes, constants=[weight], big=True)
    packed = load_model(tmp_path / "packed.onnx.gz")
    assert packed.card.name == "packed"
    for model in (load_model(plain), packed, load_model(big)):
        torch.testing.assert_close(model(colors(1)), expected)
    before = load_model(big).card.digest
    values = tmp_path / "big" / "values.data"
    values.write_bytes(np.array([1.0, 2.0, 4.0], np.float32).tobytes())
    assert load_model(big).card.digest != before


def test_oracle_flat_vectors_are_taken_as_images(tmp_path):
    nodes = [
        helper.make_node("Slice", ["f", "start", "stop", "axis"], ["y"]),
    ]
    index = [
        numpy_helper.from_array(np.array([v], np.int64), n)
        for n, v in (("start", 4), ("stop", 7), ("axis", 1))
    ]
    path = save(tmp_path / "net.onnx", ["N", 16], nodes=nodes, constants=index)
    model = load_model(path)
    assert (model.card.input.size, model.card.input.channels) == ((4, 4), 1)
    assert model.card.guesses[0] == "Its vectors of 16 numbers are taken as images of 1x4x4"
    x = torch.arange(16.0).view(1, 1, 4, 4) / 16
    torch.testing.assert_close(model(x), torch.tensor([[4.0, 5.0, 6.0]]) / 16)  # row by row


def test_oracle_the_output_with_scores_is_read(tmp_path):
    nodes = [
        helper.make_node("Identity", ["f"], ["features"]),
        helper.make_node("ReduceMean", ["f"], ["pooled"], axes=[2, 3], keepdims=0),
        helper.make_node("Neg", ["pooled"], ["class_logits"]),
    ]
    outputs = [
        helper.make_tensor_value_info("features", FLOAT, ["N", 3, 4, 4]),
        helper.make_tensor_value_info("pooled", FLOAT, ["N", 3]),
        helper.make_tensor_value_info("class_logits", FLOAT, ["N", 3]),
    ]
    model = load_model(save(tmp_path / "net.onnx", ["N", 3, 4, 4], nodes=nodes, outputs=outputs))
    assert "Of its 3 outputs 'class_logits' is read" in model.card.guesses
    torch.testing.assert_close(model(colors(1)), -torch.tensor([[0.2, 0.4, 0.8]]))


@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        ({"labels": '["a", "b", "c"]'}, ("a", "b", "c")),
        ({"names": "{0: 'a', 1: 'b', 2: 'c'}"}, ("a", "b", "c")),
        ({"id2label": '{"0": "a", "2": "c", "1": "b"}'}, ("a", "b", "c")),
        ({"classes": "a\nb\nc"}, ("a", "b", "c")),
        ({"classes": "a, b, c"}, ("a", "b", "c")),
        ({"classes": '["a", "b"]'}, ("0", "1", "2")),
        ({"author": "me"}, ("0", "1", "2")),
    ],
)
def test_oracle_labels_in_metadata(tmp_path, metadata, labels):
    card = load_model(save(tmp_path / "net.onnx", ["N", 3, 4, 4], metadata=metadata)).card
    assert card.labels == labels
    if metadata.get("classes") == '["a", "b"]':
        assert "Its own 2 labels don't fit its 3 outputs and were left out" in card.guesses


def test_card_says_logits_and_gradients(tmp_path):
    card = load_model(save(tmp_path / "net.onnx", ["N", 3, 4, 4]), threads=1).card
    assert card.traits == {"logits", "grad"}
    assert "Pixels go in as 0 to 1 without mean and std (range=…, mean=…, std=…)" in card.guesses


def test_said_once_kept_beside_the_file(tmp_path):
    path = save(tmp_path / "net.onnx", ["N", 3, 4, 4])
    said = load_model(path, input="range=0..255,mean=51,crop=0.5", labels=["r", "g", "b"])
    again = load_model(path)
    assert again.card.input == said.card.input
    assert again.card.labels == ("r", "g", "b")
    assert again.card.guesses == ()
    torch.testing.assert_close(again(colors(1)), torch.tensor([[0.0, 51.0, 153.0]]))
    over = load_model(path, input="crop=1")
    assert (over.card.input.crop, over.card.input.high) == (1.0, 255.0)


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x07" + bytes(40)])
def test_errors_of_a_file_that_is_no_onnx(tmp_path, content):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError) as error:
        load_model(path)
    assert str(error.value).startswith(f"{path}: is not a valid ONNX file (")
    assert str(error.value).endswith("Fetch or export it again.")


def test_errors_of_packing_and_pointers(tmp_path):
    path = tmp_path / "net.onnx.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:-20])
    with pytest.raises(ModelError, match=r"is not a whole gzip file. Fetch it again\.$"):
        load_model(path)
    path.write_bytes(b"plain")
    with pytest.raises(ModelError, match=r"is not a whole gzip file"):
        load_model(path)
    (tmp_path / "net.onnx").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match=r"is a Git LFS pointer, not the file itself"):
        load_model(tmp_path / "net.onnx")


def test_errors_of_networks_that_are_no_image_classifiers(tmp_path):
    with pytest.raises(ModelError, match=r"takes inputs of shape \(any, 5, 3\), not images\.$"):
        load_model(save(tmp_path / "a.onnx", ["N", 5, 3], axes=(1,)))
    with pytest.raises(ModelError, match=r"takes inputs of shape \(any, 3, 4, 4\), not \(any, 3, 8, 8\)\."):
        load_model(save(tmp_path / "b.onnx", ["N", 3, 4, 4]), input="size=8")
    nodes = [helper.make_node("Identity", ["f"], ["y"])]
    outputs = [helper.make_tensor_value_info("y", FLOAT, ["N", 3, 4, 4])]
    with pytest.raises(
        ModelError, match=r"returns no scores \(B, K\), only y tensor\(float\) \(any, 3, 4, 4\)\.$"
    ):
        load_model(save(tmp_path / "c.onnx", ["N", 3, 4, 4], nodes=nodes, outputs=outputs))


def test_errors_of_a_device_that_onnxruntime_lacks(tmp_path):
    with pytest.raises(ModelError, match=r"this onnxruntime computes on the CPU only. Use --device cpu\.$"):
        load_model(save(tmp_path / "net.onnx", ["N", 3, 4, 4]), device="mps")


def test_absence_of_onnxruntime_names_the_extra(tmp_path, monkeypatch):
    path = save(tmp_path / "net.onnx", ["N", 3, 4, 4])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'durometer\[onnx\]'"):
        load_model(path)
