"""From a plan's conditions to what is applied: expansion, controls, what can't be met, which samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import PlanError, UnknownNameError
from durometer.data import InMemory
from durometer.data.digits import Digits
from durometer.run import suites
from durometer.run.conditions import expand, make, with_controls
from durometer.run.meet import meet
from durometer.run.plan import ConditionPlan, Plan
from durometer.run.prepare import _with_suites, choose


def stress(name, **params):
    return ConditionPlan("stress", name, params)


def test_oracle_a_list_of_values_is_one_condition_each():
    assert [c.params for c in expand(stress("size", share=[0.1, 0.05]))] == [{"share": 0.1}, {"share": 0.05}]


def test_oracle_a_parameter_that_takes_a_list_is_not_expanded():
    (one,) = expand(stress("only-foreground", color=[0.2, 0.3, 0.4]))
    assert make(one).stressor.color == (0.2, 0.3, 0.4)


def test_oracle_controls_are_added_once_and_edits_point_at_them():
    names = ("size", "position", "random-background", "gray")
    conditions = {c.spec.name: c for c in with_controls([make(stress(n)) for n in (*names, "size")])}
    assert sorted(conditions) == sorted([*names, "null-edit", "placebo-edit"])
    placebo, null = conditions["placebo-edit"], conditions["null-edit"]
    assert (placebo.role, null.role) == ("control", "control")
    assert conditions["size"].control == conditions["position"].control == placebo.key
    assert conditions["random-background"].control == null.key
    assert conditions["gray"].control == ""


def test_a_control_is_drawn_as_often_as_its_edits():
    edit = make(ConditionPlan("stress", "position", draws=4))
    placebo = next(c for c in with_controls([edit]) if c.role == "control")
    assert placebo.draws == 4


def test_the_draws_of_a_sequence_are_its_frames():
    assert make(stress("sequence-rotate")).draws == 31
    assert make(ConditionPlan("stress", "sequence-translate", draws=41)).draws == 41
    with pytest.raises(PlanError, match=r"'sequence-translate' has 41 frames, and its draws are they"):
        make(ConditionPlan("stress", "sequence-translate", draws=5))


def test_a_control_that_was_named_is_a_control_all_the_same():
    conditions = with_controls([make(stress("placebo-edit")), make(stress("size"))])
    assert sorted((c.spec.name, c.role) for c in conditions) == [
        ("placebo-edit", "control"),
        ("size", "edit"),
    ]


def test_only_background_is_a_diagnostic():
    assert make(stress("only-background")).role == "diagnostic"


def met(plan, *, masks=0, banks=frozenset(), traits=frozenset()):
    return meet([(plan, make(plan))], masks=masks, banks=banks, models={"net": traits})


def test_errors_a_named_edit_without_masks_is_refused():
    with pytest.raises(PlanError, match=r"size, 10 %: it edits the object, and there are no masks.*--masks"):
        met(stress("size"))


def test_a_suites_edit_without_masks_is_skipped_with_the_way_out():
    plan = ConditionPlan("stress", "size", required=False)
    kept, (skipped,) = met(plan)
    assert kept == ()
    assert "no masks" in skipped.why
    assert "--masks" in skipped.fix


def test_errors_a_gradient_attack_on_a_model_without_gradients():
    with pytest.raises(PlanError, match=r"it needs grad, which the model 'net' does not give"):
        met(ConditionPlan("attack", "pgd"))
    assert met(ConditionPlan("attack", "pgd"), traits=frozenset({"grad"}))[0]


def test_errors_a_bank_of_one():
    with pytest.raises(PlanError, match=r"fewer than two samples have one to give.*--donors"):
        met(stress("random-background"), masks=1)
    assert met(stress("random-background"), masks=2, banks=frozenset({""}))[0]


def test_suites_are_named_with_their_version():
    assert suites.load("attributes").key == "attributes@1"
    assert suites.load("attributes@1").conditions
    with pytest.raises(PlanError, match=r"at version 1, not 9. Write attributes@1"):
        suites.load("attributes@9")
    with pytest.raises(UnknownNameError, match="Did you mean 'shifts'"):
        suites.load("shift")


def test_a_suite_that_fixes_its_canvas_is_obeyed_and_two_are_not_mixed(monkeypatch):
    made = {
        name: suites.parse(
            f'name = "{name}"\nversion = 1\ntitle = "t"\ncanvas = {{short_side = {side}, fit = "squash"}}\n'
            '[[conditions]]\nstress = "gray"\n',
            where=name,
        )
        for name, side in (("a", 64), ("b", 96))
    }
    monkeypatch.setattr(suites, "load", lambda name: made[name])
    data = Digits("test")
    plan = _with_suites(Plan(models=()), ["a"], data)
    assert (plan.canvas.short_side, plan.canvas.fit) == (64, "squash")
    assert [c.name for c in plan.conditions] == ["gray"]
    with pytest.raises(PlanError, match="the suites a@1 and b@1 fix different canvases"):
        _with_suites(Plan(models=()), ["a", "b"], data)


def test_every_shipped_suite_can_be_made():
    for name in suites.names():
        assert all(make(e) for c in suites.load(name).conditions for e in expand(c))


DATA = InMemory([[[0.5]]] * 40, [0, 1] * 20, name="forty")


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 3))
def test_properties_shards_part_a_subset_that_does_not_depend_on_them(limit, parts, seed):
    whole = list(choose(DATA, limit, None, seed))
    assert len(whole) == limit
    assert whole == sorted(whole)
    shards = [list(choose(DATA, limit, f"{i}/{parts}", seed)) for i in range(1, parts + 1)]
    assert sorted(p for shard in shards for p in shard) == whole


@given(st.integers(1, 39), st.integers(0, 3))
def test_properties_a_smaller_subset_is_part_of_a_larger_one(limit, seed):
    assert set(choose(DATA, limit, None, seed)) < set(choose(DATA, limit + 1, None, seed))


def test_a_parameter_that_takes_a_list_is_one_condition_and_a_list_of_lists_is_several():
    def titles(**params):
        return [make(e).title for e in expand(ConditionPlan("stress", "position", params))]

    assert titles(at=[0.4, 0.6]) == ["position, 40 % right and 60 % down"]
    assert titles(at=[[0.4, 0.6], [0.2, 0.5]]) == [
        "position, 40 % right and 60 % down", "position, 20 % right and 50 % down",
    ]  # fmt: skip
    assert titles(cell=["top-left", "random"]) == ["position, top left", "position, random"]
