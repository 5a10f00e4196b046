"""Which conditions can be met here: what was named and can't be is refused, what a suite brought skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from durometer.core import Json, PlanError
from durometer.run.attacks import black_box
from durometer.run.conditions import FROM_MASK, Condition
from durometer.run.donors import OBJECTS
from durometer.run.plan import ConditionPlan

NUMBERS = frozenset({"regression", "reconstruction"})
"""Tasks whose answers are numbers: attacks raise their error."""


@dataclass(frozen=True)
class Skipped:
    """A condition of a suite that can't be met here: why, and the way out."""

    what: str
    why: str
    fix: str

    def json(self) -> dict[str, Json]:
        """Return it as the manifest keeps it."""
        return {"what": self.what, "why": self.why, "fix": self.fix}


def meet(
    conditions: Sequence[tuple[ConditionPlan, Condition]],
    *,
    masks: int,
    banks: frozenset[str],
    models: Mapping[str, frozenset[str]],
    variants: Sequence[str] = (),
    task: str = "classification",
) -> tuple[tuple[Condition, ...], tuple[Skipped, ...]]:
    """Keep what can be met; refuse what was named and can't be, skip what a suite brought.

    Args:
        conditions: The plan's word and the thing made of it.
        masks: How many samples have a mask.
        banks: The banks of donors that there are, by folder.
        models: Traits of each model by name.
        variants: Names of the edited versions that the data brings.
        task: What the models answer.

    Raises:
        PlanError: a condition that was asked for by name can't be met; says what is missing and the way out.
    """
    kept, skipped = [], []
    for plan, made in conditions:
        why, fix = _beyond(made, task) or _obstacle(made, masks, banks, models)
        if "premade" in made.needs and getattr(made.stressor, "variant", "") not in variants:
            why = "the data brings no such edited images"
            fix = f"It brings {', '.join(variants)}" if variants else "Give a folder laid out as ImageNet-E"
        if not why:
            kept.append(made)
        elif plan.required:
            raise PlanError(f"{made.title}: {why}", where=plan.where, fix=fix)
        else:
            skipped.append(Skipped(made.title, why, fix))
    return tuple(kept), tuple(skipped)


def _beyond(condition: Condition, task: str) -> tuple[str, str] | None:
    """Say why a condition has no meaning for a task, if it has none."""
    if task == "classification":
        return None
    if condition.search or (condition.attack and task not in NUMBERS):
        return f"it asks for a class, and the models answer {task}", "Run it on a classifier"
    if task == "semantic-segmentation" and condition.needs & FROM_MASK:
        return (
            "it edits one object, and of which class its old place is then is not known",
            "Run it elsewhere",
        )
    return None


def _obstacle(
    condition: Condition, masks: int, banks: frozenset[str], models: Mapping[str, frozenset[str]]
) -> tuple[str, str]:
    if condition.needs & FROM_MASK and masks == 0:
        return (
            "it edits the object, and there are no masks",
            "Give a folder of masks with --masks (same file stems, any non-zero pixel is object)",
        )
    if "donor" in condition.needs and (condition.donors or "") not in banks:
        return (
            "it takes the background of another sample, and fewer than two samples have one to give",
            "Give a folder of backgrounds with --donors, or masks for more samples",
        )
    if "reference" in condition.needs and OBJECTS not in banks:
        return (
            "it carries something over from another sample's object, and fewer than two samples have a mask",
            "Give masks for more samples with --masks",
        )
    if condition.attack:
        for name, traits in models.items():
            lacking = condition.attack.needs - traits
            named = getattr(condition.attack, "surrogates", None)
            if named is not None:
                return _no_surrogate(tuple(named), models)
            if lacking:
                return (
                    f"it needs {', '.join(sorted(lacking))}, which the model {name!r} does not give",
                    f"Attacks that only ask: {', '.join(black_box())}; for gradients, bring the network as a "
                    "torch module, an exported program or an ONNX file",
                )
    return "", ""


def _no_surrogate(named: tuple[str, ...], models: Mapping[str, frozenset[str]]) -> tuple[str, str]:
    """Say why inputs can't be made against other models of the plan; nothing if they can."""
    unknown = [name for name in named if name not in models]
    if unknown:
        return f"the plan has no model {unknown[0]!r}", f"Its models are: {', '.join(models)}"
    if not named and len(models) < 2:
        return "it makes inputs against the other models, and there is one only", "Name two models"
    blind = [name for name in named or models if "grad" not in models[name]]
    if blind:
        return f"it needs gradients, and the model {blind[0]!r} gives none", "Name other surrogates"
    return "", ""
