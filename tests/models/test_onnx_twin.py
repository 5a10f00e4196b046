"""Gradients of ONNX networks: whose they are, on which inputs, and that a wrong twin never has its way."""

import gzip
import sys

import numpy as np
import pytest
import torch

from durometer.attack import ATTACKS
from durometer.attack.pgd import PGD
from durometer.attack.shell import judged
from durometer.core import Batch, Dice, IncompleteError, ModelError, Oracle
from durometer.data import InMemory
from durometer.models import load_model
from durometer.models.onnx.operations import OPERATIONS
from durometer.run import DataPlan, ModelPlan, Plan, run
from durometer.run.toml import condition
from durometer.tasks import Classification
from durometer.threat import L2, Linf

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

FLOAT = TensorProto.FLOAT
rng = np.random.default_rng(0)
WEIGHT = rng.normal(size=(48, 3)).astype(np.float32)
"""Of a linear network on (3, 4, 4): the slope of output k is column k."""


def node(op, *inputs, out, **attributes):
    return helper.make_node(op, list(inputs), [out], **attributes)


def save(path, nodes, shape, *, outputs=None, kind=FLOAT, constants=None, opset=13, **how):
    constants = {"w": WEIGHT} if constants is None else constants
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", kind, shape)],
        outputs or [helper.make_tensor_value_info("y", FLOAT, [shape[0], 3])],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path, **how)
    return path


LINEAR = [node("Flatten", "x", out="f"), node("MatMul", "f", "w", out="y")]


def slopes(model, x, k):
    """The gradient of output k at each input."""
    leaf = x.clone().requires_grad_(True)
    return torch.autograd.grad(model(leaf)[:, k].sum(), leaf)[0]


def noise(n, *shape):
    return torch.from_numpy(np.random.default_rng(n).random((n, *shape), dtype=np.float32))


def wanted(n, k=1):
    return torch.from_numpy(WEIGHT[:, k]).view(1, 3, 4, 4).expand(n, -1, -1, -1)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("batch", [1, 2, "N"])
def test_oracle_any_number_of_inputs_where_reshape_repeats_the_batch_size(tmp_path, batch, n):
    first = batch if isinstance(batch, int) else 0
    nodes = [node("Reshape", "x", "s", out="f"), node("MatMul", "f", "w", out="y")]
    constants = {"w": WEIGHT, "s": np.array([first, -1])}
    model = load_model(save(tmp_path / "net.onnx", nodes, [batch, 3, 4, 4], constants=constants))
    assert not model.twin.in_parts
    torch.testing.assert_close(slopes(model, noise(n, 3, 4, 4), 1), wanted(n))


@pytest.mark.parametrize("n", [1, 3, 4])
def test_oracle_a_batch_size_woven_into_the_graph_is_kept(tmp_path, n):
    """(2, 3, 4, 4) -> (2·3, 16) -> (2, 48): nothing says where the batch is; parts of 2 go through."""
    nodes = [
        node("Reshape", "x", "s", out="h"),
        node("Neg", "h", out="g"),
        node("Reshape", "g", "t", out="f"),
        node("MatMul", "f", "w", out="y"),
    ]
    constants = {"w": WEIGHT, "s": np.array([6, 16]), "t": np.array([2, 48])}
    model = load_model(save(tmp_path / "net.onnx", nodes, [2, 3, 4, 4], constants=constants))
    assert model.twin.in_parts
    assert "grad" in model.card.traits
    x = noise(n, 3, 4, 4)
    torch.testing.assert_close(slopes(model, x, 1), -wanted(n))
    torch.testing.assert_close(model(x.requires_grad_(True)), -x.flatten(1) @ torch.from_numpy(WEIGHT))


def test_oracle_channels_last_with_range_and_normalization(tmp_path):
    """Of 255 (x - m) / s in (H, W, C), the slope is the weight in that order times 255 / s."""
    path = save(tmp_path / "net.onnx", LINEAR, ["N", 4, 4, 3])
    model = load_model(path, input="range=0..255,mean=100,std=50/25/10")
    turned = torch.from_numpy(WEIGHT[:, 2]).view(4, 4, 3).permute(2, 0, 1)
    scale = 255 / torch.tensor([50.0, 25.0, 10.0]).view(3, 1, 1)
    torch.testing.assert_close(slopes(model, noise(2, 3, 4, 4), 2), (turned * scale).expand(2, -1, -1, -1))


