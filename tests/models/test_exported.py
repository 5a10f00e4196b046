"""Exported programs: right answers at any batch size, and crafted files whose payload must not run."""

import contextlib
import io
import json
import os
import pickle
import warnings
import zipfile

import pytest
import torch
from torch import nn

from durometer.core import ModelError
from durometer.models import load_model
from durometer.models.program import strange_in


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Linear(4, 5)
        self.shift = torch.ones(4)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).relu().mean((2, 3)) + self.shift)


class Attends(nn.Module):
    """A small transformer over free sizes: symbolic shapes, arithmetic on them, a dictionary of answers."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        h = self.conv(x)
        b, c, height, width = h.shape
        t = self.layer(h.flatten(2).transpose(1, 2).reshape(b, height * width, c))
        t = nn.functional.interpolate(t.transpose(1, 2), scale_factor=0.5)
        return {"features": (t, t), "logits": self.head(t.mean(-1))}


def export(module, path, *, batch=2, side=8, dynamic=None):
    program = torch.export.export(module.eval(), (torch.rand(batch, 3, side, side),), dynamic_shapes=dynamic)
    torch.export.save(program, path)
    return path


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    return export(Net(), tmp_path_factory.mktemp("pt2") / "net.pt2")


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    return export(Net(), tmp_path_factory.mktemp("pt2") / "free.pt2", dynamic=({0: torch.export.Dim("b")},))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_differential_answers_are_the_modules_own_at_any_batch_size(fixed, free, n):
    x = torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(n))
    expected = Net().eval()(x).detach()
    for path in (fixed, free):
        torch.testing.assert_close(load_model(path)(x), expected)


def test_differential_gradients_through_a_program_of_fixed_batch(fixed):
    x, y = (torch.full((5, 3, 8, 8), 0.3, requires_grad=True) for _ in range(2))
    load_model(fixed)(x)[:, 2].sum().backward()
    Net().eval()(y)[:, 2].sum().backward()
    torch.testing.assert_close(x.grad, y.grad)


def test_card_of_a_program(fixed):
    card = load_model(fixed).card
    assert (card.name, card.input.size, card.input.channels) == ("net", (8, 8), 3)
    assert card.traits == {"grad", "logits"}
    assert card.labels == ("0", "1", "2", "3", "4")


def test_a_program_with_symbolic_sizes_is_plain(tmp_path):
    sizes = {
        0: torch.export.Dim("b"),
        2: torch.export.Dim("h", min=8, max=64),
        3: torch.export.Dim("w", min=8, max=64),
    }
    path = export(Attends(), tmp_path / "vit.pt2", side=16, dynamic=(sizes,))
    model = load_model(path, input="size=24")
    x = torch.rand(3, 3, 24, 24)
    torch.manual_seed(0)
    assert model(x).shape == (3, 5)


def rewritten(path, out, changes):
    """Copy an archive with some members changed, dropped (None) or added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        top = old.namelist()[0].partition("/")[0]
        rest = dict(changes)
        for name in old.namelist():
            inner = name.partition("/")[2]
            content = old.read(name)
            if inner in rest:
                change = rest.pop(inner)
                content = change(content) if callable(change) else change
            if content is None:
                continue
            new.writestr(name, content)
        for inner, content in rest.items():
            new.writestr(f"{top}/{inner}", content)
    return out


def edited(change):
    """Return a change of a JSON member."""

    def apply(content):
        table = json.loads(content)
        change(table)
        return json.dumps(table).encode()

    return apply


CONSTANTS = "data/constants/model_constants_config.json"


