"""The one list of sources: key -> citation, kept as TOML beside this file."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def references() -> dict[str, str]:
    """Return every source by its key, as `author, year. title. where`."""
    table = tomllib.loads(files("durometer.core").joinpath("references.toml").read_text(encoding="utf-8"))
    return {key: f"{e['authors']} ({e['year']}). {e['title']}. {e['where']}." for key, e in table.items()}
