"""Writing a benchmark's table to `results/` with the date, versions and the command."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def write(name: str, table: Sequence[dict], *, note: str = "", packages: Sequence[str] = ()) -> None:
    """Print a table and keep it as JSON and Markdown."""
    about = {
        "date": datetime.date.today().isoformat(),
        "command": "python " + " ".join([f"benchmarks/{Path(sys.argv[0]).name}", *map(_plain, sys.argv[1:])]),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {p: importlib.metadata.version(p) for p in ("durometer", "torch", "numpy", *packages)},
        "note": note,
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps({**about, "table": list(table)}, indent=1) + "\n")
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    text = f"# {name}\n\n{note}\n\n{markdown(table)}\n\n{about['date']}, `{about['command']}`, {versions}\n"
    (FOLDER / f"{name}.md").write_text(text)
    print(text)


def markdown(table: Sequence[dict]) -> str:
    """Return rows as a Markdown table."""
    names = list(table[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row.get(n, "")) for n in names) + " |" for row in table]
    return "\n".join(lines)


def _plain(argument: str) -> str:
    return "DATA" if "/" in argument else argument
