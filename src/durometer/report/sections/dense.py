"""Detection and segmentation: AP or IoU by corruption and severity, and under every other edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Json
from durometer.explain.dense import Corrupted, Dense, DenseMeasures, Precision
from durometer.explain.findings import Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View
from durometer.report.svg import Line


@dataclass(frozen=True)
class Block:
    """One measure of one model: grids of corruptions, and the conditions that are in no grid."""

    dense: Dense
    rest: tuple[Precision, ...]

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the values at single overlaps."""
        return tuple(self.dense.clean.others)


class DenseSection:
    """A table a benchmark, one row a corruption; then a table of all other edits."""

    name: ClassVar[str] = "dense"
    title: ClassVar[str] = "Precision"
    place: ClassVar[int] = 15

    def holds(self, summary: Summary, /) -> bool:
        return bool(found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        return render(
            "dense", blocks=blocks(summary), at=view.at, panels=panels, several=len(summary.models) > 1,
            named=named, row_mean=row_mean,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        return "\n\n".join(part for block in blocks(summary) for part in _block(block))

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"dense": found(summary)}


def found(summary: Summary) -> tuple[Dense, ...]:
    """Return what there is to show."""
    return summary.more.get(DenseMeasures.name, ())


def blocks(summary: Summary) -> tuple[Block, ...]:
    """Return one block a model and measure."""
    made = []
    for dense in found(summary):
        gridded = {cell.condition for c in dense.corrupted for row in c.cells.values() for cell in row}
        rest = (cell for cell in dense.cells if cell.condition not in gridded)
        made.append(Block(dense, tuple(sorted(rest, key=lambda cell: cell.value.value))))
    return tuple(made)


def panels(corrupted: Corrupted, dense: Dense) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return a panel a corruption: its name and one line by severity."""
    return tuple(
        (named(name), (Line(dense.model, tuple((c.severity, c.value) for c in row), dense.clean.value),))
        for name, row in corrupted.cells.items()
    )


def named(corruption: str) -> str:
    """Return a corruption as a person reads it."""
    return corruption.replace("-", " ")


def row_mean(row: tuple[Precision, ...]) -> float:
    """Return the mean over the severities of one corruption."""
    return sum(cell.value.value for cell in row) / len(row)


def _block(block: Block) -> list[str]:
    dense = block.dense
    clean = f"{md.safe(dense.model)}, {dense.measure}: {say.in_percent(dense.clean.value)} unedited"
    parts = [clean + "".join(f", {k} {say.percent(v.value)}" for k, v in dense.clean.others.items()) + "."]
    for corrupted in dense.corrupted:
        severities = next(iter(corrupted.cells.values()))
        header = ("corruption", *(f"severity {cell.severity:g}" for cell in severities), "mean")
        rows = [
            (named(name), *map(_cell, row), say.points(row_mean(row)))
            for name, row in corrupted.cells.items()
        ]
        means = f"mPC {say.in_percent(corrupted.mpc)}, rPC {say.in_percent(corrupted.rpc)}"
        parts += [f"{md.safe(corrupted.about)}: {means}.", md.table(header, rows)]
    if block.rest:
        header = ("edit", dense.measure, *block.others, "drop, points", "n")
        parts.append(md.table(header, [_row(cell) for cell in block.rest]))
    return parts


def _row(cell: Precision) -> tuple[str, ...]:
    others = (say.percent(e.value) for e in cell.others.values())
    value = f"{say.percent(cell.value.value)} ({say.spread(cell.value)})"
    gone = f" ({say.count(cell.gone)} objects left the canvas)" if cell.gone else ""
    return md.safe(cell.title) + gone, value, *others, say.in_points(cell.drop), say.count(cell.value.n)


def _cell(cell: Precision) -> str:
    return f"{say.points(cell.value.value)} ({say.spread(cell.value)})"
