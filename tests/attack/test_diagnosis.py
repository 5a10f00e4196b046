"""Each classical defense that hides gradients is flagged, by the checks that should; honest networks are
not."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from durometer.attack.diagnosis import CHECKS, Diagnosis, diagnose
from durometer.attack.diagnosis.diagnosis import Surplus, found, percent, unchecked
from durometer.attack.diagnosis.evidence import Evidence, apart, rescaled
from durometer.core import Batch, Oracle
from durometer.tasks import Classification
from durometer.testing.toys import constant, linear
from durometer.threat import L1, L2, Linf

sys.path.insert(0, str(Path(__file__).parent))
from defenses import (
    TASK,
    Net,
    behind,
    compressed,
    moved,
    network,
    noisy,
    points,
    rounded,
    thermometer,
)

N = 32


def checked(net, epsilon=0.1, threat=None, n=N, **kinds):
    torch.manual_seed(0)  # of the networks that are random
    model = Net(net, **kinds)
    task = replace(TASK, probabilities=kinds.get("output") == "probabilities")
    oracle = Oracle(model, task, batch_size=N)
    return {d.check: d for d in diagnose(oracle, points(n), threat or Linf(epsilon=epsilon))}


def flags(found):
    return {name for name, d in found.items() if d.flagged}


@pytest.mark.parametrize(
    ("which", "threat"),
    [
        ("plain", Linf(epsilon=0.1)), ("plain", L2(epsilon=1.0)),
        ("robust", Linf(epsilon=0.15)), ("robust", Linf(epsilon=0.25)),
    ],
)  # fmt: skip
def test_honest_networks_are_not_flagged(which, threat):
    diagnoses = checked(network(which), threat=threat)
    assert flags(diagnoses) == set()
    unable = {name for name, d in diagnoses.items() if d.verdict == "not checked"}
    assert unable == (set() if isinstance(threat, Linf) else {"black box"})


def test_saturation_is_flagged():
    diagnoses = checked(network("masking"))
    assert {"zero gradients", "logit scale", "loss gap", "unbounded"} <= flags(diagnoses)
    # the difference of logits does not saturate, so neither its gradient nor the black box gives it away
    assert not {"wrong gradients", "flat gradients", "black box", "random outputs"} & flags(diagnoses)


@pytest.mark.parametrize("step", [rounded, compressed, thermometer])
def test_steps_without_a_gradient_are_flagged(step):
    diagnoses = checked(behind(step))
    assert {"zero gradients", "flat gradients", "wrong gradients", "unbounded", "black box"} <= flags(
        diagnoses
    )
    assert not {"logit scale", "random outputs"} & flags(diagnoses)
    assert "Bpda" in diagnoses["flat gradients"].sentence


@pytest.mark.parametrize("step", [noisy, moved])
def test_randomness_is_flagged(step):
    diagnoses = checked(behind(step))
    assert "random outputs" in flags(diagnoses)
    assert "eot" in diagnoses["random outputs"].sentence
    assert diagnoses["batch dependence"].verdict == "not checked"


def test_a_straight_through_gradient_is_flagged_as_not_the_models_own():
    diagnoses = checked(behind(lambda x: x + (torch.round(x * 3) / 3 - x).detach()))
    assert "wrong gradients" in flags(diagnoses)
    assert "flat gradients" not in flags(diagnoses)


def test_a_softmax_inside_the_model_is_flagged_unless_it_is_declared():
    soft = torch.nn.Sequential(network("plain"), torch.nn.Softmax(dim=1))
    assert "probabilities" in flags(checked(soft))
    assert flags(checked(soft, output="probabilities")) == set()
    # ten times the logits: some probabilities are exactly 1 in float32
    sharp = torch.nn.Sequential(network("masking"), torch.nn.Softmax(dim=1))
    assert "probabilities" in flags(checked(sharp, output="probabilities"))


def test_training_mode_is_flagged():
    norm = torch.nn.BatchNorm2d(1)
    assert "batch dependence" in flags(checked(torch.nn.Sequential(norm, network("plain")).train()))
    assert "batch dependence" not in flags(checked(torch.nn.Sequential(norm, network("plain")).eval()))


class Pitted(torch.nn.Module):
    """The plain network with a loss surface that rises away from the input: gradients lead back to it."""

    def __init__(self):
        super().__init__()
        self.net = network("plain")

    def forward(self, x):
        z = self.net(x)
        wave = 1 + 30 * torch.sin(400 * x).mean(dim=(1, 2, 3), keepdim=False)[:, None].abs()
        return z * wave


def test_a_shattered_surface_is_flagged():
    assert flags(checked(Pitted())) != set()


def test_oracle_finite_differences_of_a_linear_model_agree():
    # the difference of logits is linear: central differences are its slope, up to float32
    weight = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    x = 0.3 + 0.4 * torch.rand(12, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    model = linear(weight)
    answers = model(x).argmax(1)
    batch = Batch(tuple(f"s{i}" for i in range(12)), x, tuple(frozenset({int(a)}) for a in answers))
    task = Classification((frozenset({0}), frozenset({1})))
    diagnoses = {d.check: d for d in diagnose(Oracle(model, task, batch_size=12), batch, Linf(epsilon=0.1))}
    assert diagnoses["wrong gradients"].value == 0
    assert diagnoses["zero gradients"].value == 0
    assert flags(diagnoses) == set()


def test_without_gradients_only_the_answers_are_checked():
    model = Net(network("plain"))
    model.card = replace(model.card, traits=frozenset({"logits"}))
    oracle = Oracle(model, TASK, batch_size=N)
    diagnoses = diagnose(oracle, points(8), Linf(epsilon=0.1))
    assert {d.check for d in diagnoses if d.verdict == "pass"} == {
        "random outputs", "batch dependence", "probabilities", "unstable answers",
    }  # fmt: skip
    assert oracle.backwards == 0
    assert next(d for d in diagnoses if d.check == "black box").sentence.startswith("Not checked: there")


def test_in_sets_of_another_shape_only_the_answers_are_checked():
    diagnoses = checked(network("plain"), threat=L1(), n=8)
    assert flags(diagnoses) == set()
    assert sum(d.verdict == "not checked" for d in diagnoses.values()) == 11
    assert "no ball in L-infinity or L2" in diagnoses["unbounded"].sentence


def test_a_constant_model_and_points_that_are_all_wrong_stop_nothing():
    toy = constant(2)
    batch = Batch(("a", "b"), torch.rand(2, 3, 8, 8), (frozenset({0}),) * 2)
    task = Classification(tuple(frozenset({k}) for k in range(3)))
    diagnoses = diagnose(Oracle(toy, task, batch_size=2), batch, Linf(epsilon=0.1))
    # its logits are 0, 0 and 1, which is what probabilities look like
    assert {d.check for d in diagnoses if d.flagged} == {"probabilities"}


def test_the_bill_is_what_the_documentation_says():
    oracle = Oracle(Net(network("robust")), TASK, batch_size=N)
    diagnose(oracle, points(N), Linf(epsilon=0.02))  # where next to nothing breaks, so that all is spent
    assert 300 < oracle.forwards / N < 670
    assert 200 < oracle.backwards / N < 300


def test_the_same_points_get_the_same_diagnosis_whatever_the_generator():
    first = checked(network("plain"))
    torch.manual_seed(7)
    oracle = Oracle(Net(network("plain")), TASK, batch_size=N)
    state = torch.get_rng_state()
    again = {d.check: d for d in diagnose(oracle, points(N), Linf(epsilon=0.1))}
    assert again == first
    assert torch.equal(state, torch.get_rng_state())


def test_oracle_sign_test():
    # 7 points: first only 5, second only 0: (1/2)^5; with one against, (1 + 6) / 2^6
    a = torch.tensor([1, 1, 1, 1, 1, 1, 0], dtype=torch.bool)
    b = torch.tensor([0, 0, 0, 0, 0, 1, 0], dtype=torch.bool)
    gain = Surplus.of(a, b)
    assert (gain.share, gain.chance) == (5 / 7, 1 / 32)
    assert gain.beyond(0.5)
    assert not gain.beyond(0.8)
    b[6] = True
    assert Surplus.of(a, b).chance == (1 + 6) / 64
    assert not Surplus.of(a, b).beyond(0.0)
    assert Surplus.of(a, a) == Surplus(0.0, 1.0)


def test_oracle_rescaled_loss_has_the_direction_of_any_scale():
    # logits z and 1000 z give the same loss, and so the same gradient up to the factor 1000
    z = torch.tensor([[3.0, 1.0, 0.0], [0.5, 2.0, -1.0]])
    goal = Classification(tuple(frozenset({k}) for k in range(3))).goal(z, [frozenset({0}), frozenset({1})])
    grads = []
    for scale in (1.0, 1000.0):
        leaf = (z * scale).requires_grad_(True)
        rescaled(leaf, goal).sum().backward()
        grads.append(leaf.grad * scale)
    assert torch.allclose(grads[0], grads[1], rtol=1e-4)
    assert (grads[0] != 0).all()
    # by hand, row 0: spread 3 - 4/3 = 5/3, logits 18, 6, 0: log(1 + e^-12 + e^-18)
    assert rescaled(z, goal)[0].item() == pytest.approx(6.16e-6, rel=0.1)


def test_wording():
    assert found("x", 0.2, 0.1, well="w", ill="i") == Diagnosis("x", "flag", 0.2, 0.1, "i")
    assert found("x", 0.1, 0.1, well="w", ill="i") == Diagnosis("x", "pass", 0.1, 0.1, "w")
    assert unchecked("x", "why").sentence == "Not checked: why."
    assert (percent(0.5), percent(0.372)) == ("50 %", "37.2 %")
    assert len(CHECKS) == 15
    assert apart(torch.tensor([[0.0, 1.1]]), torch.tensor([[0.0, 1.0]])) == pytest.approx(0.1)


def test_evidence_runs_an_attack_once():
    oracle = Oracle(Net(network("plain")), TASK, batch_size=N)
    evidence = Evidence(oracle, points(8), Linf(epsilon=0.1))
    evidence.base  # noqa: B018
    spent = oracle.forwards
    assert evidence.base.broken is evidence.base.broken
    assert oracle.forwards == spent