def test_oracle_flat_vectors(tmp_path):
    model = load_model(save(tmp_path / "net.onnx", [node("MatMul", "x", "w", out="y")], ["N", 48]))
    torch.testing.assert_close(slopes(model, noise(3, 3, 4, 4), 0), wanted(3, 0))


def test_oracle_probabilities(tmp_path):
    """The slope of p_k is p_k (w_k - sum_j p_j w_j)."""
    nodes = [LINEAR[0], node("MatMul", "f", "w", out="z"), node("Softmax", "z", out="y", axis=1)]
    model = load_model(save(tmp_path / "net.onnx", nodes, ["N", 3, 4, 4], constants={"w": WEIGHT / 10}))
    assert model.card.output == "probabilities"
    assert model.card.traits == {"grad"}
    x, w = noise(3, 3, 4, 4), torch.from_numpy(WEIGHT / 10)
    p = model(x)
    expected = p[:, 1:2] * (w[:, 1] - p @ w.T)
    torch.testing.assert_close(slopes(model, x, 1).flatten(1), expected)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(TensorProto.FLOAT16, "float16"), (TensorProto.DOUBLE, "float64"), (TensorProto.UINT8, "uint8")],
)
def test_other_types_answer_but_have_no_gradients_and_say_so(tmp_path, kind, name):
    nodes = [node("Cast", "x", out="c", to=FLOAT), node("Flatten", "c", out="f"), LINEAR[1]]
    model = load_model(save(tmp_path / "net.onnx", nodes, ["N", 3, 4, 4], kind=kind))
    assert model.card.traits == {"logits"}
    assert f"It takes {name}, not float32: there are no gradients" in model.card.guesses
    assert model(noise(2, 3, 4, 4)).shape == (2, 3)


def test_oracle_the_other_outputs_may_be_anything(tmp_path):
    nodes = [*LINEAR[:1], node("MatMul", "f", "w", out="logits"), node("Hardmax", "logits", out="first")]
    outputs = [helper.make_tensor_value_info(n, FLOAT, ["N", 3]) for n in ("first", "logits")]
    model = load_model(save(tmp_path / "net.onnx", nodes, ["N", 3, 4, 4], outputs=outputs))
    torch.testing.assert_close(slopes(model, noise(2, 3, 4, 4), 1), wanted(2))


def test_oracle_weights_beside_the_file_and_packed(tmp_path):
    beside = {"save_as_external_data": True, "location": "w.data", "size_threshold": 0}
    model = load_model(save(tmp_path / "net.onnx", LINEAR, ["N", 3, 4, 4], **beside))
    assert (tmp_path / "w.data").stat().st_size >= WEIGHT.nbytes
    torch.testing.assert_close(slopes(model, noise(2, 3, 4, 4), 1), wanted(2))
    plain = save(tmp_path / "plain.onnx", LINEAR, ["N", 3, 4, 4])
    (tmp_path / "packed.onnx.gz").write_bytes(gzip.compress(plain.read_bytes()))
    torch.testing.assert_close(
        slopes(load_model(tmp_path / "packed.onnx.gz"), noise(2, 3, 4, 4), 1), wanted(2)
    )


def test_oracle_functions_of_the_file_are_written_out(tmp_path):
    opset = [helper.make_opsetid("", 13), helper.make_opsetid("own", 1)]
    twice = helper.make_function("own", "Twice", ["a"], ["b"], [node("Add", "a", "a", out="b")], opset[:1])
    graph = helper.make_graph(
        [
            *LINEAR[:1],
            helper.make_node("Twice", ["f"], ["g"], domain="own"),
            node("MatMul", "g", "w", out="y"),
        ],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, ["N", 3, 4, 4])],
        [helper.make_tensor_value_info("y", FLOAT, ["N", 3])],
        [numpy_helper.from_array(WEIGHT, "w")],
    )
    model = helper.make_model(graph, opset_imports=opset, functions=[twice], ir_version=8)
    onnx.save(model, tmp_path / "net.onnx")
    torch.testing.assert_close(slopes(load_model(tmp_path / "net.onnx"), noise(2, 3, 4, 4), 1), 2 * wanted(2))


def test_free_sides_are_tried_until_onnxruntime_takes_them(tmp_path):
    """A network for 28 pixels whose file leaves the sides open: noise of 32 fails, of 28 is compared."""
    w = rng.normal(size=(3 * 28 * 28, 3)).astype(np.float32) / 100
    path = save(tmp_path / "net.onnx", LINEAR, ["N", 3, "H", "W"], constants={"w": w})
    assert "grad" in load_model(path, input="size=28").card.traits
    narrow = rng.normal(size=(3 * 9 * 9, 3)).astype(np.float32) / 100
    path = save(tmp_path / "odd.onnx", LINEAR, ["N", 3, "H", "W"], constants={"w": narrow})
    assert "grad" in load_model(path, input="size=9").card.traits


