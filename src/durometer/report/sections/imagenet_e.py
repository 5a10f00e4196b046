"""ImageNet-E's table: published images and edits made here in tables of their own, never side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.data.imagenet_e import AVERAGED, CONTROL, EDITS, SHORT
from durometer.explain.findings import Summary
from durometer.explain.imagenet_e import EditDifference, EditTable, ImageNetE
from durometer.explain.slots import How
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

ENGINE = (
    "Edits made here, not the published images: the hole is filled by a membrane with copied detail, "
    "background complexity is moved on the spectrum to a half and to twice its value, and no diffusion model "
    "is used. These figures can't be held against the paper's."
)
TITLES: Mapping[How, str] = {
    "images": "ImageNet-E (published images)",
    "images-beyond": "ImageNet-E (published images), minus Inver",
    "as-published": "ImageNet-E-style, as published",
    "isolated": "ImageNet-E-style, one attribute at a time",
}
NOTES: Mapping[How, str] = {
    "images": "Drop of accuracy in points from the stored originals, as the paper counts it.",
    "images-beyond": "The same from the published images in which nothing was changed, sample by sample; the "
    "paper does not subtract this.",
    "as-published": ENGINE + " Size is met loosely, position comes on top of the smallest size, the turn is "
    "about the center of the image; nothing is subtracted.",
    "isolated": "The same edits with one attribute changed: exact size, place without a change of size, turn "
    "about the object's own center; each minus its control.",
}
APART = "What the difference does: as published minus one at a time"
APART_NOTE = "Over the samples measured both ways: what the published edit changes beside its attribute."


@dataclass(frozen=True)
class Grid:
    """One table: a row an edit, a column a model; cells may be empty."""

    title: str
    note: str
    models: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Estimate | None, ...]], ...]
    places: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """The n of most samples; cells with fewer say so."""
        return max(e.n for _, cells in self.rows for e in cells if e is not None)


class ImageNetESection:
    """Up to four tables and their difference."""

    name: ClassVar[str] = "imagenet-e"
    title: ClassVar[str] = "ImageNet-E"
    place: ClassVar[int] = 15

    def holds(self, summary: Summary, /) -> bool:
        return bool(_found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        return render("imagenet_e", grids=grids(_found(summary)), at=view.at)

    def markdown(self, summary: Summary, /) -> str:
        return "\n\n".join(_markdown(grid) for grid in grids(_found(summary)))

    def data(self, summary: Summary, /) -> dict[str, Json]:
        found = _found(summary)
        tables = [x for x in found if isinstance(x, EditTable)]
        return {
            "tables": [{"title": TITLES[t.how], "table": t} for t in tables],
            "differences": [x for x in found if isinstance(x, EditDifference)],
        }


def _found(summary: Summary) -> tuple[EditTable | EditDifference, ...]:
    return summary.more.get(ImageNetE.name, ())


def grids(found: Sequence[EditTable | EditDifference]) -> tuple[Grid, ...]:
    """Return the tables in the order in which they are shown."""
    tables = [x for x in found if isinstance(x, EditTable)]
    made = [_grid(how, held) for how in TITLES if (held := [t for t in tables if t.how == how])]
    differences = [x for x in found if isinstance(x, EditDifference)]
    return tuple(made + ([_apart(differences)] if differences else []))


def _grid(how: How, tables: Sequence[EditTable]) -> Grid:
    cells = {(t.model, e.edit): e.drop for t in tables for e in t.edits}
    rows = [
        (heading(edit.key), tuple(cells.get((t.model, edit.key)) for t in tables))
        for edit in EDITS
        if any((t.model, edit.key) in cells for t in tables)
    ]
    top = [("accuracy before", tuple(t.reference for t in tables))] if tables[0].reference else []
    end = [(_average(tables), tuple(t.average for t in tables))]
    if any(t.complete.n != t.average.n for t in tables):
        end.append(("of samples with all of them", tuple(t.complete for t in tables)))
    places = tuple(_place(t) for t in tables) if tables[0].best else ()
    return Grid(TITLES[how], NOTES[how], tuple(t.model for t in tables), (*top, *rows, *end), places)


def heading(key: str) -> str:
    """Return an edit's heading; the one that is no part of the average says so."""
    title = next(edit.title for edit in EDITS if edit.key == key)
    return f"{SHORT[key]}: {title}" + (", not in the average" if key == CONTROL else "")


def _average(tables: Sequence[EditTable]) -> str:
    counts = {len(AVERAGED) - len(t.missing) for t in tables}
    lacking = [SHORT[edit] for edit in AVERAGED if any(edit in t.missing for t in tables)]
    without = f" (without {', '.join(lacking)})" if lacking else ""
    return f"average of {'/'.join(map(str, sorted(counts)))}{without}"


def _place(table: EditTable) -> str:
    return f"{table.best}" if table.best == table.worst else f"{table.best} to {table.worst}"


def _apart(differences: Sequence[EditDifference]) -> Grid:
    models = tuple(dict.fromkeys(x.model for x in differences))
    cells = {(x.model, x.edit): x.difference for x in differences}
    keys = [edit.key for edit in EDITS if any((m, edit.key) in cells for m in models)]
    rows = [(heading(key), tuple(cells.get((m, key)) for m in models)) for key in keys]
    rows.append(("average of these", tuple(cells.get((m, "")) for m in models)))
    return Grid(APART, APART_NOTE, models, tuple(rows))


def _markdown(grid: Grid) -> str:
    rows = [(md.safe(name), *(_cell(name, e) for e in cells)) for name, cells in grid.rows]
    if grid.places:
        rows.append(("place by the average", *grid.places))
    table = md.table(("edit", *(md.safe(m) for m in grid.models)), rows)
    return f"### {md.safe(grid.title)}\n\n{md.safe(grid.note)}\n\n{table}"


def _cell(name: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return say.UNMEASURED
    if name == "accuracy before":
        return say.in_percent(estimate)
    return f"{say.in_points(estimate)}, {say.people(estimate)}" if say.measured(estimate) else say.UNMEASURED