class Payload:
    """Leaves a folder behind when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (os.mkdir, (str(self.marker),))


def poisoned(marker):
    buffer = io.BytesIO()
    torch.save({"x": Payload(marker)}, buffer)
    return buffer.getvalue()


def first_weight_pickled(table):
    next(iter(table["config"].values()))["use_pickle"] = True


def constant_named(name):
    def change(table):
        entry = table["config"]["shift"]
        entry["path_name"], entry["use_pickle"] = name, True

    return change


def call(marker):
    return f"__import__('os').mkdir({str(marker)!r})"


def sized(marker):
    def change(program):
        value = program["graph_module"]["graph"]["tensor_values"]["x"]
        value["sizes"][0] = {"as_expr": {"expr_str": call(marker), "hint": None}}

    return change


def guarded(marker):
    return lambda program: program["guards_code"].append(f"{call(marker)} is None")


def renamed(marker):
    def change(program):
        text = json.dumps(program).replace('"name": "x"', json.dumps({"name": f"x = {call(marker)}"})[1:-1])
        program.clear()
        program.update(json.loads(text))

    return change


def retargeted(program):
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.os.system"


def crafted(marker):
    """Every way in that was found: name -> (changes of the archive, what the refusal says)."""
    evil, weights, inputs = poisoned(marker), "data/weights", "data/sample_inputs/model.pt"
    config = edited(first_weight_pickled)
    return {
        "sample inputs": ({inputs: evil}, "data/sample_inputs/model.pt holds a pickle"),
        "pickled weight": (
            {f"{weights}/model_weights_config.json": config, f"{weights}/weight_0": evil},
            "data/weights/weight_0 holds a pickle",
        ),
        "older weights": ({f"{weights}/model.pt": evil}, "data/weights/model.pt holds a pickle"),
        "opaque object": (
            {
                CONSTANTS: edited(constant_named("opaque_obj_0")),
                "data/constants/tensor_0": None,
                "data/constants/opaque_obj_0": pickle.dumps(Payload(marker)),
            },
            "data/constants/opaque_obj_0 holds a pickle",
        ),
        "custom object": (
            {
                CONSTANTS: edited(constant_named("custom_obj_0")),
                "data/constants/tensor_0": None,
                "data/constants/custom_obj_0": pickle.dumps(Payload(marker)),
            },
            "data/constants/custom_obj_0 holds a pickle",
        ),
        "pickle named as a table": (
            {
                CONSTANTS: edited(constant_named("opaque_obj_config.json")),
                "data/constants/tensor_0": None,
                "data/constants/opaque_obj_config.json": pickle.dumps(Payload(marker)),
            },
            "data/constants/opaque_obj_config.json",
        ),
        "library": ({"data/aotinductor/model/lib.so": b"\x7fELF"}, "holds a compiled library"),
        "operator": ({"models/model.json": edited(retargeted)}, "the operator 'torch.os.system'"),
        "size": ({"models/model.json": edited(sized(marker))}, "holds the expression \"__import__("),
        "guard": ({"models/model.json": edited(guarded(marker))}, "holds the expression \"__import__("),
        "name": ({"models/model.json": edited(renamed(marker))}, "holds the name \"x = __import__("),
        "program of a strange name": ({"models/a b.json": b"{}"}, "holds a program of a strange name"),
    }  # fmt: skip


@pytest.mark.parametrize("way", list(crafted("")))
def test_a_crafted_file_is_refused_and_its_payload_does_not_run(fixed, tmp_path, way):
    marker = tmp_path / "ran"
    changes, message = crafted(marker)[way]
    path = rewritten(fixed, tmp_path / "crafted.pt2", changes)
    with pytest.raises(ModelError) as error:
        load_model(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert not marker.exists()


@pytest.mark.parametrize("way", ["sample inputs", "pickled weight", "opaque object", "size", "guard"])
def test_the_payload_would_have_run(fixed, tmp_path, way):
    """The control of the test above: these files do run their payload when the user says to trust them."""
    marker = tmp_path / "ran"
    changes, _ = crafted(marker)[way]
    path = rewritten(fixed, tmp_path / "crafted.pt2", changes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ModelError, AttributeError, TypeError, AssertionError):
            load_model(path, trust_code=True)
    assert marker.exists()


def test_refusal_says_the_way_out(fixed, tmp_path):
    path = rewritten(
        fixed, tmp_path / "crafted.pt2", {"data/sample_inputs/model.pt": poisoned(tmp_path / "ran")}
    )
    with pytest.raises(
        ModelError, match=r"could run code when loaded\. If you trust .* allow it with --trust-code\.$"
    ):
        load_model(path)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')", "x.__class__", "().__class__", "L['a\\'b']", "f'{x}'", "[i for i in x]",
        "lambda: 0", "getattr(L, 'x')", "(x := 1)", "size(**x)", "'a b'", "Symbol('s0', positive=open('a'))",
        "x if y else z",
    ],
)  # fmt: skip
def test_expressions_that_are_more_than_arithmetic(expression):
    assert strange_in({"guards_code": [expression]}).startswith("the expression")


@pytest.mark.parametrize(
    "expression",
    [
        "L['x'].size()[0] == 2", "2*L['x'].size()[2] <= 64", "Mod(L['x'].size()[3], 2) == 0",
        "Add(FloorDiv(Symbol('s0', positive=True, integer=True), Integer(2)), Integer(-1))",
        "Mul(Float('0.5', precision=53), ToFloat(Symbol('s77', integer=True)))",
    ],
)  # fmt: skip
def test_expressions_that_are_arithmetic(expression):
    assert strange_in({"guards_code": [expression]}) == ""


@pytest.mark.parametrize(
    "target",
    [
        "torch.load", "torch.ops.aten.from_file.default", "torch.ops.load_library", "torch.hub.load",
        "builtins.eval", "_operator.methodcaller", "torch.ops.aten.__class__.mro", "#evil:op",
        "torch.ops.aten.add.__globals__",
    ],
)  # fmt: skip
def test_operators_that_are_not_plain(target):
    assert strange_in({"nodes": [{"target": target}]}) == f"the operator {target!r}"


@pytest.mark.parametrize("bad", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_errors_of_a_file_that_is_no_archive(tmp_path, bad):
    path = tmp_path / "net.pt2"
    path.write_bytes(bad)
    with pytest.raises(ModelError, match=r"is not an exported program"):
        load_model(path)


def test_errors_of_an_archive_that_is_no_program(tmp_path):
    path = tmp_path / "net.pt2"
    torch.save({"a": torch.ones(2)}, path)
    with pytest.raises(ModelError, match=r"is not an exported program. Write it with torch.export.save\.$"):
        load_model(path)


def test_errors_of_members_listed_twice(fixed, tmp_path):
    path = tmp_path / "twice.pt2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        rewritten(fixed, path, {})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(archive.namelist()[0], b"again")
    with pytest.raises(ModelError, match=r"contradicts itself|can't be read"):
        load_model(path)


def test_errors_of_an_input_that_does_not_fit(fixed):
    with pytest.raises(
        ModelError, match=r"takes inputs of shape \(2, 3, 8, 8\), not \(any, 3, 16, 16\)\. Mend --input"
    ):
        load_model(fixed, input={"size": 16})


def test_errors_of_a_program_of_two_inputs(tmp_path):
    class Two(nn.Module):
        def forward(self, x, y):
            return (x + y).mean((2, 3))

    program = torch.export.export(Two(), (torch.rand(1, 3, 4, 4), torch.rand(1, 3, 4, 4)))
    torch.export.save(program, tmp_path / "two.pt2")
    with pytest.raises(ModelError, match=r"takes 2 inputs. Export a module that takes one batch of images"):
        load_model(tmp_path / "two.pt2")
