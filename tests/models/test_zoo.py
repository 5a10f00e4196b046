"""The shelf: what is shipped is what its list says, and does what its list says."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest
import torch

from durometer.core import Batch, ModelError, UnknownNameError, ask
from durometer.data.digits import Digits
from durometer.data.scenes import LABELS, Scenes
from durometer.harden import train
from durometer.models import zoo
from durometer.models.zoo import shelf
from durometer.stats import clopper_pearson

FOLDER = files("durometer.models.zoo") / "checkpoints"
NAMES = tuple(name for name in zoo.names() if zoo.entry(name).task == "classification")
DENSE = ("scenes/detector",)
"""See test_zoo_dense.py."""
RECONSTRUCTION = ("phantoms/plain", "phantoms/robust")
"""See test_reconstruction.py."""
SEED = 1  # of the scenes that the recorded figures were measured on


def stacked(data, n):
    batch = Batch.of([data[i] for i in range(n)])
    return batch.but(x=batch.x / 255.0)


def right(name, batch):
    """(B,) bool, by hand: is the largest output the label?"""
    model = zoo.load(name)
    answers = ask(model, model.view(batch.x), batch_size=50).argmax(dim=1)
    return answers == torch.tensor([next(iter(y)) for y in batch.y])


@pytest.fixture(scope="module")
def scenes():
    return {
        split: stacked(Scenes(split=split, n=300, seed=SEED), 300) for split in ("same", "uniform-background")
    }


def test_the_shelf_holds_what_was_promised():
    promised = {
        "scenes/cnn",
        "scenes/vit",
        "scenes/shortcut",
        "scenes/recombined",
        "scenes/adversarial",
        "digits/cnn",
    }
    assert set(NAMES) == promised
    assert set(zoo.names()) == promised | set(DENSE) | set(RECONSTRUCTION)
    on_disk = {f.name for f in FOLDER.iterdir()} - {"checkpoints.json"}
    assert on_disk == {f"{name.replace('/', '-')}.safetensors" for name in zoo.names()}


@pytest.mark.parametrize("name", zoo.names())
def test_files_are_small_and_what_the_list_says(name):
    raw = shelf.checkpoint(name).read_bytes()
    assert len(raw) < 1_000_000
    known = zoo.entry(name)
    assert hashlib.sha256(raw).hexdigest() == known.sha256
    # safetensors: 8 bytes of header length, then JSON that must account for every byte that follows
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    ends = [t["data_offsets"][1] for key, t in header.items() if key != "__metadata__"]
    assert max(ends) == len(raw) - 8 - int.from_bytes(raw[:8], "little")
    assert {"seed", "epochs", "learning_rate", "data", "n"} <= set(known.recipe)
    assert {"date", "command", "versions", "parameters"} <= set(known.made)


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("scenes/")])
def test_accuracy_is_the_one_recorded(name, scenes):
    for split, batch in scenes.items():
        seen = clopper_pearson(int(right(name, batch).sum()), 300, level=0.999)
        recorded = zoo.entry(name).figures[split]
        assert seen.low <= recorded["accuracy"] <= seen.high
        assert recorded["low"] <= recorded["accuracy"] <= recorded["high"]


def test_digits_accuracy_is_the_one_recorded():
    batch = stacked(Digits("test"), 500)
    recorded = zoo.entry("digits/cnn").figures["test"]
    # all 500: only arithmetic of another machine may turn an answer over
    assert abs(int(right("digits/cnn", batch).sum()) - recorded["accuracy"] * recorded["n"]) <= 1


def test_the_planted_shortcut_is_there_and_recombination_has_none(scenes):
    lost = {}
    for name in ("scenes/shortcut", "scenes/cnn", "scenes/recombined"):
        before, after = (right(name, scenes[split]) for split in ("same", "uniform-background"))
        lost[name] = (before.float().mean() - after.float().mean()).item()
    assert lost["scenes/shortcut"] > 0.7
    assert lost["scenes/cnn"] > 0.25
    assert abs(lost["scenes/recombined"]) < 0.03


def test_adversarial_training_holds_where_plain_training_breaks(scenes):
    """One step of the gradient's sign, written out, is enough to show it."""
    batch = scenes["same"].select(range(100))
    target = torch.tensor([next(iter(y)) for y in batch.y])
    share = {}
    for name in ("scenes/cnn", "scenes/adversarial"):
        model = zoo.load(name)
        x = batch.x.clone().requires_grad_(True)
        torch.nn.functional.cross_entropy(model(x), target).backward()
        moved = (batch.x + 4 / 255 * x.grad.sign()).clamp(0, 1)
        share[name] = (model(moved).argmax(dim=1) == target).float().mean().item()
    assert share["scenes/adversarial"] > share["scenes/cnn"] + 0.15


