"""What one check found out, and how differences between two attacks are weighed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Verdict = Literal["pass", "flag", "not checked"]

CHANCE = 0.05
"""How often fair coins may give what is called a difference."""


@dataclass(frozen=True)
class Diagnosis:
    """One check of whether gradients and attacks can be believed.

    Attributes:
        check: Its registered name.
        verdict: `flag`: something hides gradients or makes the attack's result unreliable.
        value: The number that was judged; None where nothing was measured.
        limit: What it must not exceed.
        sentence: What was found, for people.
    """

    check: str
    verdict: Verdict
    value: float | None
    limit: float | None
    sentence: str

    @property
    def flagged(self) -> bool:
        """Whether it found fault."""
        return self.verdict == "flag"


@dataclass(frozen=True)
class Surplus:
    """How many more points one attack broke than another, of the same points.

    Attributes:
        share: Of all points: broken by the first only minus broken by the second only.
        chance: How often fair coins would favor the first by as much on the points that only one broke.
    """

    share: float
    chance: float

    @classmethod
    def of(cls, first: Tensor, second: Tensor) -> Surplus:
        """Compare two (B,) bool of the same points: the one-sided sign test, exact."""
        wins, losses = int((first & ~second).sum()), int((second & ~first).sum())
        n = wins + losses
        tail = sum(math.comb(n, k) for k in range(wins, n + 1)) / 2**n
        return cls((wins - losses) / max(len(first), 1), tail)

    def beyond(self, limit: float) -> bool:
        """Whether it is larger than a limit and no chance."""
        return self.share > limit and self.chance < CHANCE


def found(
    check: str, value: float, limit: float, *, flag: bool | None = None, well: str, ill: str
) -> Diagnosis:
    """Return the diagnosis of a number that should not exceed its limit.

    Args:
        check: Its name.
        value: What was measured.
        limit: What it must not exceed.
        flag: Whether it does, where that is more than `value > limit`.
        well: What to say if it does not.
        ill: What to say if it does.
    """
    flag = value > limit if flag is None else flag
    return Diagnosis(check, "flag" if flag else "pass", value, limit, ill if flag else well)


def unchecked(check: str, why: str) -> Diagnosis:
    """Return that something could not be checked, and why."""
    return Diagnosis(check, "not checked", None, None, f"Not checked: {why}.")


def percent(share: float) -> str:
    """Return a share as people read it: `37.2 %`."""
    return f"{100 * share:.1f} %".replace(".0 %", " %")