def test_absence_of_onnx_leaves_answers_and_names_the_extra(tmp_path, monkeypatch):
    path = save(tmp_path / "net.onnx", LINEAR, ["N", 3, 4, 4])
    monkeypatch.setitem(sys.modules, "onnx", None)
    model = load_model(path)
    assert model.card.traits == {"logits"}
    assert (
        "There are no gradients: an ONNX model's gradient needs the package 'onnx', which is not installed. "
        "Install it with: pip install 'durometer[onnx]'" in model.card.guesses
    )
    assert model(noise(2, 3, 4, 4)).shape == (2, 3)


def test_what_can_not_be_imported_answers_and_says_which_operation(tmp_path):
    nodes = [*LINEAR[:1], node("MatMul", "f", "w", out="z"), node("Hardmax", "z", out="y")]
    model = load_model(save(tmp_path / "net.onnx", nodes, ["N", 3, 4, 4]))
    assert "grad" not in model.card.traits
    said = "There are no gradients: the operation Hardmax (y) is not among those that can be imported"
    assert said in model.card.guesses


def test_oracle_weights_of_a_type_that_only_numpy_knows(tmp_path):
    """Four-bit weights, cast on the way: computed once, before torch sees them."""
    small = helper.make_tensor("q", TensorProto.INT4, [48, 3], [1] * 144)
    graph = helper.make_graph(
        [LINEAR[0], node("Cast", "q", out="w", to=FLOAT), LINEAR[1]],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, ["N", 3, 4, 4])],
        [helper.make_tensor_value_info("y", FLOAT, ["N", 3])],
        [small],
    )
    opset = [helper.make_opsetid("", 21)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / "net.onnx")
    model = load_model(tmp_path / "net.onnx")
    x = noise(2, 3, 4, 4)
    torch.testing.assert_close(model(x), x.flatten(1).sum(dim=1, keepdim=True).expand(2, 3))
    torch.testing.assert_close(slopes(model, x, 1), torch.ones(2, 3, 4, 4))


# --- a twin that is wrong --------------------------------------------------------------------------------


BEND = [*LINEAR[:1], node("Relu", "f", out="r"), node("MatMul", "r", "w", out="y")]


def test_a_twin_that_answers_otherwise_is_refused_at_load_with_the_operation(tmp_path, monkeypatch):
    path = save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4])
    monkeypatch.setitem(OPERATIONS, "Relu", lambda node, x: x.relu() * 1.01)
    model = load_model(path)
    (said,) = (g for g in model.card.guesses if g.startswith("There are no gradients"))
    assert said.startswith("There are no gradients: the imported network differs from onnxruntime by ")
    assert said.endswith(" of its largest output, from the operation Relu (r) on")
    assert model.card.traits == {"logits"}


def test_a_difference_that_rounding_explains_is_none(tmp_path, monkeypatch):
    path = save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4])
    monkeypatch.setitem(OPERATIONS, "Relu", lambda node, x: x.relu() * (1 + 2e-6))
    assert "grad" in load_model(path).card.traits


def test_a_twin_of_another_shape_is_refused(tmp_path, monkeypatch):
    path = save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4])
    monkeypatch.setitem(OPERATIONS, "MatMul", lambda node, a, b: (a @ b)[:, :2])
    said = "There are no gradients: the imported network's answers are of shape (3, 2), onnxruntime's (3, 3)"
    assert said in load_model(path).card.guesses


def wrong_where_white(node, x):
    """Right on noise, which never reaches 1; wrong where a picture is white."""
    return x.relu() + (x >= 1).to(x.dtype)


def test_inputs_that_are_to_be_attacked_are_compared_first(tmp_path, monkeypatch):
    monkeypatch.setitem(OPERATIONS, "Relu", wrong_where_white)
    model = load_model(save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4]))
    assert "grad" in model.card.traits
    x = noise(4, 3, 4, 4)
    model.confirm(x)
    x[2, 0, 1, 1] = 1.0
    with pytest.raises(ModelError) as error:
        model.confirm(x)
    assert str(error.value).startswith("net: the imported network differs from onnxruntime by ")
    assert str(error.value).endswith(
        ", from the operation Relu (r) on. Attacks that need no gradient, such as square, still work."
    )