@pytest.mark.parametrize("name", NAMES)
def test_loaded_as_a_model(name):
    model = zoo.load(name)
    assert model.card.name == name
    assert model.card.traits == {"grad", "logits"}
    assert model.card.labels == (LABELS if name.startswith("scenes/") else tuple("0123456789"))
    side = zoo.entry(name).side
    canvas = torch.rand(2, 3, 100, 130, generator=torch.Generator().manual_seed(0))
    x = model.view(canvas).requires_grad_(True)
    assert x.shape == (2, 3, side, side)
    logits = model(x)
    (gradient,) = torch.autograd.grad(logits.sum(), x)
    assert gradient.abs().sum() > 0
    assert not any(p.requires_grad for p in model.module.parameters())


def test_loading_draws_nothing_from_the_global_generator():
    before = torch.get_rng_state()
    zoo.load("scenes/cnn")
    zoo.fresh("vit", seed=0, classes=3)
    assert torch.get_rng_state().equal(before)


def test_described_in_a_line():
    text = zoo.describe("scenes/cnn")
    share = zoo.entry("scenes/cnn").figures["same"]["accuracy"]
    assert text.startswith("A plain CNN")
    assert f"same {100 * share:.1f} %" in text
    assert "\n" not in text


def test_errors(monkeypatch, tmp_path):
    with pytest.raises(
        UnknownNameError, match=r"no network in the zoo named 'scenes/cn'\. Did you mean 'scenes/cnn'\?"
    ):
        zoo.load("scenes/cn")
    with pytest.raises(UnknownNameError, match=r"no architecture named 'resnett'\. Did you mean 'resnet'\?"):
        zoo.fresh("resnett", seed=0)
    other = tmp_path / "changed.safetensors"
    other.write_bytes(shelf.checkpoint("scenes/shortcut").read_bytes())
    monkeypatch.setattr(shelf, "checkpoint", lambda name: other)
    with pytest.raises(
        ModelError, match=r"scenes/cnn: the shipped file was changed\. Install durometer again\."
    ):
        zoo.load("scenes/cnn")


def test_the_documentation_shows_the_recorded_figures():
    text = (Path(__file__).parents[2] / "docs" / "scenes.md").read_text(encoding="utf-8")
    for name in NAMES:
        for f in zoo.entry(name).figures.values():
            shown = (
                f"{100 * f['accuracy']:.1f} % ({100 * f['low']:.1f} to {100 * f['high']:.1f}, n = {f['n']})"
            )
            assert shown in text, name


@pytest.mark.parametrize("name", NAMES)
def test_oracle_recorded_intervals_are_clopper_pearson(name):
    beta = pytest.importorskip("scipy.stats").beta
    for f in zoo.entry(name).figures.values():
        n, k = f["n"], round(f["accuracy"] * f["n"])
        low = beta.ppf(0.025, k, n - k + 1) if k else 0.0
        high = beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
        assert (f["low"], f["high"]) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "options", "epochs", "rate"),
    [("cnn", {}, 15, 3e-3), ("resnet", {}, 15, 3e-3), ("vit", {"side": 32, "depth": 2}, 40, 2e-3)],
)
def test_every_architecture_learns_digits(architecture, options, epochs, rate):
    """The nearest neighbor among the same training digits is right on 0.96 of the test digits."""
    untrained = zoo.fresh(architecture, seed=0, classes=10, **options)
    network = train(untrained, Digits("train"), epochs=epochs, learning_rate=rate)
    batch = stacked(Digits("test"), 500)
    with torch.no_grad():
        answers = network(batch.x).argmax(dim=1).tolist()
    right = sum(a in y for a, y in zip(answers, batch.y, strict=True))
    assert right > 0.88 * 500
