"""`durometer attack` as a person meets it: what it writes and says, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from durometer import models
from durometer.cli.app import app
from durometer.cli.options import conditions_of
from durometer.cli.shell import guarded
from durometer.run.conditions import expand, make


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    picture = np.full((8, 8, 3), 140, np.uint8)  # 0.549, brighter than one half by 0.049
    Image.fromarray(picture).save(tmp_path / "gray.png")
    return tmp_path


class Brightness(torch.nn.Module):
    """Dark, light or bright by the mean level: boundaries at 0.5 and 0.7."""

    def forward(self, x):
        level = x.mean(dim=(1, 2, 3))
        return torch.stack((0.5 - level, torch.zeros_like(level), 2 * (level - 0.7)), dim=1) * 10


class Shares(Brightness):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


def exported(module, name="net.pt2"):
    size = torch.export.Dim("batch")
    program = torch.export.export(module, (torch.zeros(2, 3, 8, 8),), dynamic_shapes={"x": {0: size}})
    torch.export.save(program, name)
    return name


@pytest.fixture
def net(here):
    return exported(Brightness().eval())


def durometer(*arguments):
    return guarded(app, ["attack", *map(str, arguments)])


def test_oracle_what_is_written_is_what_was_found(net, here, capsys):
    # class 1 (light) becomes 0 (dark) at a mean level of 0.5: 0.049 away, and 16/255 = 0.063 is enough
    assert durometer("gray.png", "-m", net, "--epsilon", "16/255", "-a", "pgd(steps=10)") == 0
    said = capsys.readouterr().out
    assert "pgd, Linf within 16/255: 1 becomes 0 in " in said
    told = json.loads((here / "attacked/gray-attack.json").read_text())
    found = np.load(here / "attacked/gray-result.npy")
    assert found.mean() < 0.5
    assert np.abs(found - 140 / 255).max() <= 16 / 255 + 1e-6
    assert told["broken"]
    assert told["size"] == pytest.approx(np.abs(found - 140 / 255).max(), abs=1e-6)
    assert told["before"][0][0] == "1"
    assert told["after"][0][0] == "0"
    # the margin of the untouched input: light over dark 10 (0 - (0.5 - 0.549)), then the way down below 0
    assert told["path"][0] == pytest.approx(10 * (140 / 255 - 0.5), abs=1e-4)
    assert told["path"][-1] < 0 < told["path"][0]
    assert len(told["path"]) == told["facts"]["forwards"]
    assert told["magnified"] == int(0.5 / told["size"] + 1e-6)
    change = np.array(Image.open(here / "attacked/gray-change.png")).astype(float) / 255
    assert change == pytest.approx(
        0.5 + told["magnified"] * (found - 140 / 255).transpose(1, 2, 0), abs=0.003
    )
    page = (here / "attacked/gray-attack.html").read_text()
    assert f"the change, × {told['magnified']}, around gray" in page
    assert page.count("<img ") == 3
    assert "<polyline" in page


def test_too_small_a_radius_is_said_to_break_nothing_and_not_to_prove_anything(net, capsys):
    assert durometer("gray.png", "-m", net, "--epsilon", "8/255", "-a", "pgd") == 0
    said = capsys.readouterr().out
    assert "pgd, Linf within 8/255: not broken in 22 forward passes and 20 backward passes" in said
    assert "the answer is 1. Another attack may do it." in said


def test_targeted(net, capsys):
    # 2 (bright) wins over 1 at 0.7, which is 0.151 away: 38/255 = 0.149 is too little, 41/255 = 0.161 enough
    assert durometer("gray.png", "-m", net, "--epsilon", "41/255", "--target", "2") == 0
    assert "1 becomes 2" in capsys.readouterr().out
    assert durometer("gray.png", "-m", net, "--epsilon", "38/255", "--target", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert not told["broken"]
    assert told["aim"] == "the answer '2'"


def test_other_norms_and_the_nearest(net, capsys):
    # a mean of 192 values moves by epsilon / sqrt(192) at most in L2: 0.049 sqrt(192) = 0.679
    assert durometer("gray.png", "-m", net, "--norm", "l2", "--epsilon", "0.7") == 0
    assert "apgd, L2 within 0.7: 1 becomes 0" in capsys.readouterr().out
    assert durometer("gray.png", "-m", net, "--norm", "l2", "--epsilon", "0.65") == 0
    assert "not broken" in capsys.readouterr().out
    assert durometer("gray.png", "-m", net, "-a", "ddn", "--json") == 0
    assert json.loads(capsys.readouterr().out)["size"] == pytest.approx(0.679, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--epsilon", "8"), "epsilon = 8 is larger than the input range, which is 1. Did you mean 8/255?"),
        (("--epsilon", "0"), "epsilon = 0 leaves nothing to search"),
        (("--epsilon", "-0.1"), "epsilon = -0.1 is outside 0 to"),
        (("--epsilon", "much"), "epsilon = 'much' is not a number"),
        (("--norm", "l9"), "there is no threat named 'l9'"),
        (("--attack", "apgdd"), "there is no attack named 'apgdd'. Did you mean 'apgd'?"),
        (("--attack", "apgd(stepps=3)"), "unknown parameter 'stepps'"),
        (("--target", "7"), "there is no class 7. The model has the classes 0 to 2"),
        (("--target", "cat"), "there is no class named 'cat'. Known are: 0, 1, 2"),
        (("--target", "1"), "the model answers '1' already, so there is nothing to attack"),
        (("--label", "0"), "the model answers '1' and not '0': it is broken already"),
        (("--attack", "background-texture"), "needs to know where the object is"),
    ],
)
def test_errors(net, capsys, arguments, message):
    assert durometer("gray.png", "-m", net, *arguments) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_errors_a_model_that_only_answers(net, monkeypatch, capsys):
    load = models.load_model

    def bare(*args, **kwargs):
        model = load(*args, **kwargs)
        model.card = replace(model.card, traits=model.card.traits - {"grad"})
        return model

    monkeypatch.setattr(models, "load_model", bare)
    assert durometer("gray.png", "-m", net) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "the attack 'apgd' follows gradients, and this model gives none" in err
    assert "Attacks that only ask: " in err
    assert "square" in err
    assert durometer("gray.png", "-m", net, "-a", "square(queries=50)", "-e", "32/255") == 0


def test_probabilities_are_said(here, capsys):
    assert durometer("gray.png", "-m", exported(Shares().eval(), "p.pt2"), "-e", "16/255") == 0
    said = capsys.readouterr().out
    assert "answers with probabilities; their logarithms stand for logits" in said
    assert "1 becomes 0" in said


def test_run_takes_norm_and_radius_of_an_attack_in_one_string():
    def titles(text):
        return [make(c).title for plan in conditions_of({"condition": [text]}) for c in expand(plan)]

    assert titles("pgd(epsilon=[4/255, 8/255])") == ["pgd, Linf within 4/255", "pgd, Linf within 8/255"]
    assert titles("pgd(steps=5, norm=l2, epsilon=0.5)") == ["pgd (steps 5), L2 within 0.5"]
    assert titles("sparse-rs(epsilon=3)") == ["sparse-rs, at most 3 pixels"]
    assert titles("apgd(norm=[linf, l2])") == ["apgd, Linf within 8/255", "apgd, L2 within 0.5"]
    assert titles("pgd()") == ["pgd, Linf within 8/255"]
