"""AutoAttack and its parts: budgets, stages, what is left out; closed forms for FAB, and Square in L2, L1."""

import math
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from scipy.stats import beta

from durometer.attack import attacked
from durometer.attack.apgd import APGD
from durometer.attack.autoattack import AutoAttack
from durometer.attack.ensembles import plus, rand, standard
from durometer.attack.fab import FAB
from durometer.attack.losses.dlr import dlr_targeted
from durometer.attack.losses.margin import margin_targeted
from durometer.attack.shell import judged
from durometer.attack.square import Square
from durometer.attack.square_mass import _bump, _pair
from durometer.core import Batch, Dice, ExtensionError, Oracle
from durometer.tasks import Classification
from durometer.tasks.goal import ClassGoal
from durometer.tasks.wanted import Wanted
from durometer.testing import check_attack
from durometer.testing.toys import linear
from durometer.threat import L0, L1, L2, Linf

from .small import Small, attack, digits

THREATS = (Linf(epsilon=0.04), L2(epsilon=0.2), L1(epsilon=0.6))


def several(classes=4, right=(0,)):
    """A linear model of several classes on (1, 4, 4), and inputs all of the right ones."""
    generator = torch.Generator().manual_seed(3)
    weight = torch.randn(classes, 1, 4, 4, generator=generator)
    weight -= weight.mean(dim=(1, 2, 3), keepdim=True)  # so that each class wins somewhere
    x = 0.3 + 0.4 * torch.rand(300, 1, 4, 4, generator=generator)
    task = Classification(tuple(frozenset({k}) for k in range(classes)))
    model = linear(weight)
    answer = model(x).argmax(dim=1)
    x = x[torch.isin(answer, torch.tensor(right))][:12]
    batch = Batch(tuple(f"s{i}" for i in range(len(x))), x, (frozenset(right),) * len(x))
    return Oracle(model, task, batch_size=5), weight, batch


def dice(batch, name="t"):
    return Dice(0, name, 1, batch.ids)


@pytest.mark.parametrize("threat", THREATS)
@pytest.mark.parametrize(
    "attacking", [FAB(steps=8), FAB(led="nearest", steps=8, restarts=2), Square(queries=60)]
)
def test_contract(attacking, threat):
    check_attack(attacking, threat=threat)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_oracle_budgets_are_the_published_ones(norm):
    # Croce and Hein (2020): 100 steps, one start, nine targets, 5,000 queries; in L1 (the authors' code) five
    # starts, five targets, wider balls; plus: five starts; rand: 20 draws of each gradient
    l1 = norm == "l1"
    stages = standard(norm, "corrected", 10)
    assert list(stages) == ["apgd-ce", "apgd-t", "fab-t", "square"]
    assert (stages["apgd-ce"].steps, stages["apgd-ce"].restarts) == (100, 5 if l1 else 1)
    assert (stages["apgd-t"].steps, stages["apgd-t"].targets) == (100, 5 if l1 else 9)
    assert stages["apgd-ce"].wider is stages["apgd-t"].wider is l1
    assert (stages["fab-t"].steps, stages["fab-t"].targets, stages["fab-t"].restarts) == (100, 9, 1)
    assert (stages["square"].queries, stages["square"].share) == (5000, 0.8)
    large = plus(norm, "published", 10)
    assert list(large) == ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"]
    assert [large[k].restarts for k in ("apgd-ce", "apgd-dlr", "fab", "apgd-t", "fab-t")] == [5, 5, 5, 1, 1]
    assert (large["fab"].led, large["square"].squares) == ("nearest", "published")
    assert [(s.restarts, s.questions) for s in rand(norm, "corrected", 10).values()] == [(1, 20), (1, 20)]
    assert standard(norm, "corrected", 3)["apgd-t"].loss_name == "margin-targeted"
    assert plus(norm, "corrected", 2)["apgd-dlr"].loss_name == "margin"


