"""What a plan says of an attack: where it searches, how it is called, and which models can be attacked so."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from durometer.attack import ATTACKS
from durometer.core import Attack, Json, PlanError, Threat
from durometer.run.plan import ConditionPlan
from durometer.threat import THREATS

LEVELS = 255
"""Gray levels of 8 bits: the unit in which a radius is given by mistake."""
PER_VALUE = ("linf", "background")
"""Threats whose radius bounds every value by itself, so that the input range bounds the radius."""


def expand_threat(threat: Mapping[str, Json] | None) -> tuple[Mapping[str, Json] | None, ...]:
    """Return one threat a value, where some of its parameters are lists."""
    if threat is None:
        return (None,)
    axes = {k: v for k, v in threat.items() if isinstance(v, list)}
    return tuple({**threat, **dict(zip(axes, c, strict=True))} for c in product(*axes.values()))


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


def title_of(attack: Attack, plan: ConditionPlan, threat: Threat) -> str:
    """Return what a person reads: `pgd (steps 40), Linf within 8/255`."""
    own, within = str(getattr(attack, "title", "")), getattr(attack, "within", None)
    if own and within is not None and plan.threat in (None, within):
        return own
    if own and within is None:
        return f"{own}, {threat.describe()}"
    given = [f"{name.replace('_', ' ')} {value}" for name, value in plan.params.items()]
    called = f"{plan.name} ({', '.join(given)})" if given else plan.name
    return f"{called}, {threat.describe()}"


def black_box() -> tuple[str, ...]:
    """Return the names of the attacks that only ask a model, in any picture; for models without gradients."""
    return tuple(
        name
        for name, attack in ATTACKS.working()
        if not attack.needs and getattr(attack, "within", {}).get("name") != "background"
    )
