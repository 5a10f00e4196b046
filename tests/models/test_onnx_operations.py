"""Each operation of an ONNX graph, with each attribute that means something, against onnxruntime."""

import numpy as np
import pytest
import torch

from durometer.core import ModelError

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from durometer.models.onnx.files import Packed  # noqa: E402
from durometer.models.onnx.reading import read_twin  # noqa: E402
from durometer.models.onnx.twin import difference  # noqa: E402

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
WITHIN = 1e-5
"""Of max(1, largest output)."""


def rng(seed=0):
    return np.random.default_rng(seed)


def drawn(*shape, seed=1, low=-1.0, high=1.0):
    return rng(seed).uniform(low, high, shape).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


def proto(nodes, shape, constants, *, opset, outputs=("y",)):
    """A graph from x to y; constants by name."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    ir = 7 if opset <= 13 else 10
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


def theirs(model, x):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": x})[0]


def twin_of(model):
    return read_twin(Packed(model.SerializeToString(), ""), output="y").eval()


def check(nodes, x, *, opset=17, free=False, within=WITHIN, **constants):
    """The twin agrees with onnxruntime, and its slopes with central differences of itself."""
    shape = [None if free and i == 0 else n for i, n in enumerate(x.shape)]
    model = proto(nodes, shape, constants, opset=opset)
    wanted = torch.from_numpy(np.asarray(theirs(model, x)))
    twin = twin_of(model)
    leaf = torch.from_numpy(x).requires_grad_(True)
    got = twin(leaf)
    assert got.shape == wanted.shape
    assert got.dtype == wanted.dtype
    assert difference(got, wanted) < within
    if (
        got.dtype in (torch.float32, torch.float64) and got.requires_grad
    ):  # not half: it rounds the steps away
        check_slope(twin, leaf, got)


def check_slope(twin, leaf, got):
    """The slope along a direction is the central difference in float64; kinks are avoided by the input."""
    fixed = torch.from_numpy(rng(5).normal(size=tuple(got.shape))).float()
    direction = torch.from_numpy(rng(6).normal(size=tuple(leaf.shape)))
    (gradient,) = torch.autograd.grad((got * fixed).sum(), leaf)
    fine = twin.double()
    step = 1e-6

    def at(t):
        with torch.no_grad():
            return (fine(leaf.detach().double() + t * direction) * fixed).sum()

    measured = float(at(step) - at(-step)) / (2 * step)
    claimed = float((gradient.double() * direction).sum())
    assert claimed == pytest.approx(
        measured, rel=2e-3, abs=2e-3 * float(gradient.abs().sum()) / len(direction)
    )


def node(op, *inputs, out="y", **attributes):
    return helper.make_node(op, list(inputs), [out] if isinstance(out, str) else list(out), **attributes)


POSITIVE = drawn(2, 3, 5, low=0.2, high=2.0)
SIGNED = drawn(2, 3, 5, low=-2.0, high=2.0)


@pytest.mark.parametrize(
    "op",
    ["Abs", "Asin", "Acos", "Atan", "Asinh", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor",
     "HardSwish",
     "Identity", "IsNaN", "IsInf", "LogSoftmax", "Mish", "Neg", "Reciprocal", "Relu", "Round",
     "Sigmoid", "Sign",
     "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Tan", "Tanh", "GlobalAveragePool", "GlobalMaxPool"],
)  # fmt: skip
def test_oracle_one_value_at_a_time(op):
    check([node(op, "x")], drawn(2, 3, 5, low=-0.9, high=0.9), opset=20 if op == "IsInf" else 18)


@pytest.mark.parametrize("op", ["Log", "Sqrt", "Acosh"])
def test_oracle_one_positive_value_at_a_time(op):
    check([node(op, "x")], POSITIVE + (1.0 if op == "Acosh" else 0.0))


@pytest.mark.parametrize(
    ("op", "attributes", "opset"),
    [
        ("LeakyRelu", {}, 13), ("LeakyRelu", {"alpha": 0.3}, 16), ("Elu", {"alpha": 0.7}, 13), ("Elu", {}, 9),
        ("Celu", {"alpha": 2.0}, 13), ("Selu", {}, 13), ("Selu", {"alpha": 1.1, "gamma": 0.9}, 13),
        ("ThresholdedRelu", {"alpha": 0.4}, 13), ("HardSigmoid", {}, 13),
        ("HardSigmoid", {"alpha": 0.5, "beta": 0.3}, 13), ("Shrink", {"lambd": 0.6, "bias": 0.2}, 13),
        ("Gelu", {}, 20), ("Gelu", {"approximate": "tanh"}, 20), ("Softplus", {}, 7),
        ("IsInf", {"detect_negative": 0}, 13),
        *(("Softmax", {"axis": axis}, opset) for axis in (0, 1, 2, -1, -2) for opset in (11, 12, 13, 17)
          if axis >= 0 or opset > 10),
        *(("LogSoftmax", {"axis": axis}, opset) for axis in (0, 1, 2) for opset in (7, 13)),
        ("Softmax", {}, 7), ("Softmax", {}, 13), ("LogSoftmax", {}, 11), ("LogSoftmax", {}, 13),
        ("Flatten", {}, 7), ("Flatten", {"axis": 0}, 9), ("Flatten", {"axis": 2}, 13),
        ("Flatten", {"axis": 3}, 13),
        ("Flatten", {"axis": -1}, 13), ("Transpose", {}, 13), ("Transpose", {"perm": [2, 0, 1]}, 13),
        ("Cast", {"to": FLOAT}, 13), ("Cast", {"to": INT64}, 13), ("Cast", {"to": TensorProto.BOOL}, 13),
        ("Cast", {"to": TensorProto.DOUBLE}, 13), ("Cast", {"to": TensorProto.FLOAT16}, 13),
        ("Clip", {"min": -0.5, "max": 0.7}, 7), ("Clip", {"min": 0.0}, 10), ("Clip", {"max": 0.1}, 6 + 1),
        ("ArgMax", {}, 13), ("ArgMax", {"axis": 2, "keepdims": 0}, 13), ("ArgMin", {"axis": -1}, 13),
        ("LRN", {"size": 3, "alpha": 0.3, "beta": 0.6, "bias": 1.5}, 13), ("LRN", {"size": 5}, 13),
        ("Einsum", {"equation": "bij->bji"}, 13), ("Einsum", {"equation": "...ij->...i"}, 13),
        ("Dropout", {}, 7), ("Dropout", {"ratio": 0.3}, 10), ("Dropout", {}, 13),
    ],
)  # fmt: skip
def test_oracle_attributes(op, attributes, opset):
    x = drawn(2, 3, 5, 4, low=-2, high=2) if op == "LRN" else SIGNED
    check([node(op, "x", **attributes)], x, opset=opset)


@pytest.mark.parametrize(
    "op", ["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "PRelu", "MatMul"]
)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1), (2, 3, 5)])
def test_oracle_two_values_spread(op, shape):
    if op == "MatMul":
        shape = {(): (5,), (1,): (5, 4), (5,): (2, 5, 3), (3, 1): (1, 5, 1), (2, 3, 5): (2, 5, 2)}[shape]
    check([node(op, "x", "c")], POSITIVE, c=drawn(*shape, seed=2, low=0.3, high=1.7), free=op != "MatMul")


@pytest.mark.parametrize("op", ["Sub", "Div", "Pow", "MatMul", "Min", "Max"])
def test_oracle_the_constant_comes_first(op):
    check([node(op, "c", "x")], POSITIVE, c=drawn(2, 3, 3, low=0.3) if op == "MatMul" else np.float32(1.3))


@pytest.mark.parametrize("op", ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
def test_oracle_comparisons_choose(op):
    nodes = [node(op, "x", "c", out="m"), node("Where", "m", "x", "d")]
    check(nodes, SIGNED, c=np.float32(0.25), d=drawn(5, seed=3))


@pytest.mark.parametrize("op", ["And", "Or", "Xor"])
def test_oracle_logic(op):
    nodes = [
        node("Greater", "x", "c", out="a"), node("Less", "x", "d", out="b"), node(op, "a", "b", out="m"),
        node("Not", "m", out="n"), node("Cast", "n", to=FLOAT),
    ]  # fmt: skip
    check(nodes, SIGNED, c=np.float32(-0.5), d=np.float32(0.7))


def test_oracle_remainders():
    check([node("Mod", "x", "c", fmod=1)], SIGNED, c=np.float32(0.7))
    whole = [node("Cast", "x", out="i", to=INT64), node("Mod", "i", "c")]
    check(whole, SIGNED * 10, c=i64(3))
    quotient = [node("Cast", "x", out="i", to=INT64), node("Div", "i", "c")]
    check(quotient, SIGNED * 10, c=i64(3))


@pytest.mark.parametrize("low", [None, -0.5])
@pytest.mark.parametrize("high", [None, 0.25])
@pytest.mark.parametrize("opset", [11, 13])
def test_oracle_clip_by_inputs(low, high, opset):
    names = ["x", "low" if low is not None else "", "high" if high is not None else ""]
    constants = {k: np.float32(v) for k, v in (("low", low), ("high", high)) if v is not None}
    check([node("Clip", *names)], SIGNED, opset=opset, **constants)


def test_oracle_clip_by_a_computed_bound():
    nodes = [node("ReduceMax", "x", out="m", keepdims=0), node("Mul", "m", "half", out="h"),
             node("Clip", "x", "", "h")]  # fmt: skip
    check(nodes, SIGNED, half=np.float32(0.5))


REDUCTIONS = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
              "ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum"]  # fmt: skip


@pytest.mark.parametrize("op", REDUCTIONS)
@pytest.mark.parametrize("axes", [None, [1], [-1], [0, 2]])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_oracle_reductions_of_old_and_new_operator_sets(op, axes, keepdims):
    for opset in (11, 18):
        as_input = opset >= (13 if op == "ReduceSum" else 18)
        if axes is None:
            check([node(op, "x", keepdims=keepdims)], POSITIVE, opset=opset)
        elif as_input:
            check([node(op, "x", "a", keepdims=keepdims)], POSITIVE, opset=opset, a=i64(*axes))
        else:
            check([node(op, "x", axes=axes, keepdims=keepdims)], POSITIVE, opset=opset)


def test_oracle_of_zero_has_no_slope_but_zero():
    twin = twin_of(proto([node("ReduceL2", "x", axes=[1], keepdims=0)], [1, 3], {}, opset=13))
    x = torch.zeros(1, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(twin(x).sum(), x)
    assert gradient.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("largest", [0, 1])
def test_oracle_top(largest):
    check([node("TopK", "x", "k", out=("y", "i"), axis=2, largest=largest)], SIGNED, k=i64(2))
    check([node("TopK", "x", "k", out=("v", "y"), axis=1, largest=largest)], SIGNED, k=i64(3))


@pytest.mark.parametrize("exclusive", [0, 1])
@pytest.mark.parametrize("reverse", [0, 1])
def test_oracle_running_sums(exclusive, reverse):
    check([node("CumSum", "x", "a", exclusive=exclusive, reverse=reverse)], SIGNED, a=np.int64(-1))


# --- convolution and pooling -----------------------------------------------------------------------------


CONVOLUTIONS = [
    ((2, 3, 9, 8), (4, 3, 3, 3), {}),
    ((2, 3, 9, 8), (4, 3, 3, 2), {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ((2, 3, 9, 8), (4, 3, 3, 3), {"pads": [0, 2, 1, 0]}),
    ((2, 3, 9, 8), (4, 3, 3, 3), {"dilations": [2, 1], "pads": [2, 0, 2, 0]}),
    ((2, 4, 9, 8), (6, 2, 3, 3), {"group": 2}),
    ((2, 4, 9, 8), (4, 1, 3, 3), {"group": 4, "auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ((2, 3, 9, 8), (4, 3, 2, 4), {"auto_pad": "SAME_LOWER", "strides": [2, 1]}),
    ((2, 3, 9, 8), (4, 3, 3, 3), {"auto_pad": "VALID"}),
    ((2, 3, 11), (4, 3, 3), {"pads": [1, 0], "strides": [3]}),
    ((1, 2, 5, 6, 5), (3, 2, 3, 3, 2), {"pads": [1, 1, 1, 1, 1, 1], "strides": [1, 2, 1]}),
]


@pytest.mark.parametrize(("shape", "weight", "attributes"), CONVOLUTIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_oracle_convolutions(shape, weight, attributes, bias):
    constants = {"w": drawn(*weight, seed=2)} | ({"b": drawn(weight[0], seed=3)} if bias else {})
    check([node("Conv", "x", *constants, **attributes)], drawn(*shape), **constants)


TRANSPOSED = [
    ((2, 3, 5, 4), (3, 4, 3, 3), {}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"strides": [2, 2], "output_padding": [1, 0]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"strides": [2, 3], "pads": [0, 1, 1, 2]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"strides": [3, 3], "pads": [1, 0, 0, 0], "output_padding": [2, 1]}),
    ((2, 4, 5, 4), (4, 3, 3, 2), {"group": 2, "strides": [2, 1]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"dilations": [2, 2], "pads": [1, 0, 1, 0]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    ((2, 3, 5, 4), (3, 4, 4, 4), {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
    ((2, 3, 5, 4), (3, 4, 3, 3), {"output_shape": [10, 8], "strides": [2, 2]}),
    ((2, 3, 5, 4), (3, 4, 4, 4), {"output_shape": [11, 9], "strides": [2, 2], "auto_pad": "SAME_UPPER"}),
    ((2, 3, 7), (3, 2, 4), {"strides": [2], "pads": [1, 1]}),
]


@pytest.mark.parametrize(("shape", "weight", "attributes"), TRANSPOSED)
@pytest.mark.parametrize("bias", [True, False])
def test_oracle_transposed_convolutions(shape, weight, attributes, bias):
    channels = weight[1] * attributes.get("group", 1)
    constants = {"w": drawn(*weight, seed=2)} | ({"b": drawn(channels, seed=3)} if bias else {})
    check([node("ConvTranspose", "x", *constants, **attributes)], drawn(*shape), **constants)


WINDOWS = [
    {"kernel_shape": [2, 2], "strides": [2, 2]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 2], "strides": [1, 2], "pads": [0, 1, 2, 0]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
    {"kernel_shape": [2, 2], "strides": [3, 3], "ceil_mode": 1, "pads": [1, 1, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [1, 0, 1, 1]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [3, 3], "auto_pad": "VALID"},
    {"kernel_shape": [3, 3]},
]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", [(8, 9), (7, 6)])
@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "AveragePool with padding"])
def test_oracle_pooling(window, size, op):
    name, _, counted = op.partition(" ")
    extra = {"count_include_pad": 1} if counted else {}
    check([node(name, "x", **window, **extra)], drawn(2, 3, *size), opset=19 if counted else 12)


def test_oracle_pooling_in_other_dimensions_and_dilated():
    check([node("MaxPool", "x", kernel_shape=[3], strides=[2], pads=[1, 1])], drawn(2, 3, 9))
    check([node("AveragePool", "x", kernel_shape=[3], strides=[2])], drawn(2, 3, 9))
    check([node("MaxPool", "x", kernel_shape=[2, 2, 2])], drawn(1, 2, 4, 5, 4))
    check([node("MaxPool", "x", kernel_shape=[2, 3], dilations=[2, 2], pads=[1, 0, 0, 1])], drawn(2, 3, 8, 9))
    for op in ("GlobalAveragePool", "GlobalMaxPool"):
        check([node(op, "x")], drawn(2, 3, 4, 5))


@pytest.mark.parametrize("seed", range(40))
def test_properties_windows_at_random(seed):
    """Any convolution, pooling or transposed convolution that onnxruntime takes comes out the same."""
    r = rng(seed)
    kernel, strides = r.integers(1, 4, 2).tolist(), r.integers(1, 4, 2).tolist()
    pads = [int(r.integers(0, k)) for k in kernel * 2]
    size = r.integers(4, 10, 2).tolist()
    x, common = drawn(2, 4, *size, seed=seed), {"strides": strides, "pads": pads}
    ceil = int(r.integers(0, 2))
    check([node("MaxPool", "x", kernel_shape=kernel, ceil_mode=ceil, **common)], x)
    common_too = {"ceil_mode": ceil, "count_include_pad": int(r.integers(0, 2)), **common}
    check([node("AveragePool", "x", kernel_shape=kernel, **common_too)], x, opset=19)
    group = int(r.choice([1, 2, 4]))
    check([node("Conv", "x", "w", group=group, **common)], x, w=drawn(8, 4 // group, *kernel, seed=seed))
    wide = [s * (n - 1) + k for s, n, k in zip(strides, size, kernel, strict=True)]
    if all(w > pads[i] + pads[i + 2] for i, w in enumerate(wide)):
        check([node("ConvTranspose", "x", "w", group=group, **common)], x, w=drawn(4, 2, *kernel, seed=seed))


# --- normalization ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("opset", [7, 9, 14, 15])
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (2, 3, 4, 5)])
def test_oracle_batch_norm(opset, shape):
    constants = {n: drawn(3, seed=i, low=0.5, high=1.5) for i, n in enumerate(("s", "b", "m", "v"))}
    nodes = [node("BatchNormalization", "x", "s", "b", "m", "v", epsilon=1e-3, momentum=0.8)]
    check(nodes, drawn(*shape), opset=opset, **constants)


@pytest.mark.parametrize("axis", [-1, 1, 2])
@pytest.mark.parametrize("bias", [True, False])
def test_oracle_layer_norm(axis, bias):
    shape = (2, 3, 5)[axis:]
    constants = {"s": drawn(*shape, seed=2)} | ({"b": drawn(*shape, seed=3)} if bias else {})
    check([node("LayerNormalization", "x", *constants, axis=axis, epsilon=1e-3)], SIGNED, **constants)


def test_oracle_other_norms():
    s, b = drawn(4, seed=2), drawn(4, seed=3)
    x = drawn(2, 4, 3, 5)
    check([node("InstanceNormalization", "x", "s", "b", epsilon=1e-3)], x, s=s, b=b)
    check([node("GroupNormalization", "x", "s", "b", num_groups=2)], x, opset=18, s=s[:2], b=b[:2])
    check([node("GroupNormalization", "x", "s", "b", num_groups=2)], x, opset=21, s=s, b=b)
    check([node("RMSNormalization", "x", "s", axis=-1)], x, opset=23, s=drawn(5, seed=4))


# --- products --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [{}, {"transB": 1}, {"transA": 1}, {"transA": 1, "transB": 1}])
@pytest.mark.parametrize("bias", [None, (), (1,), (3,), (1, 3), (4, 1), (4, 3)])
@pytest.mark.parametrize("scales", [{}, {"alpha": 0.7, "beta": 1.4}])
def test_oracle_gemm(flags, bias, scales):
    x = drawn(*((5, 4) if flags.get("transA") else (4, 5)))
    constants = {"w": drawn(*((3, 5) if flags.get("transB") else (5, 3)), seed=2)}
    constants |= {} if bias is None else {"c": drawn(*bias, seed=3)}
    check([node("Gemm", "x", *constants, **flags, **scales)], x, **constants)


def test_oracle_einsum_of_two():
    check([node("Einsum", "x", "w", equation="bij,jk->bik")], SIGNED, w=drawn(5, 2, seed=2))


@pytest.mark.parametrize("attributes", [{}, {"scale": 0.3}, {"is_causal": 1}])
@pytest.mark.parametrize("mask", [None, "adds", "hides"])
def test_oracle_attention(attributes, mask):
    x, keys = (
        drawn(2, 4, 5, 6),
        drawn(2, 2, 7 - 2 * attributes.get("is_causal", 0), 6, seed=2),
    )  # two share a key
    constants = {"k": keys, "v": drawn(2, 2, keys.shape[2], 3, seed=3)}
    if mask:
        added = drawn(5, keys.shape[2], seed=4)
        constants["m"] = added if mask == "adds" else (added > -0.5) | np.eye(5, keys.shape[2], dtype=bool)
    check([node("Attention", "x", *constants, **attributes)], x, opset=23, **constants)


def test_oracle_attention_of_flat_heads():
    constants = {"k": drawn(2, 7, 6, seed=2), "v": drawn(2, 7, 6, seed=3)}
    check([node("Attention", "x", *constants, q_num_heads=4, kv_num_heads=2)], drawn(2, 5, 12), opset=23,
          **constants)  # fmt: skip


# --- layout ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "attributes"),
    [((2, 15), {}), ((-1, 5), {}), ((0, -1), {}), ((0, 0, 5, 1), {}), ((2, 3, 5), {"allowzero": 1})],
)
def test_oracle_reshape(shape, attributes):
    check([node("Reshape", "x", "s", **attributes)], SIGNED, opset=14, s=i64(*shape))


@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("axes", [(0,), (-1,), (0, 2), (1, -1), (3, 0)])
def test_oracle_squeeze_and_unsqueeze(opset, axes):
    if opset >= 13:
        both = [node("Unsqueeze", "x", "a", out="u"), node("Squeeze", "u", "a")]
        check([*both[:1], node("Identity", "u")], SIGNED, opset=opset, a=i64(*axes))
        check(both, SIGNED, opset=opset, a=i64(*axes))
    else:
        both = [node("Unsqueeze", "x", out="u", axes=axes), node("Squeeze", "u", axes=axes)]
        check([*both[:1], node("Identity", "u")], SIGNED, opset=opset)
        check(both, SIGNED, opset=opset)


def test_oracle_squeeze_of_all_ones():
    check([node("Squeeze", "x")], drawn(3, 1, 2, 1))


@pytest.mark.parametrize(
    ("opset", "attributes", "sizes"),
    [(11, {"axis": 1}, None), (11, {"axis": 1, "split": [1, 4, 1]}, None), (13, {"axis": -2}, (2, 2, 2)),
     (13, {"axis": 1}, None), (18, {"axis": 1, "num_outputs": 3}, None),
     (18, {"axis": 2, "num_outputs": 3}, None)],
)  # fmt: skip
@pytest.mark.parametrize("read", [0, 1, 2])
def test_oracle_split(opset, attributes, sizes, read):
    out = ["y" if i == read else f"p{i}" for i in range(3)]
    constants = {} if sizes is None else {"s": i64(*sizes)}
    check([node("Split", "x", *constants, out=out, **attributes)], drawn(2, 6, 5), opset=opset, **constants)


@pytest.mark.parametrize("shape", [(2, 3, 5), (4, 2, 3, 5), (3, 5), (1, 1)])
def test_oracle_expand_and_tile(shape):
    check([node("Expand", "x", "s")], drawn(1, 3, 1), s=i64(*shape))
    check([node("Tile", "x", "s")], drawn(2, 3), s=i64(*shape[-2:]))


def test_oracle_concat_and_blocks():
    check([node("Concat", "x", "c", "x", axis=1)], SIGNED, c=drawn(2, 2, 5, seed=3))
    check([node("Concat", "x", "c", axis=-1)], SIGNED, c=drawn(2, 3, 1, seed=3))
    for mode in ("DCR", "CRD"):
        check([node("DepthToSpace", "x", blocksize=2, mode=mode)], drawn(2, 12, 3, 4))
    check([node("SpaceToDepth", "x", blocksize=2)], drawn(2, 3, 4, 6))


# --- selection -------------------------------------------------------------------------------------------


LONG = np.iinfo(np.int64).max
SLICES = [
    ((1,), (3,), (2,), None), ((0, 1), (2, LONG), (0, 2), None), ((-3,), (-1,), (-1,), None),
    ((0,), (LONG,), (2,), (2,)), ((-1,), (-LONG,), (2,), (-1,)), ((4,), (0,), (2,), (-2,)),
    ((9,), (-9,), (2,), (-3,)), ((-99,), (99,), (1,), (1,)), ((0, 1), (1, 3), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("starts", "ends", "axes", "steps"), SLICES)
def test_oracle_slices(starts, ends, axes, steps):
    constants = {"s": i64(*starts), "e": i64(*ends)}
    constants |= {} if axes is None else {"a": i64(*axes)}
    constants |= {} if steps is None else {"t": i64(*steps)}
    check([node("Slice", "x", *constants)], SIGNED, opset=13, **constants)
    if steps is None:
        attributes = {"starts": starts, "ends": ends} | ({} if axes is None else {"axes": axes})
        check([node("Slice", "x", **attributes)], SIGNED, opset=9)
    # the same arithmetic on a shape, in numpy: the numbers 0..14 of a value known beforehand
    known = [
        node("Slice", "k", *constants, out="part"),
        node("ReduceSum", "part", out="n"),
        node("Mul", "x", "n"),
    ]
    check(known, SIGNED, opset=13, k=np.arange(30, dtype=np.float32).reshape(2, 3, 5), **constants)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("index", [0, -1, (0, -2), ((0, 1), (-1, 0)), (1,)])
def test_oracle_gather(axis, index):
    check([node("Gather", "x", "i", axis=axis)], SIGNED, i=np.array(index, np.int64))


def test_oracle_gather_and_scatter_by_element():
    index = rng(3).integers(-5, 5, (2, 3, 2))
    check([node("GatherElements", "x", "i", axis=2)], SIGNED, i=index)
    places, new = i64(0, -1).reshape(1, 1, 2), drawn(1, 1, 2, seed=4)
    check([node("ScatterElements", "x", "i", "u", axis=2)], SIGNED, opset=13, i=places, u=new)
    rows = i64(0, 1, 1, -1).reshape(2, 2)
    check([node("GatherND", "x", "i")], SIGNED, i=rows)
    check([node("ScatterND", "x", "i", "u")], SIGNED, i=rows, u=drawn(2, 5, seed=4))


@pytest.mark.parametrize("upper", [0, 1])
@pytest.mark.parametrize("shift", [None, -1, 2])
def test_oracle_triangles(upper, shift):
    constants = {} if shift is None else {"k": np.int64(shift)}
    check([node("Trilu", "x", *constants, upper=upper)], SIGNED, **constants)


@pytest.mark.parametrize(
    ("mode", "pads"),
    [("constant", (0, 1, 2, 0, 0, 1)), ("constant", (1, 0, 0, 0, 2, 0)), ("constant", (0, -1, 1, 0, 0, -2)),
     ("reflect", (0, 0, 2, 0, 0, 3)), ("edge", (0, 0, 1, 0, 0, 4)), ("wrap", (0, 0, 2, 0, 0, 1))],
)  # fmt: skip
def test_oracle_padding(mode, pads):
    opset = 19 if mode == "wrap" else 13
    check([node("Pad", "x", "p", mode=mode)], SIGNED, opset=opset, p=i64(*pads))
    if mode == "constant":
        check([node("Pad", "x", "p", "v", mode=mode)], SIGNED, p=i64(*pads), v=np.float32(-1.5))
        check([node("Pad", "x", mode=mode, pads=pads, value=0.5)], SIGNED, opset=10)
    else:
        flat = i64(0, 0, 1, pads[2], 0, 0, 1, pads[5])
        check([node("Pad", "x", "p", mode=mode)], drawn(2, 3, 4, 5), opset=opset, p=flat)


def test_oracle_padding_of_some_axes():
    check([node("Pad", "x", "p", "", "a")], SIGNED, opset=18, p=i64(1, 2, 0, 3), a=i64(-1, 1))


# --- resizing --------------------------------------------------------------------------------------------


CONVENTIONS = ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"]


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize(
    "way", ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil", "linear", "cubic"]
)
@pytest.mark.parametrize("by", [(2.0, 3.0), (1.3, 0.6), "sizes"])
def test_oracle_resize(convention, way, by):
    x = drawn(2, 2, 5, 6)
    mode = {"mode": way} if way in ("linear", "cubic") else {"mode": "nearest", "nearest_mode": way}
    attributes = {"coordinate_transformation_mode": convention, **mode}
    if by == "sizes":
        check([node("Resize", "x", "", "", "n", **attributes)], x, opset=13, n=i64(2, 2, 8, 4))
    else:
        scales = np.array([1, 1, *by], np.float32)
        check([node("Resize", "x", "", "s", **attributes)], x, opset=13, s=scales)
        check([node("Resize", "x", "r", "s", **attributes)], x, opset=11, s=scales, r=np.zeros(0, np.float32))


def test_oracle_resize_of_some_axes():
    check([node("Resize", "x", "", "s", mode="linear", axes=[2, 3])], drawn(1, 2, 4, 5), opset=18,
          s=np.array([2.0, 1.5], np.float32))  # fmt: skip


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("by", [(2.0, 2.0), (1.5, 2.0)])
def test_oracle_upsample(mode, by):
    scales = np.array([1, 1, *by], np.float32)
    x = drawn(1, 2, 4, 5)
    check([node("Upsample", "x", mode=mode, scales=scales.tolist())], x, opset=7)
    check([node("Upsample", "x", "s", mode=mode)], x, opset=9, s=scales)
    check([node("Resize", "x", "s", mode=mode)], x, opset=10, s=scales)


# --- values known beforehand -----------------------------------------------------------------------------


def test_oracle_shapes_computed_on_the_way():
    """Flattening as exporters wrote it: shape, its first entry, -1 beside it, reshape; for any batch size."""
    nodes = [
        node("Shape", "x", out="s"), node("Gather", "s", "zero", out="n"),
        node("Unsqueeze", "n", "axis", out="u"),
        node("Concat", "u", "rest", out="r", axis=0), node("Reshape", "x", "r"),
    ]  # fmt: skip
    for n in (1, 2, 7):
        check(nodes, drawn(n, 3, 5), free=True, zero=np.int64(0), axis=i64(0), rest=i64(-1))


def test_oracle_factors_computed_on_the_way():
    """Half the size, as exporters wrote it: shape, cast, times 0.5, floor, cast, resize."""
    nodes = [
        node("Shape", "x", out="s"), node("Slice", "s", "two", "four", out="hw"),
        node("Cast", "hw", out="f", to=FLOAT), node("Mul", "f", "half", out="h"), node("Floor", "h", out="g"),
        node("Cast", "g", out="i", to=INT64), node("Slice", "s", "zero", "two", out="nc"),
        node("Concat", "nc", "i", out="size", axis=0), node("Resize", "x", "", "", "size", mode="linear"),
    ]  # fmt: skip
    half = np.array([0.5, 0.75], np.float32)
    check(nodes, drawn(3, 2, 7, 8), free=True, half=half, zero=i64(0), two=i64(2), four=i64(4))


def test_oracle_positions_computed_on_the_way():
    """A range as long as the input, its sine beside the values; numpy has no word for the sine here."""
    nodes = [
        node("Shape", "x", out="s"), node("Gather", "s", "last", out="n"),
        node("Range", "zero", "n", "one", out="r"),
        node("Cast", "r", out="f", to=FLOAT), node("Sin", "f", out="g"), node("Add", "x", "g"),
    ]  # fmt: skip
    check(nodes, SIGNED, last=np.int64(2), zero=np.int64(0), one=np.int64(1))


def test_oracle_a_constant_of_the_batch_size():
    """A token that is spread over the batch and put in front, as in vision transformers."""
    nodes = [
        node("Shape", "x", out="s", end=1), node("Concat", "s", "rest", out="to", axis=0),
        node("Expand", "token", "to", out="tokens"), node("ConstantOfShape", "to", out="zeros"),
        node("Add", "tokens", "zeros", out="t"), node("Concat", "t", "x", axis=1),
    ]  # fmt: skip
    for n in (1, 4):
        check(nodes, drawn(n, 3, 5), free=True, rest=i64(1, 5), token=drawn(1, 1, 5, seed=3))


def test_oracle_weights_are_computed_once():
    """Weights turned, scaled and split on the way are constants: one node is left."""
    nodes = [
        node("Transpose", "w", out="t"), node("Split", "t", out=("a", "b"), axis=1),
        node("Exp", "a", out="e"),
        node("MatMul", "x", "e"),
    ]  # fmt: skip
    w = drawn(4, 5, seed=2)
    check(nodes, SIGNED, opset=13, w=w)
    twin = twin_of(proto(nodes, [2, 3, 5], {"w": w}, opset=13))
    assert [n.op for n in twin.nodes] == ["MatMul"]
    (only,) = twin.buffers()
    np.testing.assert_allclose(only.numpy(), np.exp(w.T[:, :2]), rtol=1e-6)


# --- what is refused -------------------------------------------------------------------------------------


def refused(nodes, shape=(2, 3, 5), *, opset=17, x=None, **constants):
    with pytest.raises(ModelError) as error:
        twin_of(proto(nodes, list(shape), constants, opset=opset))(torch.from_numpy(drawn(*shape)))
    return str(error.value)


WAY_OUT = "Attacks that need no gradient, such as square, still work."


def test_errors_of_operations_that_are_not_known():
    text = refused([node("Hardmax", "x")])
    assert text == f"the operation Hardmax (y) is not among those that can be imported. {WAY_OUT}"
    weights = {"w": drawn(1, 8, 5), "r": drawn(1, 8, 2)}
    text = refused([node("LSTM", "x", "w", "r", out=("y",), hidden_size=2)], **weights)
    assert text == f"the operation LSTM (y) is recurrent. {WAY_OUT}"
    levels = {"s": np.float32(0.1), "z": np.uint8(3)}
    nodes = [node("QuantizeLinear", "x", "s", "z", out="q"), node("DequantizeLinear", "q", "s", "z")]
    assert "QuantizeLinear (q) rounds to whole levels, which leaves no gradient" in refused(nodes, **levels)


def test_errors_are_only_of_what_the_answer_needs():
    nodes = [node("Hardmax", "x", out="other"), node("Relu", "x")]
    x = torch.from_numpy(SIGNED)
    torch.testing.assert_close(twin_of(proto(nodes, [2, 3, 5], {}, opset=17))(x), x.relu())


def test_errors_of_foreign_and_nested_operations():
    text = refused([helper.make_node("FusedGelu", ["x"], ["y"], domain="com.microsoft")])
    assert "the operation FusedGelu belongs to 'com.microsoft', which can't be imported" in text
    graphs = [
        helper.make_graph(
            [helper.make_node("Neg", ["x"], [o])], o, [], [helper.make_empty_tensor_value_info(o)]
        )
        for o in ("a", "b")
    ]
    text = refused([node("If", "c", then_branch=graphs[0], else_branch=graphs[1])], c=np.array(True))
    assert "the operation If (y) chooses between two graphs" in text


@pytest.mark.parametrize(
    ("nodes", "shape", "opset", "constants", "text"),
    [
        ([node("MaxPool", "x", out=("v", "y"), kernel_shape=[2])], (1, 2, 4), 13, {},
         "MaxPool (v) is asked for the places of its values"),
        ([node("AveragePool", "x", kernel_shape=[2], dilations=[2])], (1, 2, 6), 19, {},
         "has dilated windows"),
        ([node("Resize", "x", "", "s", mode="linear", antialias=1)], (1, 1, 4, 4), 18,
         {"s": np.array([1, 1, 0.5, 0.5], np.float32)}, "is told antialias"),
        ([node("Resize", "x", "r", "s", coordinate_transformation_mode="tf_crop_and_resize")],
         (1, 1, 4, 4), 13,
         {"s": np.array([1, 1, 2, 2], np.float32), "r": np.zeros(8, np.float32)},
         "resizes by the convention tf_crop_and_resize"),
        ([node("Pad", "x", "p", mode="reflect")], (2, 3, 5), 13, {"p": i64(1, 0, 0, 0, 0, 0)},
         "pads in the mode 'reflect' over these axes"),
        ([node("ScatterND", "x", "i", "u", reduction="add")], (2, 3), 16, {"i": i64(0).reshape(1, 1),
         "u": drawn(1, 3)}, "puts several values together"),
        ([node("GatherND", "x", "i", batch_dims=1)], (2, 3), 13, {"i": i64(0, 1).reshape(2, 1)},
         "has leading axes of its own"),
        ([node("ArgMax", "x", select_last_index=1)], (2, 3), 13, {}, "takes the last of equals"),
        ([node("Cast", "x", out="i", to=INT64), node("Reshape", "c", "i")], (1,), 13, {"c": drawn(4)},
         "takes a shape that depends on the input's values"),
        ([node("Squeeze", "x", out="q"), node("Range", "z", "q", "z")], (1,), 13, {"z": np.float32(1)},
         "the operation Range (y) depends on the input's values"),
        ([node("BatchNormalization", "x", *"sbmv", training_mode=1)], (4, 3), 15,
         {k: drawn(3, low=0.5) for k in "sbmv"}, "normalizes by the batch: it was exported in training mode"),
        ([node("Dropout", "x", "r", "t")], (4, 3), 13, {"r": np.float32(0.5), "t": np.array(True)},
         "drops values at random: it was exported in training mode"),
        ([node("Cast", "x", to=TensorProto.STRING)], (2,), 13, {}, "casts to a type that is not known here"),
        ([node("ReduceMean", "x", "a", noop_with_empty_axes=1)], (2, 3), 18, {"a": i64()},
         "is told to reduce nothing"),
    ],
)  # fmt: skip
def test_errors_name_the_operation(nodes, shape, opset, constants, text):
    found = refused(nodes, shape, opset=opset, **constants)
    assert text in found
    assert found.startswith(f"the operation {nodes[-1].op_type} ({nodes[-1].output[0]}) ")
    assert found.endswith(WAY_OUT)


def test_errors_of_torch_are_said_with_the_operation():
    assert "the operation MatMul (y) fails (" in refused([node("MatMul", "x", "w")], w=drawn(4, 2))