@pytest.mark.parametrize("led", ["each", "nearest"])
@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_oracle_fab_on_a_linear_model_breaks_what_can_be_broken(led, norm):
    # the nearest boundary is at min over t of (z_y - z_t) / |w_y - w_t| in the dual norm, while no value
    # reaches a bound: with inputs in 0.3 … 0.7, epsilon under 0.3 keeps off the bounds
    oracle, weight, batch = several()
    logits = oracle.logits(batch.x)
    gap = (weight[:1] - weight[1:]).flatten(1)
    dual = {"linf": gap.abs().sum(dim=1), "l2": gap.norm(dim=1), "l1": gap.abs().amax(dim=1)}[norm]
    distance = ((logits[:, :1] - logits[:, 1:]) / dual).amin(dim=1)
    epsilon = min(distance.median().item() * 1.01, 0.29)
    threat = {"linf": Linf, "l2": L2, "l1": L1}[norm](epsilon=epsilon)
    found = attacked(FAB(led=led, steps=30), oracle, batch, threat, dice(batch))
    broken = oracle.score(found, batch.y) == 0
    assert broken[distance < 0.99 * epsilon].all()
    assert not broken[distance > epsilon * (1 + 1e-5)].any()
    assert 0 < broken.sum() < len(broken)


def test_led_to_the_nearest_costs_a_pass_a_class():
    oracle, _, batch = several()
    facts = judged(FAB(led="nearest", steps=5), oracle, batch, Linf(epsilon=1e-4), dice(batch)).facts
    assert set(facts["backwards"]) == {5 * 3}
    assert set(facts["forwards"]) == {1 + 5 * (3 + 1)}


@pytest.mark.parametrize("attacking", [
    APGD("dlr-targeted", steps=5), FAB(steps=5), FAB(led="nearest", steps=5),
])  # fmt: skip
def test_a_point_is_led_to_its_own_classes_whatever_its_neighbors_are(attacking):
    # one of the points has three right classes of five, so only two others; the rest have four
    oracle, _, batch = several(5, right=(0, 1, 2))
    answers = oracle.logits(batch.x).argmax(dim=1).tolist()
    y = tuple(frozenset({0, 1, 2}) if i == 2 else frozenset({a}) for i, a in enumerate(answers))
    batch = batch.but(y=y)
    threat = Linf(epsilon=1e-3)
    whole = judged(attacking, oracle, batch, threat, dice(batch))
    for index in ([0], [2], [3, 2, 1]):
        part = batch.select(index)
        alone = judged(attacking, oracle, part, threat, dice(part))
        assert torch.equal(alone.x, whole.x[index])
        assert alone.facts["forwards"] == [whole.facts["forwards"][i] for i in index]
    if attacking.name == "apgd":
        assert whole.facts["backwards"][2] == 2 * 5
        assert whole.facts["backwards"][0] == 4 * 5


