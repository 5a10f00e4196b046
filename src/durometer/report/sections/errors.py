"""Regression and reconstruction: PSNR, SSIM and NMSE, or mean errors, under every condition."""

from __future__ import annotations

from typing import ClassVar

from durometer.core import Estimate, Json
from durometer.explain.errors import HIGHER, Erring, ErringModel, Errors, written
from durometer.explain.findings import Summary
from durometer.report import markdown as md
from durometer.report import say
from durometer.report.html.render import render
from durometer.report.section import View

DIGITS = {"psnr": 2, "ssim": 3, "nmse": 3}
OTHERS = 4
"""Digits of the others."""


class ErrorsSection:
    """A table a model, the worst condition first; all drops against the unedited canvas."""

    name: ClassVar[str] = "errors"
    title: ClassVar[str] = "Errors"
    place: ClassVar[int] = 16

    def holds(self, summary: Summary, /) -> bool:
        return bool(found(summary))

    def html(self, summary: Summary, view: View, /) -> str:
        return render(
            "errors", models=found(summary), at=view.at, several=len(summary.models) > 1, rows=rows,
            heading=heading, main=main, spoken=spoken, n=samples,
        )  # fmt: skip

    def markdown(self, summary: Summary, /) -> str:
        return "\n\n".join(md.table(*_table(one)) for one in found(summary))

    def data(self, summary: Summary, /) -> dict[str, Json]:
        return {"errors": found(summary)}


def found(summary: Summary) -> tuple[ErringModel, ...]:
    """Return what there is to show."""
    return summary.more.get(Errors.name, ())


def rows(one: ErringModel) -> tuple[Erring, ...]:
    """Return the unedited canvas, then the other conditions, the one that costs most first."""
    name = main(one)
    return one.clean, *sorted(one.cells, key=lambda e: -e.worse[name].value)


def main(one: ErringModel) -> str:
    """Return the measure by which conditions are sorted."""
    return next(iter(one.clean.values))


def samples(row: Erring, one: ErringModel) -> int:
    """Return how many samples a row is of."""
    return row.values[main(one)].n


def heading(name: str) -> str:
    """Return a column's name with its unit and which way is better."""
    return f"{written(name)}{', dB' if name == 'psnr' else ''} {'↑' if name in HIGHER else '↓'}"


def cell(name: str, value: Estimate) -> str:
    """Return a value with its interval."""
    if not say.measured(value):
        return "unmeasured"
    middle, low, high = spoken(name, value)
    return f"{middle} ({low} to {high})"


def spoken(name: str, value: Estimate) -> tuple[str, ...]:
    """Return a value and the ends of its interval as people read them."""
    return tuple(_number(v, DIGITS.get(name, OTHERS)) for v in (value.value, value.low, value.high))


def loss(name: str, row: Erring) -> str:
    """Return how much worse a row is than the canvas; nothing for the canvas itself."""
    return cell(name, row.worse[name]) if row.worse else ""


def _number(value: float, digits: int) -> str:
    """Return a number with a real minus, and none before zeros."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "−" if float(text) else "")


def _table(one: ErringModel) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    names, name = tuple(one.clean.values), main(one)
    header = (md.safe(one.model), *map(heading, names), f"{written(name)} worse by", "n")
    return header, [_row(row, one) for row in rows(one)]


def _row(row: Erring, one: ErringModel) -> tuple[str, ...]:
    values = (cell(name, value) for name, value in row.values.items())
    return md.safe(row.title), *values, loss(main(one), row), say.count(samples(row, one))
