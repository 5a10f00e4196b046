"""timm, torchvision and transformers: what their configurations say, and models made from them."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from durometer.core import InputSpec, MissingExtraError, ModelError
from durometer.models import load_model
from durometer.models.options import Options
from durometer.models.timm import from_timm, timm_input
from durometer.models.torchvision import from_torchvision, torchvision_input
from durometer.models.transformers import from_transformers, processor_input

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Means(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def test_oracle_of_a_timm_configuration():
    config = {
        "input_size": (3, 224, 224), "crop_pct": 0.9, "interpolation": "bicubic", "mean": MEAN, "std": STD,
        "label_names": ["a", "b", "c"],
    }  # fmt: skip
    assert InputSpec(**timm_input(config)) == InputSpec(
        (224, 224), 0.9, "crop", "bicubic", mean=MEAN, std=STD
    )
    assert timm_input({**config, "crop_mode": "squash"})["fit"] == "squash"
    module = Means()
    module.pretrained_cfg = config
    card = from_timm(module, Options(name="net")).card
    assert (card.name, card.labels, card.guesses) == ("net", ("a", "b", "c"), ())
    module.pretrained_cfg = {**config, "interpolation": "lanczos"}
    assert from_timm(module, Options()).card.guesses == ("Its lanczos interpolation is replaced by bilinear",)
    module.pretrained_cfg = {**config, "test_input_size": (3, 288, 288), "test_crop_pct": 1.0}
    card = from_timm(module, Options()).card
    assert card.input.size == (224, 224)
    assert card.guesses == ("timm names size=288,crop=1 for tests; its default, size=224, is taken",)


def preset(**changes):
    fields = {"resize_size": [256], "crop_size": [224], "mean": MEAN, "std": STD,
              "interpolation": SimpleNamespace(value="bilinear")}  # fmt: skip
    return SimpleNamespace(**{**fields, **changes})


def test_oracle_of_torchvision_transforms():
    said, guesses = torchvision_input(preset())
    assert InputSpec(**said) == InputSpec((224, 224), 0.875, mean=MEAN, std=STD)
    assert guesses == ()
    # ResNet-50's second weights: 232, then 224; the share gives 232 again
    said, _ = torchvision_input(preset(resize_size=[232]))
    assert int(224 / said["crop"] + 1e-6) == 232
    weights = SimpleNamespace(transforms=preset, meta={"categories": ["a", "b", "c"]})
    assert from_torchvision(Means(), weights, Options()).card.labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (  # ViT: both sides at once
            {"size": {"height": 224, "width": 224}, "resample": 2, "image_mean": [0.5] * 3,
             "image_std": [0.5] * 3},
            InputSpec((224, 224), fit="squash", mean=(0.5,) * 3, std=(0.5,) * 3),
        ),
        (  # short side 256, center 224
            {"size": {"shortest_edge": 256}, "do_center_crop": True,
             "crop_size": {"height": 224, "width": 224}, "resample": 3, "image_mean": MEAN, "image_std": STD},
            InputSpec((224, 224), 0.875, interpolation="bicubic", mean=MEAN, std=STD),
        ),
        (  # ConvNeXt below 384: short side 224 / 0.875, center 224
            {"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3, "do_normalize": False},
            InputSpec((224, 224), 0.875, interpolation="bicubic"),
        ),
        (  # ConvNeXt from 384: squashed
            {"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3, "do_normalize": False},
            InputSpec((384, 384), fit="squash", interpolation="bicubic"),
        ),
        (
            {"size": 32, "do_rescale": False, "do_normalize": False},
            InputSpec((32, 32), fit="squash", high=255.0),
        ),
        (  # EfficientNet: 1 / 127.5 and minus one
            {"size": {"height": 8, "width": 8}, "rescale_factor": 1 / 127.5, "rescale_offset": True,
             "do_normalize": False},
            InputSpec((8, 8), fit="squash", low=-1.0, high=1.0),
        ),
    ],
)  # fmt: skip
def test_oracle_of_image_processors(config, expected):
    said, guesses = processor_input(config)
    assert InputSpec(**said) == expected
    assert guesses == ()
    assert processor_input(SimpleNamespace(to_dict=lambda: config)) == (said, guesses)


def test_guesses_about_image_processors():
    assert processor_input(None) == ({}, ("There is no image processor beside the model",))
    said, guesses = processor_input({"size": 8, "resample": 1, "do_normalize": False})
    assert (said["interpolation"], guesses) == ("bilinear", ("Its interpolation is replaced by bilinear",))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny ViT made from a configuration, saved with a processor's configuration beside it."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("hf") / "tiny-vit"
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        image_size=16, patch_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, id2label={0: "cat", 1: "dog", 2: "owl"},
        label2id={"cat": 0, "dog": 1, "owl": 2},
    )  # fmt: skip
    transformers.ViTForImageClassification(config).save_pretrained(folder)
    processor = {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16},
                 "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


@pytest.mark.parametrize("prefix", ["", "hf:"])
def test_differential_transformers_model_from_a_folder(saved, prefix, capfd):
    import transformers

    model = load_model(f"{prefix}{saved}")
    assert (model.card.name, model.card.labels) == ("tiny-vit", ("cat", "dog", "owl"))
    assert model.card.input == InputSpec((16, 16), fit="squash", mean=(0.5,) * 3, std=(0.25,) * 3)
    assert model.card.guesses == ()
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    bare = transformers.ViTForImageClassification.from_pretrained(saved).eval()
    torch.testing.assert_close(model(x), bare(pixel_values=(x - 0.5) / 0.25).logits.detach())
    x.requires_grad_(True)
    model(x)[:, 0].sum().backward()
    assert x.grad.abs().sum() > 0


def test_nothing_is_printed_while_loading(saved, capfd):
    load_model(str(saved))
    assert capfd.readouterr() == ("", "")


def test_any_transformers_module_with_a_processor(saved):
    import transformers

    bare = transformers.ViTForImageClassification.from_pretrained(saved)
    config = {"size": 16, "do_normalize": False}
    card = from_transformers(bare, config, Options()).card
    assert (card.name, card.labels) == ("ViTForImageClassification", ("cat", "dog", "owl"))


def test_errors_of_a_name_that_is_not_here(monkeypatch):
    pytest.importorskip("transformers")
    with pytest.raises(ModelError) as error:
        load_model("hf:nobody/no-such-net")
    assert str(error.value).startswith(
        "hf:nobody/no-such-net: is not on this machine, and downloads are off."
    )
    assert "Allow it with --download" in str(error.value)


def test_errors_of_a_folder_that_holds_no_classifier(tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"is no image classifier that transformers knows|can't be loaded"):
        load_model(str(tmp_path))


def test_code_from_a_hub_needs_to_be_trusted(tmp_path):
    pytest.importorskip("transformers")
    marker = tmp_path / "ran"
    own = {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.C", "AutoModelForImageClassification": "own.M"},
    }
    (tmp_path / "config.json").write_text(json.dumps(own))
    (tmp_path / "own.py").write_text(f"import os\nos.mkdir({str(marker)!r})\n")
    with pytest.raises(
        ModelError, match=r"brings its own code. If you trust its author, allow it with --trust-code"
    ):
        load_model(str(tmp_path))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("what", "package", "extra"),
    [
        ("timm:a", "timm", "vision"),
        ("torchvision:a", "torchvision", "vision"),
        ("hf:a/b", "transformers", "text"),
    ],
)
def test_absence_names_the_extra(monkeypatch, what, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'durometer\[{extra}\]'"):
        load_model(what)


def test_a_package_that_can_not_be_imported_is_said(monkeypatch, tmp_path):
    (tmp_path / "timm.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    with pytest.raises(
        ModelError, match=r"^timm:…: the package timm is installed, but can't be imported \(operator"
    ):
        load_model("timm:a")


def stand_in(monkeypatch, name, **attributes):
    module = ModuleType(name)
    module.__dict__.update(attributes)
    monkeypatch.setitem(sys.modules, name, module)


def test_timm_is_asked_by_name_and_kept_offline(monkeypatch):
    import os

    seen = {}

    def create_model(name, pretrained):
        seen.update(name=name, pretrained=pretrained, offline=os.environ.get("HF_HUB_OFFLINE"))
        if name == "net_b":
            raise OSError("offline and not cached")
        module = Means()
        module.pretrained_cfg = {"input_size": (3, 8, 8), "crop_pct": 1.0, "mean": MEAN, "std": STD}
        return module

    known = ["net_a", "net_b"]
    stand_in(monkeypatch, "timm", create_model=create_model, is_model=lambda n: n in known,
             list_models=lambda pattern: [n for n in known if pattern.strip("*") in n])  # fmt: skip
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert load_model("timm:net_a").card.input.size == (8, 8)
    assert seen == {"name": "net_a", "pretrained": True, "offline": "1"}
    assert "HF_HUB_OFFLINE" not in os.environ
    load_model("timm:net_a", download=True)
    assert seen["offline"] is None
    with pytest.raises(
        ModelError, match=r"^timm:net_b: is not on this machine, and downloads are off\. Allow it"
    ):
        load_model("timm:net_b")
    with pytest.raises(ModelError, match=r"^timm:net: timm has no such model\. Try net_a, net_b\.$"):
        load_model("timm:net")


def test_torchvision_is_asked_by_name_and_weights(monkeypatch, tmp_path):
    weights = SimpleNamespace(
        name="V1", url="https://example.org/net-1.pth",
        transforms=lambda: preset(crop_size=[8], resize_size=[8]),
        meta={"categories": ["a", "b", "c"]},
    )  # fmt: skip

    class Kind:
        DEFAULT = weights

        def __iter__(self):
            return iter([weights])

        def __getitem__(self, name):
            return weights

    models = SimpleNamespace(
        list_models=lambda module: ["net"], get_model_weights=lambda name: Kind(),
        get_model=lambda name, weights: Means(),
    )  # fmt: skip
    stand_in(monkeypatch, "torchvision", models=models)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(
        ModelError, match=r"^torchvision:net: is not on this machine, and downloads are off\."
    ):
        load_model("torchvision:net")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "net-1.pth").write_bytes(b"")
    card = load_model("torchvision:net/V1").card
    assert (card.name, card.labels, card.input.size) == ("net", ("a", "b", "c"), (8, 8))
    with pytest.raises(ModelError, match=r"there are no weights 'V2'\. There are V1\.$"):
        load_model("torchvision:net/V2")
    with pytest.raises(ModelError, match=r"torchvision has no such classifier\. Did you mean 'net'\?"):
        load_model("torchvision:nett")