@pytest.mark.parametrize(("height", "width"), [(3, 7), (2, 5), (1, 3)])
@pytest.mark.parametrize(("norm", "power"), [("l2", 2), ("l1", 4)])
def test_oracle_bumps_are_squares_added_up(height, width, norm, power):
    # squares of reach 0, 1, 2, … around the middle pixel, cut at the edges, each adding 1 / (reach + 1)^p
    shape = torch.zeros(height, width)
    for reach in range(max(height // 2, width // 2) + 1):
        for i in range(height):
            for j in range(width):
                if abs(i - height // 2) <= reach and abs(j - width // 2) <= reach:
                    shape[i, j] += 1 / (reach + 1) ** power
    size = shape.norm() if norm == "l2" else shape.sum()
    assert torch.allclose(_bump(height, width, norm), shape / size, atol=1e-6)
    pair = _pair(5, norm)
    assert (pair[:2] > 0).all()
    assert (pair[2:] < 0).all()


@pytest.mark.parametrize("threat", [L2(epsilon=0.3), L1(epsilon=0.8)])
@pytest.mark.parametrize("squares", ["anywhere", "published"])
def test_square_in_l2_and_l1_reaches_most_of_what_a_linear_model_allows(threat, squares):
    # the margin can fall by epsilon |w| in the dual norm; random search gets a large part of it
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(2, 2, 12, 12, generator=generator)
    weight -= weight.mean(dim=(1, 2, 3), keepdim=True)
    w = (weight[0] - weight[1]).flatten()
    x = (0.5 + 0.2 * w.sign()).reshape(1, 2, 12, 12).expand(3, -1, -1, -1).contiguous()
    task = Classification((frozenset({0}), frozenset({1})))
    batch = Batch(("a", "b", "c"), x, (frozenset({0}),) * 3)
    oracle = Oracle(linear(weight), task, batch_size=3)
    most = threat.epsilon * (w.norm() if threat.name == "l2" else w.abs().amax())
    margin = (x.flatten(1) @ w)[0]
    assert margin > most  # none can be broken: what is kept is the lowest margin
    few, many = (
        attacked(Square(queries=q, squares=squares), oracle, batch, threat, dice(batch)) for q in (30, 500)
    )
    fallen = [(margin - found.flatten(1) @ w) / most for found in (few, many)]
    assert (fallen[0] > 0).all()
    assert (fallen[1] > fallen[0]).all()
    assert (fallen[1] > 0.25).all()
    assert (fallen[1] < 1 + 1e-5).all()


def test_oracle_squares_that_change_nothing_are_not_asked_about():
    # one pixel: a query moves it to the end it is at already, with probability 1/2 each; of 200 queries after
    # the first about 100 are asked, within 5 standard deviations (sqrt(200) / 2 = 7)
    task = Classification((frozenset({0}), frozenset({1})))
    model = linear(torch.tensor([1.0, 0.0]).reshape(2, 1, 1, 1))
    batch = Batch(("a", "b"), torch.full((2, 1, 1, 1), 0.5), (frozenset({0}),) * 2)
    facts = judged(
        Square(queries=201), Oracle(model, task, batch_size=2), batch, Linf(epsilon=0.1), dice(batch)
    )
    # at the lower end, which the margin wants, a draw of the upper end is asked and refused, again and again
    assert all(abs(n - 2 - 100) < 36 for n in facts.facts["forwards"])


def test_squares_reach_the_last_row_only_when_corrected():
    # only the last row counts; published squares never touch it after the stripes at the start
    weight = torch.zeros(2, 1, 6, 6)
    weight[0, 0, -1] = 1.0
    x = torch.full((40, 1, 6, 6), 0.5)
    task = Classification((frozenset({0}), frozenset({1})))
    batch = Batch(tuple(f"s{i}" for i in range(40)), x, (frozenset({0}),) * 40)
    oracle = Oracle(linear(weight), task, batch_size=10)
    lowest = {}
    for squares in ("anywhere", "published"):
        attacking = Square(queries=150, squares=squares)
        found = attacked(attacking, oracle, batch, Linf(epsilon=0.1), dice(batch))
        lowest[squares] = found[:, 0, -1].sum(dim=1)
    assert (lowest["anywhere"] < 6 * 0.4 + 1e-4).all()  # all six at the lower end
    # stripes are down with probability 1/2: all six of a row with 1/64, and nothing changes them later
    assert (lowest["published"] < 6 * 0.4 + 1e-4).float().mean() < 0.2


@dataclass(frozen=True)
class Breaks:
    """A stage that breaks every so many points, and asks once about each that is left."""

    name: ClassVar[str] = "breaks"
    version: ClassVar[int] = 1
    every: int = 2

    def extend(self, prober, room, kept):
        room = room.select(kept.unbroken(room))
        x = room.x.clone()
        x[[int(i) % self.every == 0 for i in room.at]] = 0.0
        kept.take(room, x, prober.ask(x, room))


def staged(monkeypatch, n, **options):
    from durometer.attack import autoattack

    stages = {"a": Breaks(every=2), "b": Breaks(every=1000), "c": Breaks(every=1001)}
    monkeypatch.setattr(autoattack, "ENSEMBLES", {"standard": lambda *_: stages})
    model = linear(torch.stack([torch.ones(1, 2, 2), torch.zeros(1, 2, 2)]), torch.tensor([0.0, 0.5]))
    task = Classification((frozenset({0}), frozenset({1})))
    batch = Batch(tuple(f"s{i}" for i in range(n)), torch.full((n, 1, 2, 2), 0.9), (frozenset({0}),) * n)
    attacking = AutoAttack(**options)
    return judged(attacking, Oracle(model, task, batch_size=50), batch, Linf(epsilon=1.0), dice(batch)).facts


def test_oracle_a_staged_run_stops_by_its_rule_and_says_what_it_left_out(monkeypatch):
    # b and c break point 0 at most, which a has broken: 0 of the 200 of the pilot. The one-sided bound at
    # level 1 - .05 / 2 is the .975 quantile of Beta(1, 200) = 1 - .025^(1 / 200) = .0183
    bound = 1 - 0.025 ** (1 / 200)
    assert bound == pytest.approx(beta.ppf(0.975, 1, 200))
    facts = staged(monkeypatch, 500, tolerance=0.02, pilot=200)
    assert facts["left_out"].count("b c") == 300
    assert facts["left_out"].count("") == 200
    assert max(facts["left_out_bound"]) == pytest.approx(bound, abs=1e-6)
    asked = [p + q for p, q in zip(facts["forwards b"], facts["forwards c"], strict=True)]
    short = [bool(out) for out in facts["left_out"]]
    assert all(n == 0 for n, s in zip(asked, short, strict=True) if s)
    assert facts["stage"] == ["a" if i % 2 == 0 else None for i in range(500)]
    assert sum(asked) == 2 * sum(not s and i % 2 for i, s in enumerate(short))


def test_a_staged_run_goes_on_where_the_bound_is_above_the_tolerance(monkeypatch):
    facts = staged(monkeypatch, 500, tolerance=0.018, pilot=200)
    assert set(facts["left_out"]) == {""}
    assert set(facts["left_out_bound"]) == {0.0}


def test_without_a_tolerance_nothing_is_left_out_and_nothing_said(monkeypatch):
    facts = staged(monkeypatch, 20)
    assert set(facts) == {"stage", "forwards", "backwards"} | {
        f"{way} {name}" for way in ("forwards", "backwards") for name in "abc"
    }
    total = [1 + sum(facts[f"forwards {name}"][i] for name in "abc") for i in range(20)]
    assert facts["forwards"] == total


def test_errors_threats_that_it_does_not_know():
    oracle, _, batch = several()
    with pytest.raises(ExtensionError, match="it knows the threats linf, l2 and l1, not 'l0'"):
        attacked(AutoAttack(), oracle, batch, L0(), dice(batch))
    with pytest.raises(ExtensionError, match="it knows pictures in the threats linf, l2 and l1 only"):
        attacked(Square(), oracle, batch, L0(), dice(batch))


SHORT = {
    "apgd-ce": APGD(steps=10),
    "apgd-t": APGD("dlr-targeted", steps=6, targets=2),
    "fab-t": FAB(steps=6, targets=2),
    "fab": FAB(led="nearest", steps=2, restarts=2),
    "square": Square(queries=40),
}


@pytest.mark.parametrize("threat", [Linf(epsilon=0.06), L2(epsilon=0.6), L1(epsilon=5.0)])
def test_invariance_batch_size_order_and_neighbors_change_nothing(threat, monkeypatch):
    from durometer.attack import autoattack

    l1 = threat.name == "l1"
    stages = {**SHORT, **({"apgd-ce": APGD(steps=10, wider=True)} if l1 else {})}
    monkeypatch.setattr(autoattack, "ENSEMBLES", {"standard": lambda *_: stages})
    batch, _ = digits(40)
    net, attacking = Small("plain"), AutoAttack()
    whole, left = attack(net, batch, attacking, threat)
    assert 0 < left.sum() < len(batch)
    assert all(sum(whole.facts[f"forwards {name}"]) > 0 for name in stages)
    shuffled = torch.randperm(40, generator=torch.Generator().manual_seed(0)).tolist()
    for index in ([17], list(range(16)), shuffled):
        some, _ = attack(net, batch.select(index), attacking, threat)
        assert torch.equal(some.x, whole.x[index])
        assert some.facts["stage"] == [whole.facts["stage"][i] for i in index]
        assert some.facts["forwards"] == [whole.facts["forwards"][i] for i in index]
    assert math.isfinite(whole.x.sum())


def test_oracle_a_goal_of_wanted_classes_is_led_to_them_by_every_loss():
    # wanted: class 2 of 5; z_2 - best other = 1 - 4 = -3; sorted 4, 3, 2, 1, 0: ratio -3 / (4 - (2 + 1) / 2)
    goal = ClassGoal(torch.tensor([[False, False, True, False, False]]), targeted=True)
    output = torch.tensor([[4.0, 3.0, 1.0, 2.0, 0.0]])
    assert margin_targeted(output, goal).item() == pytest.approx(-3.0)
    assert dlr_targeted(output, goal).item() == pytest.approx(-3 / 2.5)


@pytest.mark.parametrize("attacking", [
    APGD("dlr-targeted", steps=20), FAB(steps=20), FAB(led="nearest", steps=20),
])  # fmt: skip
def test_wanted_classes_are_reached(attacking):
    # every sample is to be class 1; its logit rises by epsilon times the L1 norm of the difference of weights
    # while no value reaches a bound, far more than is needed at epsilon 0.25
    oracle, _, batch = several(5, right=(0, 2))
    task = Wanted(tuple(frozenset({k}) for k in range(5)))
    wanted = batch.but(y=(frozenset({1}),) * len(batch))
    oracle = Oracle(oracle._model, task, batch_size=5)
    found = attacked(attacking, oracle, wanted, Linf(epsilon=0.25), dice(batch))
    assert (oracle.logits(batch.x).argmax(dim=1) != 1).all()
    assert (oracle.logits(found).argmax(dim=1) == 1).all()
