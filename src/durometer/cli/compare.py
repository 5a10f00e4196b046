"""`durometer compare`: what got better, worse, or can't be told, on the same samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def compare(
    records: Annotated[list[Path], typer.Argument(help="Two or more records; the first is the baseline.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the comparison.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare records sample by sample: flips both ways, McNemar, differences of drops with Holm.

    Examples:

      durometer compare runs/before runs/after

      durometer compare runs/a runs/b runs/c --out comparison
    """
    from durometer.cli.terminal import print_lines
    from durometer.core import UsageError
    from durometer.explain import compare as compare_records
    from durometer.records import Record
    from durometer.report import comparison_data, comparison_terminal, write_comparison

    if len(records) < 2:
        raise UsageError(
            "a comparison needs two records or more", fix="Give the baseline first, then the others"
        )
    found = compare_records([Record.open(path) for path in records])
    paths = write_comparison(found, out)
    if as_json:
        print(json.dumps(comparison_data(found), ensure_ascii=False, allow_nan=False))
        return
    print_lines(lambda width, color: comparison_terminal(found, width=width, color=color, path=paths["html"]))