@pytest.fixture
def white(tmp_path):
    """A linear network, pictures with white pixels, and a plan of one gradient attack on them."""
    path = save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4], constants={"w": WEIGHT})
    x = noise(6, 3, 16, 16).numpy()
    x[:, :, :8] = 1.0
    labels = load_model(path)(load_model(path).view(torch.from_numpy(x))).argmax(dim=1).numpy()
    data = InMemory(x, labels, labels=("0", "1", "2"), name="white")
    attack = condition({"attack": "pgd", "threat": {"name": "linf", "epsilon": 0.01}}, where="test")
    return Plan((ModelPlan(str(path), input="crop=1"),), DataPlan(data), (attack,), batch_size=4)


def test_a_run_stops_with_one_sentence_and_can_be_resumed(tmp_path, monkeypatch, white):
    with monkeypatch.context() as patch:
        patch.setitem(OPERATIONS, "Relu", wrong_where_white)
        with pytest.raises(IncompleteError) as error:
            run(white, tmp_path / "record")
    assert error.value.exit_code == 3
    text = str(error.value)
    assert text.startswith("net: the imported network differs from onnxruntime by ")
    assert "from the operation Relu (r) on; 0 segments of the run are kept." in text
    assert run(white, tmp_path / "record").complete


@pytest.mark.parametrize("epsilon", [0.001, 0.3])
def test_a_wrong_twin_never_has_its_way(tmp_path, monkeypatch, epsilon):
    """A twin that says the opposite: it calls every input broken, and its slopes lead nowhere.

    onnxruntime alone decides: what is returned scores what onnxruntime says, and no point of a tiny ball
    around confident answers is reported as broken.
    """
    path = save(tmp_path / "net.onnx", BEND, ["N", 3, 4, 4])
    model = load_model(path)
    x = noise(8, 3, 4, 4)
    answers = model(x)
    best = answers.argmax(dim=1)
    target = [(k,) for k in best.tolist()]
    oracle = Oracle(model, Classification([[0], [1], [2]]), batch_size=4)
    batch = Batch([str(i) for i in range(8)], x, target)
    right = judged(PGD(steps=5), oracle, batch, Linf(epsilon), Dice(0, "pgd", 1, batch.ids, 0, "cpu"))
    monkeypatch.setitem(OPERATIONS, "MatMul", lambda node, a, b: -(a @ b))
    seen, _, _ = oracle.differentiate(x, lambda out, rows: out[:, 0])
    assert (seen.argmax(dim=1) != best).all()  # the twin finds all of them broken
    wrong = judged(PGD(steps=5), oracle, batch, Linf(epsilon), Dice(0, "pgd", 1, batch.ids, 0, "cpu"))
    scores = oracle.score(wrong.x, target)
    with torch.no_grad():
        torch.testing.assert_close(scores, (model(wrong.x).argmax(1) == best).float())
    assert (scores >= oracle.score(right.x, target)).all()
    if epsilon == 0.001:
        assert scores.tolist() == [1.0] * 8


@pytest.mark.parametrize("name", ["fmn", "ddn", "deepfool"])
def test_what_lies_on_the_boundary_is_left_to_onnxruntime(tmp_path, monkeypatch, name):
    """A twin that is off by rounding, in favor of the attacker: 3e-5 less for the right class, always.

    These attacks end at the boundary. By the twin's word some would end between the two boundaries, where
    onnxruntime calls the input unbroken; they are asked again on the way and end beyond both.
    """
    less = torch.tensor([3e-5, 0.0, 0.0])
    monkeypatch.setitem(OPERATIONS, "MatMul", lambda node, a, b: a @ b - less)
    nodes = [LINEAR[0], node("Sub", "f", "half", out="c"), node("MatMul", "c", "w", out="y")]
    constants = {"w": WEIGHT, "half": np.float32(0.5)}
    model = load_model(save(tmp_path / "net.onnx", nodes, ["N", 3, 4, 4], constants=constants))
    assert model.judges_apart
    x = 0.5 + (noise(200, 3, 4, 4) - 0.5) / 4
    x = x[model(x).argmax(dim=1) == 0]
    batch = Batch([str(i) for i in range(len(x))], x, [(0,)] * len(x))
    oracle = Oracle(model, Classification([[0], [1], [2]]), batch_size=20)
    attack = ATTACKS.get(name)()
    found = judged(attack, oracle, batch, L2(3.0), Dice(0, name, 1, batch.ids, 0, "cpu")).x
    assert len(x) > 40
    assert (model(found).argmax(dim=1) != 0).all()
