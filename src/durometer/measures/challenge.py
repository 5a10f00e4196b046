"""Challenge accuracy: the share of objects that no background of a bank makes the model misname."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.measures.accuracy import Accuracy


@dataclass(frozen=True)
class ChallengeAccuracy(Accuracy):
    """Accuracy when the worst of a bank of backgrounds is chosen for each object: rows of a search for it.

    Source: Xiao et al. (2021), the Backgrounds Challenge: 1 − the share of foregrounds for which at least one
    background changes the answer. Read it beside the same search over as many null variants.
    """

    name: ClassVar[str] = "challenge accuracy"
    source: ClassVar[str] = "xiao2021"
