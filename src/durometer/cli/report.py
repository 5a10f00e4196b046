"""`durometer report`: the report of one or several records, made again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from durometer.explain import Summary


def report(
    records: Annotated[list[Path], typer.Argument(help="Folders of records.", metavar="RECORD…")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the report.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Write the report of records that exist: HTML, Markdown and JSON of the same.

    Examples:

      durometer report durometer-runs/resnet-photos-1a2b3c4d

      durometer report runs/a runs/b --out both
    """
    from durometer.cli.run import conclude
    from durometer.cli.terminal import print_lines
    from durometer.explain import summarize
    from durometer.records import Record
    from durometer.report import write_many

    opened = [Record.open(path) for path in records]
    if len(opened) == 1:
        conclude(opened[0], out or records[0], as_json=as_json)
        return
    summaries = [summarize(record) for record in opened]
    paths = write_many(summaries, out or Path("."), artifacts=[record.artifact for record in opened])
    for summary in summaries:
        print_lines(partial(_lines, summary, paths["html"]))


def _lines(summary: Summary, path: Path, width: int, color: bool) -> str:
    from durometer.report import terminal

    return terminal(summary, width=width, color=color, path=path)
