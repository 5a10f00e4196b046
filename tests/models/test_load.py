"""One way in: what a text or an object means, what first answers show, what is said when nothing fits."""

import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest
import torch
from torch import nn

from durometer.core import InputSpec, Model, ModelCard, ModelError, UsageError
from durometer.models import ModuleModel, load_model
from durometer.models import find as finding
from durometer.models.find import MODELS, find
from durometer.models.output import are_probabilities


class Means(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Shares(nn.Module):
    def forward(self, x):
        return x.mean((2, 3)).softmax(1)


CODE = """
import torch
from torch import nn
from durometer.core import InputSpec, ModelCard
from durometer.models import ModuleModel

class Net(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))

def make():
    return Net()

def model():
    return ModuleModel(Net(), ModelCard("its own", "", input=InputSpec(size=(6, 6))))

def answer(x):
    return x.mean((2, 3)) * 2

def sized(size, depth):
    return Net()

def broken():
    raise RuntimeError("no weights here")

def nothing():
    return 3

class box:
    net = Net()
"""


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A folder with a module of one's own, which is the current one."""
    (tmp_path / "mynets.py").write_text(CODE)
    (tmp_path / "badnets.py").write_text("import nowhere_to_be_found\n")
    (tmp_path / "worse.py").write_text("raise ValueError('at import')\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("mynets", "badnets", "worse"):
        sys.modules.pop(name, None)


X = torch.tensor([0.2, 0.4, 0.8]).view(1, 3, 1, 1).expand(2, 3, 6, 6)


@pytest.mark.parametrize(
    ("what", "name", "factor"),
    [
        ("mynets:make", "make", 1), ("mynets:Net", "Net", 1), ("mynets:box.net", "box.net", 1),
        ("mynets:answer", "answer", 2), ("mynets:model", "its own", 1), ("factory:mynets:make", "make", 1),
    ],
)  # fmt: skip
def test_oracle_factories_of_all_kinds(code, what, name, factor):
    before = list(sys.path)
    model = load_model(what)
    assert model.card.name == name
    torch.testing.assert_close(model(X), factor * torch.tensor([[0.2, 0.4, 0.8]] * 2))
    assert sys.path == before


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("mynet:make", "mynet:make: there is no Python module 'mynet'. Did you mean 'mynets'?"),
        (
            "elsewhere.nets:make",
            "there is no Python module 'elsewhere.nets'. Run in the folder of elsewhere.py",
        ),
        ("mynets:mak", "mynets:mak: there is no 'mak' in mynets. Did you mean 'make'?"),
        ("mynets:sized", "needs arguments: TypeError: sized() missing 2 required positional arguments"),
        ("mynets:broken", "mynets:broken: fails when called: RuntimeError: no weights here."),
        ("mynets:nothing", "mynets:nothing: makes int, not a model. Return a torch module or a function."),
        ("badnets:make", "its module needs 'nowhere_to_be_found', which is not installed."),
        ("worse:make", "its module fails when imported: ValueError: at import."),
        ("factory:mynets", "mynets: is not of the form package.module:factory."),
    ],
)
def test_errors_of_factories(code, what, message):
    with pytest.raises(ModelError) as error:
        load_model(what)
    assert message in str(error.value)


def test_oracle_python_objects():
    expected = torch.tensor([[0.2, 0.4, 0.8]] * 2)
    for thing in (Means(), lambda x: x.mean((2, 3)), lambda x: np.mean(x, axis=(2, 3)).astype(np.float32)):
        model = load_model(thing, input="size=6")
        assert isinstance(model, Model)
        torch.testing.assert_close(model(X), expected)
    assert load_model(Means()).card.traits == {"grad", "logits"}
    assert load_model(lambda x: x.mean((2, 3))).card.traits == {"logits"}


def test_a_model_stays_what_it_is_except_for_what_is_said():
    model = ModuleModel(Means(), ModelCard("a", "0", input=InputSpec(size=(6, 6), crop=0.5)))
    assert load_model(model) is model
    other = load_model(model, name="b", labels=["x", "y", "z"], input="size=4")
    assert (model.card.name, model.card.labels) == ("a", ())
    assert (other.card.name, other.card.labels) == ("b", ("x", "y", "z"))
    assert other.card.input == InputSpec(size=(4, 4), crop=0.5)
    assert other.view(torch.rand(1, 3, 9, 9)).shape == (1, 3, 4, 4)


def test_probabilities_are_seen_and_said():
    card = load_model(Shares()).card
    assert card.output == "probabilities"
    assert card.traits == {"grad"}
    assert (
        "The output is taken as probabilities: the first answers are non-negative and sum to 1 (--output)"
        in card.guesses
    )
    assert load_model(Means()).card.output == "logits"
    said = load_model(Shares(), output="probabilities").card
    assert said.traits == {"grad"}
    assert not any("probabilities" in guess for guess in said.guesses)
    assert load_model(Shares(), output="logits").card.traits == {"grad", "logits"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.2, 0.8], [1.0, 0.0]], True), ([[0.2, 0.8], [0.5, 0.4]], False), ([[-0.2, 1.2]], False),
        ([[0.2, 0.8004]], True), ([[float("nan"), 1.0]], False),
    ],
)  # fmt: skip
def test_oracle_what_probabilities_are(rows, expected):
    assert are_probabilities(torch.tensor(rows)) is expected


