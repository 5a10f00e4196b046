"""The same object, elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from durometer.core import Batch, Dial, Dice, Param, Scalar, Stressor
from durometer.ops.composite import cut, over_premultiplied, premultiplied
from durometer.ops.exact_moves import translate
from durometer.ops.geometry import of_steps
from durometer.stress.attributes.editing import Subject, hand_back

ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")
Step = tuple[int, int]


@dataclass(frozen=True)
class Position(Stressor):
    """Move the object by whole pixels, so that not one of them is resampled. It stays whole.

    `random` draws uniformly among all places where the object fits. A cell takes it as near to the middle of
    that ninth of the canvas as fits; its centroid must come to lie in the cell, else the sample is refused.
    `at` takes the centroid to a point, to within half a pixel.
    """

    cell: Annotated[
        Literal[
            "random", "top-left", "top-center", "top-right", "middle-left", "middle-center", "middle-right",
            "bottom-left", "bottom-center", "bottom-right",
        ],
        Param("ninth of the canvas, or random for anywhere it fits"),
    ] = "random"  # fmt: skip
    at: Annotated[
        tuple[float, float] | None,
        Param("right and down of the centroid; goes before cell", unit="share of the canvas", low=0, high=1),
    ] = None

    name: ClassVar[str] = "position"
    needs: ClassVar[frozenset[str]] = frozenset({"mask", "filled"})
    control: ClassVar[str | None] = "placebo-edit"
    family: ClassVar[str] = "attributes"
    source: ClassVar[str] = "li2023"

    def __post_init__(self) -> None:
        if self.at is not None and self.cell != "random":
            raise ValueError("a place is given twice, as a cell and as a point; keep one of them")

    @property
    def dial(self) -> Dial:
        return Dial("position")

    @property
    def title(self) -> str:
        if self.at is not None:
            return f"position, {100 * self.at[0]:g} % right and {100 * self.at[1]:g} % down"
        return f"position, {self.cell.replace('-', ' ')}"

    def __call__(self, batch: Batch, dice: Dice, /) -> Batch:
        subject = Subject(batch)
        steps = self._steps(subject, dice)
        color, alpha = cut(batch.x, subject.mask)
        moved = translate(premultiplied(color, alpha), steps)
        mask = translate(subject.mask, steps)
        facts: dict[str, list[Scalar]] = {
            "cell": [_cell(subject, i, step) for i, step in enumerate(steps)],
            "moved": [round(math.hypot(*step) / min(subject.width, subject.height), 4) for step in steps],
            "touched_frame": [*subject.touches_frame()],
        }
        x = over_premultiplied(batch.aux["filled"], moved)
        return hand_back(batch, subject, x=x, mask=mask, facts=facts, motion=of_steps(steps))

    def _steps(self, subject: Subject, dice: Dice) -> list[Step]:
        chance = dice.uniform("place", (2,)).tolist()
        steps = [(0, 0)] * len(chance)
        for i in subject.usable:
            room = _room(subject, i)
            if room == ((0, 0), (0, 0)):
                subject.refused[i] = (
                    "the object is as large as the canvas and can't be moved; make it smaller first"
                )
            elif self.at is None and self.cell == "random":
                steps[i] = _drawn(room[0], chance[i][0]), _drawn(room[1], chance[i][1])
            else:
                steps[i] = self._aimed(subject, i, room)
        return steps

    def _aimed(self, subject: Subject, i: int, room: tuple[Step, Step]) -> Step:
        x, y = self.at if self.at is not None else _middle_of(self.cell)
        wanted = (
            math.floor(x * subject.width - subject.center[i][0] + 0.5),
            math.floor(y * subject.height - subject.center[i][1] + 0.5),
        )
        step = tuple(min(max(w, low), high) for w, (low, high) in zip(wanted, room, strict=True))
        arrived = (
            step == wanted if self.at is not None else _cell(subject, i, (step[0], step[1])) == self.cell
        )
        if not arrived:
            subject.refused[i] = (
                f"the object does not fit at {self.title.partition(', ')[2]}; "
                "make it smaller first or choose another place"
            )
        return step[0], step[1]


def _room(subject: Subject, i: int) -> tuple[Step, Step]:
    left, top, right, bottom = (int(edge) for edge in subject.box[i])
    return (-left, subject.width - right), (-top, subject.height - bottom)


def _drawn(room: Step, chance: float) -> int:
    low, high = room
    return low + min(math.floor(chance * (high - low + 1)), high - low)


def _middle_of(cell: str) -> tuple[float, float]:
    row, column = cell.split("-")
    return (COLUMNS.index(column) + 0.5) / 3, (ROWS.index(row) + 0.5) / 3


def _cell(subject: Subject, i: int, step: Step) -> str:
    x, y = subject.center[i]
    column = min(2, int(3 * (x + step[0]) / subject.width))
    row = min(2, int(3 * (y + step[1]) / subject.height))
    return f"{ROWS[row]}-{COLUMNS[column]}"
