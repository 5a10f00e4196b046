"""What a plan says of an attack: where it searches, how it is called, and which models can be attacked so."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Literal

from durometer.attack import ATTACKS
from durometer.core import Attack, Json, PlanError, Threat
from durometer.run.plan import ConditionPlan
from durometer.threat import THREATS

LEVELS = 255
"""Gray levels of 8 bits: the unit in which a radius is given by mistake."""
RADII = {
    "l0": "pixels", "patch": "share", "fixed-patch": "share", "rotation-translation": "degrees",
    "vector-field": "pixels", "color": "gain", "hsv": "hue",
}  # fmt: skip
"""What a radius is called where it is not epsilon."""
BALLS = {"linf": 1.0, "l2": 1000.0, "l1": 1000.0, "l0": 1000.0}
"""From which radius on a ball is meant to hold all inputs."""
PER_VALUE = ("linf", "background", "object", "patch", "fixed-patch")
"""Threats whose radius bounds every value by itself, so that the input range bounds the radius."""


def expand_threat(threat: Mapping[str, Json] | None) -> tuple[Mapping[str, Json] | None, ...]:
    """Return one threat a value, where some of its parameters are lists."""
    if threat is None:
        return (None,)
    axes = {k: v for k, v in threat.items() if isinstance(v, list)}
    return tuple({**threat, **dict(zip(axes, c, strict=True))} for c in product(*axes.values()))


def said_threat(attack: str, norm: Json, radius: Json, *, where: str) -> Mapping[str, Json] | None:
    """Return the threat that a norm and a radius stand for, as a plan writes it; None where neither is given.

    What is left open is the attack's own, or L-infinity's. Both may be lists.
    """
    if norm is None and radius is None:
        return None
    own = getattr(ATTACKS.get(attack, where=where), "within", {"name": "linf"})
    name = own["name"] if norm is None else norm
    called = RADII.get(name, "epsilon") if isinstance(name, str) else "epsilon"
    return {"name": name} if radius is None else {"name": name, called: radius}


def make_threat(given: Mapping[str, Json] | None, attack: Attack, *, where: str) -> Threat:
    """Make the threat that a plan names, or the one that the attack is made for, or L-infinity within 8/255.

    Raises:
        PlanError: unknown threat or parameter, a radius that leaves nothing to search, or one that holds more
            than all inputs.
    """
    wanted = dict(given or getattr(attack, "within", {"name": "linf"}))
    threat = THREATS.make(str(wanted.pop("name", "linf")), wanted, where=where)
    if given is not None and "epsilon" in given:
        check_radius(threat, where=where)
    return threat


def check_radius(threat: Threat, *, where: str) -> None:
    """Refuse a radius of 0, and one given in gray levels by mistake.

    Raises:
        PlanError: with what was probably meant.
    """
    epsilon = float(getattr(threat, "epsilon", 1.0))
    if epsilon == 0:
        raise PlanError(
            "epsilon = 0 leaves nothing to search", where=where, fix="Give a radius above 0, such as 8/255"
        )
    span = float(getattr(threat, "high", 1.0)) - float(getattr(threat, "low", 0.0))
    if threat.name not in PER_VALUE or epsilon <= span:
        return
    fix = f"Did you mean {epsilon:g}/255?" if epsilon <= LEVELS else f"Give a radius up to {span:g}"
    raise PlanError(
        f"epsilon = {epsilon:g} is larger than the input range, which is {span:g}", where=where, fix=fix
    )


def role_of(attack: Attack, given: Mapping[str, Json] | None) -> Literal["control", "diagnostic", "edit"]:
    """Return what an attack's rows are: a baseline is a control, and changes of any size are a diagnostic.

    An attack that looks for the nearest broken input may go as far as it must, to where the old answer need
    not be right any more: its distances are of interest, and not what it costs.
    """
    if getattr(attack, "baseline", False):
        return "control"
    return "diagnostic" if nearest(attack) and given in (None, attack.within) else "edit"  # type: ignore[attr-defined]


def nearest(attack: Attack) -> bool:
    """Whether an attack looks for the nearest broken input: it is made for a set that holds all inputs."""
    within = getattr(attack, "within", None) or {}
    kind, radius = within.get("name"), within.get(RADII.get(str(within.get("name")), "epsilon"), 0)
    return kind in BALLS and radius >= BALLS[kind]


def title_of(attack: Attack, plan: ConditionPlan, threat: Threat) -> str:
    """Return what a person reads: `pgd (steps 40), Linf within 8/255`."""
    own, within = str(getattr(attack, "title", "")), getattr(attack, "within", None)
    given = [f"{name.replace('_', ' ')} {value}" for name, value in plan.params.items() if value != []]
    called = f"{plan.name} ({', '.join(given)})" if given else plan.name
    if role_of(attack, plan.threat) == "diagnostic":
        return f"{called}, nearest broken input in {threat.describe().partition(' within ')[0]}"
    if own and within is not None and plan.threat in (None, within):
        return own
    if own and within is None:
        return f"{own}, {threat.describe()}"
    return f"{called}, {threat.describe()}"


def black_box() -> tuple[str, ...]:
    """Return the names of the attacks that only ask a model, in any picture; for models without gradients."""
    return tuple(
        name
        for name, attack in ATTACKS.working()
        if not attack.needs and getattr(attack, "within", {}).get("name") != "background"
    )
