"""The ensembles of AutoAttack: which attacks, in which order, with which budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, Protocol

from durometer.attack.apgd import APGD
from durometer.attack.engine import Kept, Prober, Room
from durometer.attack.fab import FAB
from durometer.attack.losses import CLASSES, LossName
from durometer.attack.square import Square

Rules = Literal["corrected", "published"]
Name = Literal["standard", "plus", "rand"]


class Stage(Protocol):
    """An attack that goes on from what others left."""

    name: ClassVar[str]
    version: ClassVar[int]

    def extend(self, prober: Prober, room: Room, kept: Kept, /) -> None:
        """Search for what is not broken yet."""
        ...


def standard(norm: str, rules: Rules, classes: int) -> Mapping[str, Stage]:
    """Return the standard ensemble; in L1 with wider balls first, more starts and fewer classes."""
    l1 = norm == "l1"
    return {
        "apgd-ce": APGD(first_check=rules, wider=l1, restarts=5 if l1 else 1),
        "apgd-t": APGD(_targeted(classes), first_check=rules, wider=l1, targets=5 if l1 else 9),
        "fab-t": FAB(),
        "square": _square(rules),
    }


def plus(norm: str, rules: Rules, classes: int) -> Mapping[str, Stage]:
    """Return the large ensemble, the same in every norm."""
    return {
        "apgd-ce": APGD(first_check=rules, restarts=5),
        "apgd-dlr": APGD(_ratio(classes), first_check=rules, restarts=5),
        "fab": FAB(led="nearest", restarts=5),
        "square": _square(rules),
        "apgd-t": APGD(_targeted(classes), first_check=rules),
        "fab-t": FAB(),
    }


def rand(norm: str, rules: Rules, classes: int) -> Mapping[str, Stage]:
    """Return the ensemble for models with random answers: 20 draws at each step."""
    return {
        "apgd-ce": APGD(first_check=rules, questions=20),
        "apgd-dlr": APGD(_ratio(classes), first_check=rules, questions=20),
    }


ENSEMBLES: Mapping[Name, Callable[[str, Rules, int], Mapping[str, Stage]]] = {
    "standard": standard,
    "plus": plus,
    "rand": rand,
}


def _square(rules: Rules) -> Square:
    return Square(squares="published" if rules == "published" else "anywhere")


def _ratio(classes: int) -> LossName:
    """Under three classes the ratio of logits has no meaning; their plain difference takes its place."""
    return "dlr" if classes >= CLASSES["dlr"] else "margin"


def _targeted(classes: int) -> LossName:
    """The same, under four classes."""
    return "dlr-targeted" if classes >= CLASSES["dlr-targeted"] else "margin-targeted"