def test_errors_of_the_output():
    with pytest.raises(
        ModelError, match=r"^Means: probabilities were said, but the first .* Say --output logits\.$"
    ):
        load_model(Means(), output="probabilities")
    with pytest.raises(UsageError, match=r"^--output: 'probs' is no kind of output\."):
        load_model(Means(), output="probs")
    with pytest.raises(ModelError, match=r"^Means: 2 labels were said for 3 outputs\.$"):
        load_model(Means(), labels=["a", "b"])


def test_a_model_that_fails_at_its_own_size_is_refused_at_once():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5))
    assert load_model(net, input="size=8").card.labels == ("0", "1", "2", "3", "4")
    with pytest.raises(ModelError, match=r"failed on an input of shape \(4, 3, 9, 9\).* Say what it expects"):
        load_model(net, input="size=9")


def test_a_model_of_unknown_size_waits_for_the_run():
    card = load_model(nn.Sequential(nn.Flatten(), nn.Linear(3 * 11 * 11, 5))).card
    assert "The output was not seen before the run and is taken as logits" in card.guesses


@pytest.mark.parametrize(
    ("what", "loader"),
    [
        ("timm:resnet18", "timm"),
        ("hf:google/vit", "hf"),
        ("torchvision:resnet18", "torchvision"),
        ("a.b:c", "factory"),
    ],
)
def test_oracle_prefixes(what, loader):
    assert find(what).loader == loader


def test_errors_of_places(tmp_path, monkeypatch):
    (tmp_path / "resnet.onnx").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "weights.safetensors").write_bytes(b"x")
    (tmp_path / "net.xyz").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    for what, message in {
        "resnt.onnx": "resnt.onnx: there is no such model. Did you mean 'resnet.onnx'?",
        "resnet": "resnet: there is no such model. Did you mean 'resnet.onnx'?",
        str(tmp_path / "resne.onnx"): f"Did you mean '{tmp_path / 'resnet.onnx'}'?",
        "tim:resnet18": "tim:resnet18: there is no such model. Did you mean 'timm:'?",
        "quux": "quux: there is no such model. Give a file, a name such as scenes/cnn",
        "empty": "empty: this folder is no saved model. Give a file, or a folder with config.json.",
        str(tmp_path): f"Give one of its files, such as {tmp_path / 'resnet.onnx'}.",
        "weights.safetensors": "a .safetensors file can't be asked. Write a function that makes the network",
        "net.xyz": "net.xyz: nothing here loads such a file. Give .onnx, .onnx.gz or .pt2",
    }.items():
        with pytest.raises(ModelError) as error:
            load_model(what)
        assert message in str(error.value)
    with pytest.raises(
        UsageError, match=r"^int is no model\. Give a file, a name, a torch module or a function\.$"
    ):
        load_model(3)


def load_xyz(what, options):
    """A third party's loader of its own kind of file."""
    return load_model(Means(), name=options.name or "xyz", input={"size": 5})


load_xyz.suffixes = (".xyz",)


def test_a_third_party_brings_a_loader(tmp_path, monkeypatch):
    point = EntryPoint("xyz", f"{__name__}:load_xyz", "durometer.model")
    monkeypatch.setattr(EntryPoint, "load", lambda self: load_xyz)
    monkeypatch.setattr(
        "durometer.core.registry.entry_points", lambda group: [point] if group == MODELS.group else []
    )
    (tmp_path / "net.xyz").write_bytes(b"x")
    assert load_model(tmp_path / "net.xyz").card.name == "xyz"
    assert load_model("xyz:anything", name="mine").card.name == "mine"


def test_every_loader_says_what_it_loads():
    for name, loader in MODELS.working():
        assert loader.__doc__, name
    assert finding.SUFFIXES[".onnx"] == "onnx"


def test_importing_models_brings_no_optional_package():
    import subprocess

    code = (
        "import sys, durometer.models, durometer.models.timm, durometer.models.torchvision, "
        "durometer.models.transformers, durometer.models.onnx.session; "
        "print([m for m in ('timm', 'torchvision', 'transformers', 'onnx', 'onnxruntime', 'scipy', 'PIL') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_zoo_is_reached_by_name_and_by_prefix():
    model = load_model("scenes/cnn")
    assert model.card.name == "scenes/cnn"
    assert model.card.guesses == ()
    assert load_model("zoo:scenes/cnn").card.digest == model.card.digest
    assert load_model("scenes/cnn", name="a", input="crop=0.5").card.input.crop == 0.5
    with pytest.raises(ModelError, match=r"^scenes/cn: there is no such model\. Did you mean 'scenes/cnn'\?"):
        load_model("scenes/cn")
