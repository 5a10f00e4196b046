"""From a plan's conditions to things that can be applied: expanded, made, checked, with their controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal, get_args, get_origin

from durometer.attack import ATTACKS
from durometer.attack.searches import SEARCHES, Search
from durometer.core import Attack, Dial, Json, PlanError, Registry, Spec, Stressor, Threat
from durometer.core.params import parameters
from durometer.run.attacks import RADII, expand_threat, make_threat, role_of, title_of
from durometer.run.nulls import search_needs
from durometer.run.plan import ConditionPlan
from durometer.stress import STRESSORS
from durometer.threat import THREATS

Role = Literal["reference", "edit", "combination", "control", "diagnostic"]
FROM_MASK = frozenset({"mask", "filled"})


@dataclass(frozen=True)
class Condition:
    """One cell of the plan across models: what is done to every sample.

    Exactly one of `stressor`, `attack` and `search` is set, except for the two references (`original`,
    `canvas`). The null of a search has the search too, and the role of a control.
    """

    spec: Spec
    title: str
    family: str
    role: Role
    dial: Dial
    control: str = ""
    draws: int = 1
    stressor: Stressor | None = None
    attack: Attack | None = None
    threat: Threat | None = None
    search: Search | None = None
    donors: str | None = None
    source: str = ""

    @cached_property
    def key(self) -> str:
        """The Spec key: the record's condition column."""
        return self.spec.key

    @property
    def needs(self) -> frozenset[str]:
        """Entries of `batch.aux` that its stressor or threat reads; of a search, its edits and nulls."""
        if self.search:
            return search_needs(self.search)
        return self.stressor.needs if self.stressor else frozenset(getattr(self.threat, "needs", ()))

    def json(self) -> dict[str, Json]:
        """Return the condition as the manifest keeps it."""
        return {
            "spec": self.spec.json(),
            "title": self.title,
            "family": self.family,
            "role": self.role,
            "axis": self.dial.axis,
            "severity": self.dial.severity,
            "unit": self.dial.unit,
            "control": self.control,
            "keeps_label": self.role != "diagnostic",
            "draws": self.draws,
            "source": self.source,
        }


ORIGINAL = Condition(
    Spec("reference", "original"), "own view of the original", "reference", "reference", Dial("original")
)
CANVAS = Condition(Spec("reference", "canvas"), "unedited canvas", "reference", "reference", Dial("canvas"))


def expand(plan: ConditionPlan) -> tuple[ConditionPlan, ...]:
    """Return one condition a value: `share = [0.1, 0.05]` is two.

    Of a parameter that takes a list itself, a list of lists is several: `at = [[0.3, 0.5], [0.7, 0.5]]`. A
    threat is expanded in the same way: `threat = {name = "linf", epsilon = ["4/255", "8/255"]}` is two.
    """
    if plan.made:
        return (plan,)
    registries: Mapping[str, Registry[Any]] = {"stress": STRESSORS, "attack": ATTACKS, "search": SEARCHES}
    thing = registries[plan.kind].get(plan.name, where=plan.where)
    listed = {p.name for p in parameters(thing) if _takes_list(p.type)}
    axes = {k: v for k, v in plan.params.items() if _several(v, takes_list=k in listed)}
    combinations = product(*axes.values())
    given = (replace(plan, params={**plan.params, **dict(zip(axes, c, strict=True))}) for c in combinations)
    return tuple(replace(one, threat=threat) for one in given for threat in expand_threat(plan.threat))


def _takes_list(kind: Any) -> bool:
    return tuple in (get_origin(kind), *map(get_origin, get_args(kind)))


def _several(value: Json, *, takes_list: bool) -> bool:
    if not isinstance(value, list):
        return False
    return not takes_list or (bool(value) and isinstance(value[0], list))


