"""The same object before its own background, made plainer or busier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from torch import Tensor

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.core.sceptic import on_grid
from durometer.ops.complexity_dial import move
from durometer.ops.composite import cut, over
from durometer.ops.spectrum import background_complexity, background_window, complexity
from durometer.stress.attributes.editing import Subject, hand_back


@dataclass(frozen=True)
class BackgroundComplexity(Stressor):
    """Make the background plainer or busier, and leave the object alone (after Li et al., 2023).

    The quantity is `durometer.ops.spectrum.background_complexity`: the mean amplitude of the background's
    waves, the object ignored. It is met within 2 % on the 8-bit result, or the sample is refused. The
    published edit does it by guided diffusion, on the whole picture's complexity; this one needs no model,
    and makes what is there fainter or stronger instead of drawing new things.
    """

    factor: Annotated[
        float,
        Param("complexity as a multiple of the background's own; above 1 is busier", low=0.01, high=100),
    ] = 2.0
    target: Annotated[
        float | None,
        Param("complexity to reach, whatever the background's own; overrules factor", low=0, high=1),
    ] = None
    by: Annotated[
        Literal["gradient", "spectrum"],
        Param("move all waves' amplitudes alike, or by a power of their frequency"),
    ] = "gradient"

    name: ClassVar[str] = "background-complexity"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "null-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    @property
    def dial(self) -> Dial:
        if self.target is not None:
            return Dial("background complexity", self.target, "of the pixels' range")
        return Dial("background complexity", self.factor, "times its own")

    @property
    def title(self) -> str:
        if self.target is not None:
            return f"background, complexity {self.target:g}"
        return f"background, complexity × {self.factor:g}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        windows = background_window(subject.mask)
        own: list[float] = background_complexity(batch.x, subject.mask).tolist()
        background = batch.aux["filled"].clone()
        for i in subject.usable:
            wanted = self.target if self.target is not None else self.factor * own[i]
            background[i], why = move(
                background[i], windows[i], own=own[i], wanted=wanted, by=self.by, finish=on_grid
            )
            if why:
                subject.refused[i] = why
        color, alpha = cut(batch.x, subject.mask)
        x = over(background, color, alpha)
        return hand_back(batch, subject, x=x, background=background, facts=complexity_facts(batch, x, own))


def complexity_facts(batch: Batch, x: Tensor, own: Sequence[float]) -> dict[str, Sequence[Scalar]]:
    """Return what was achieved: the background's complexity, and the published one of the whole picture.

    Args:
        batch: What the edit was given.
        x: What it made.
        own: Each background's complexity before.
    """
    after: list[float] = background_complexity(x, batch.aux["mask"]).tolist()
    whole = {"before": complexity(batch.x).tolist(), "after": complexity(on_grid(x)).tolist()}
    return {
        "complexity_before": [round(v, 6) for v in own],
        "complexity": [round(v, 6) for v in after],
        "complexity_factor": [round(b / a, 4) if a else None for a, b in zip(own, after, strict=True)],
        "published_complexity_before": [round(v, 4) for v in whole["before"]],
        "published_complexity": [round(v, 4) for v in whole["after"]],
    }
