"""AutoAttack: an ensemble in which each attack goes on with what those before left unbroken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol

from durometer.attack.apgd import APGD
from durometer.attack.engine import Kept, Outcome, Prober, Room
from durometer.attack.fab import FAB
from durometer.attack.facts import spent
from durometer.attack.losses import CLASSES, LossName
from durometer.attack.square import Square
from durometer.core import Attack, Batch, Dice, Oracle, Param, Scalar, Threat, Trait

Rules = Literal["corrected", "published"]


class Stage(Protocol):
    """An attack that goes on from what others left."""

    name: ClassVar[str]
    version: ClassVar[int]

    def extend(self, prober: Prober, room: Room, kept: Kept, /) -> None:
        """Search for what is not broken yet."""
        ...


def standard(rules: Rules, classes: int) -> Mapping[str, Stage]:
    """Return the stages of the standard ensemble with their published budgets, in order.

    Under four classes the targeted ratio of logits has no meaning; their plain difference takes its place.
    """
    targeted: LossName = "dlr-targeted" if classes >= CLASSES["dlr-targeted"] else "margin-targeted"
    return {
        "apgd-ce": APGD(first_check=rules),
        "apgd-t": APGD(loss_name=targeted, first_check=rules),
        "fab-t": FAB(),
        "square": Square(squares="published" if rules == "published" else "anywhere"),
    }


@dataclass(frozen=True)
class AutoAttack(Attack):
    """AutoAttack, the standard ensemble (Croce and Hein, 2020, section 5) in L-infinity.

    `rules` says whether two slips of the authors' code are kept (`published`) or mended: Square never
    touches the last row and column, and the first step of Auto-PGD is compared with 0.
    """

    name: ClassVar[str] = "autoattack"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[Trait]] = frozenset({"grad"})
    source: ClassVar[str] = "croce2020"

    rules: Annotated[Rules, Param("whether slips of the published code are kept")] = "corrected"

    def __call__(self, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice, /) -> Outcome:
        """Return the worst input found for each sample, and which stage broke it."""
        prober = Prober(oracle, batch)
        kept = Kept(prober)
        stage: list[Scalar] = ["untouched" if done else None for done in kept.broken.tolist()]
        for name, attack in standard(self.rules, prober.clean.shape[1]).items():
            room = prober.room(threat, dice.named(attack.name, attack.version))
            attack.extend(prober, room, kept)
            stage = [
                name if at is None and done else at
                for at, done in zip(stage, kept.broken.tolist(), strict=True)
            ]
        return Outcome(kept.x, {"stage": stage, **spent(prober)})