def make(plan: ConditionPlan) -> Condition:
    """Make one expanded condition.

    Raises:
        PlanError: unknown name or parameter, or a value out of range, in words.
    """
    where = plan.where or f"{plan.kind} {plan.name!r}"
    if plan.kind == "attack":
        return _make_attack(plan, where)
    if plan.threat is not None:
        raise PlanError("only an attack has a threat", where=where, fix="Remove it or write attack = …")
    if plan.kind == "search":
        return _make_search(plan, where)
    stressor = plan.made or STRESSORS.make(plan.name, plan.params, where=where)
    spec = STRESSORS.spec(stressor)
    if plan.donors is not None:
        if "donor" not in stressor.needs:
            raise PlanError(f"{plan.name!r} takes no donors", where=where, fix="Remove donors")
        spec = replace(spec, params={**spec.params, "donors": plan.donors})
    role: Role = "edit" if stressor.keeps_label else "diagnostic"
    return Condition(
        spec, stressor.title, stressor.family, role, stressor.dial,
        draws=_draws(plan, stressor, where), stressor=stressor, donors=plan.donors, source=stressor.source,
    )  # fmt: skip


def _draws(plan: ConditionPlan, stressor: Stressor, where: str) -> int:
    """Return how often a stressor is drawn; the draws of a sequence are its frames."""
    frames: int | None = getattr(stressor, "frames", None)
    if frames is not None and plan.draws not in (1, frames):
        raise PlanError(
            f"{plan.name!r} has {frames} frames, and its draws are they", where=where, fix="Remove draws"
        )
    return plan.draws if frames is None else frames


def _make_attack(plan: ConditionPlan, where: str) -> Condition:
    attack = ATTACKS.make(plan.name, plan.params, where=where)
    threat = make_threat(plan.threat, attack, where=f"{where}, threat")
    spec = ATTACKS.spec(attack)
    spec = replace(spec, params={**spec.params, "threat": THREATS.spec(threat).json()})
    radius = RADII.get(threat.name, "epsilon")
    dial = Dial(threat.name, float(getattr(threat, radius, 1.0)), radius)
    return Condition(
        spec,
        title_of(attack, plan, threat),
        "attack",
        role_of(attack, plan.threat),
        dial,
        draws=plan.draws,
        attack=attack,
        threat=threat,
        source=attack.source,
    )


def _make_search(plan: ConditionPlan, where: str) -> Condition:
    search = SEARCHES.make(plan.name, plan.params, where=where)
    used = search.stressors(lambda name, values: STRESSORS.make(name, values, where=where))
    spec = SEARCHES.spec(search)
    if plan.donors is not None:
        spec = replace(spec, params={**spec.params, "donors": plan.donors})
    takes = any("donor" in stressor.needs for stressor in used)
    if takes != search.donors or (plan.donors is not None and not takes):
        fix = "Use worst-background to search a bank" if takes else "Remove donors"
        raise PlanError(f"{plan.name!r} takes no donors", where=where, fix=fix)
    role: Role = "edit" if all(stressor.keeps_label for stressor in used) else "diagnostic"
    return Condition(
        spec, search.title, "search", role, search.dial,
        draws=plan.draws, search=search, donors=plan.donors, source=search.source,
    )  # fmt: skip


def with_controls(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Add each edit's control once, and point the edits at it; equal conditions are kept once."""
    unique = {c.key: c for c in conditions}
    controls = {key: _control(c.stressor) for key, c in unique.items() if c.stressor and c.stressor.control}
    for control in sorted(controls.values(), key=lambda c: c.spec.label):
        present = unique.get(control.key, control)
        draws = [unique[key].draws for key, its in controls.items() if its.key == control.key]
        unique[control.key] = replace(present, role="control", draws=max(present.draws, *draws))
    linked = {
        key: replace(c, control=controls[key].key) if key in controls else c for key, c in unique.items()
    }
    return _with_nulls(linked.values())


def _with_nulls(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Add the null of each search behind it, and point the search at it."""
    listed = []
    for c in conditions:
        if c.search and c.role != "control":
            spec = replace(c.spec, params={**c.spec.params, "null": True})
            null = replace(c, spec=spec, title=f"null of {c.title}", role="control", source="")
            listed += [replace(c, control=null.key), null]
        else:
            listed.append(c)
    return tuple(listed)


def _control(stressor: Stressor) -> Condition:
    matching = dict(getattr(stressor, "control_params", {}))  # a third party's may just fit
    return make(ConditionPlan("stress", str(stressor.control), params=matching))
