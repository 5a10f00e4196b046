"""Attacks in a plan: what they are called, several radii, and every foreseeable mistake in one sentence."""

import pytest

from durometer.core import PlanError
from durometer.run import suites
from durometer.run.attacks import black_box
from durometer.run.conditions import expand, make
from durometer.run.meet import meet
from durometer.run.toml import condition


def titles(**table):
    return [make(c).title for c in expand(condition(table, where="here"))]


def test_oracle_a_list_of_radii_is_several_conditions():
    threat = {"name": "linf", "epsilon": ["4/255", "8/255"]}
    assert titles(attack="pgd", steps=[10, 40], threat=threat) == [
        "pgd (steps 10), Linf within 4/255",
        "pgd (steps 10), Linf within 8/255",
        "pgd (steps 40), Linf within 4/255",
        "pgd (steps 40), Linf within 8/255",
    ]
    made = make(expand(condition({"attack": "pgd", "threat": threat}, where="here"))[1])
    assert (made.dial.axis, made.dial.severity, made.dial.unit) == ("linf", 8 / 255, "epsilon")
    made = make(condition({"attack": "sparse-rs", "threat": {"name": "l0", "pixels": 7}}, where="here"))
    assert (made.dial.axis, made.dial.severity, made.dial.unit) == ("l0", 7, "pixels")


def test_titles_name_the_threat_always():
    assert titles(attack="pgd") == ["pgd, Linf within 8/255"]
    assert titles(attack="apgd", loss_name="dlr") == ["apgd (loss name dlr), Linf within 8/255"]
    l2 = {"name": "l2", "epsilon": 0.5}
    assert titles(attack="random-search", queries=[1, 41], threat=l2) == [
        "random noise, L2 within 0.5",
        "random search, 41 queries, L2 within 0.5",
    ]
    assert titles(attack="spatial", grid=[], around=9) == [
        "spatial (around 9), turned by up to 30°, shifted by up to 3 pixels"
    ]
    assert titles(attack="background-texture") == ["background against the model, 50 textures"]


@pytest.mark.parametrize(
    ("epsilon", "message"),
    [
        (0, r"pgd.*threat: epsilon = 0 leaves nothing to search\. Give a radius above 0, such as 8/255"),
        (-0.1, r"epsilon = -0\.1 is outside 0 to … of the input range"),
        (8, r"epsilon = 8 is larger than the input range, which is 1\. Did you mean 8/255\?"),
        ("1.5", r"epsilon = 1\.5 is larger than the input range.*Did you mean 1\.5/255\?"),
        (1000, r"epsilon = 1000 is larger than the input range, which is 1\. Give a radius up to 1"),
        ("8/0", r"epsilon = '8/0' is not a number"),
    ],
)
def test_errors_of_radii(epsilon, message):
    plan = condition({"attack": "pgd", "threat": {"name": "linf", "epsilon": epsilon}}, where="pgd")
    with pytest.raises(PlanError, match=message):
        make(plan)


def test_a_radius_as_large_as_the_range_or_in_another_norm_is_no_mistake():
    assert make(condition({"attack": "fmn"}, where="")).threat.epsilon == 1
    assert titles(attack="ddn", threat={"name": "l2", "epsilon": 1}) == ["ddn, L2 within 1"]


def test_roles_luck_is_a_control_and_the_nearest_break_a_diagnostic():
    def role(**table):
        return make(condition(table, where="")).role

    assert role(attack="random-search") == "control"
    assert role(attack="pgd") == role(attack="background-texture") == "edit"
    assert role(attack="fmn") == role(attack="ddn") == "diagnostic"
    assert role(attack="ddn", threat={"name": "l2", "epsilon": 1000}) == "diagnostic"
    assert role(attack="fmn", threat={"name": "linf", "epsilon": "8/255"}) == "edit"
    assert titles(attack="fmn", steps=50) == ["fmn (steps 50), nearest broken input in Linf"]


def test_errors_without_gradients_the_black_box_attacks_are_offered():
    plan = condition({"attack": "pgd"}, where="line 3")
    with pytest.raises(PlanError, match=r"needs grad, which the model 'net' does not give.*Attacks that only "
                       r"ask: .*random-search.*square"):  # fmt: skip
        meet([(plan, make(plan))], masks=0, banks=frozenset(), models={"net": frozenset()})
    assert not {"pgd", "apgd", "fab", "autoattack", "background-texture"} & set(black_box())


@pytest.mark.parametrize(
    ("name", "count", "epsilons"),
    # 6 radii in linf and 4 in l2, each of noise, random search and pgd
    [("quick-attack", 30, 10), ("autoattack", 4, 2)],
)
def test_suites_of_attacks(name, count, epsilons):
    made = [make(c) for plan in suites.load(name).conditions for c in expand(plan)]
    assert len({c.key for c in made}) == count
    assert len({c.title for c in made}) == count
    assert len({(c.dial.axis, c.dial.severity) for c in made}) == epsilons
