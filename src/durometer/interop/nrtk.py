"""NRTK perturbers and factories as conditions of a plan."""

from __future__ import annotations

from typing import Any

from durometer.core import UsageError
from durometer.run import ConditionPlan
from durometer.stress.nrtk import Nrtk


def nrtk_conditions(
    what: Any, *, moves: bool = False, draws: int = 1, **given: Any
) -> tuple[ConditionPlan, ...]:
    """Return the conditions of a perturber (one), or of a factory: one for each theta, along one axis.

    Args:
        what: Has `perturb` and `get_config`; or `thetas`, `get_config` with `theta_key`, and `[i]`.
        moves: Whether it moves pixels: masks are then perturbed in the same way.
        draws: Repetitions with other dice.
        given: More arguments of each call, such as `img_gsd`.

    Raises:
        UsageError: if it is neither.
    """
    if hasattr(what, "perturb") and hasattr(what, "get_config"):
        return (ConditionPlan.of(Nrtk.of(what, moves=moves, **given), draws=draws),)
    if not (hasattr(what, "thetas") and hasattr(what, "__getitem__") and hasattr(what, "get_config")):
        raise UsageError(
            f"{type(what).__name__} is neither a perturber nor a factory of perturbers",
            fix="Give an object with perturb(image=, boxes=) and get_config()",
        )
    key = str(what.get_config().get("theta_key", ""))
    each = (
        what[i] for i in range(len(what.thetas))
    )  # not iter(what): it is its own iterator, used up by two
    return tuple(ConditionPlan.of(Nrtk.of(p, theta_key=key, moves=moves, **given), draws=draws) for p in each)
