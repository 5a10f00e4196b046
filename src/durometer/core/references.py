"""The one list of sources: key -> citation, kept as TOML beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _entries() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("durometer.core").joinpath("references.toml").read_text(encoding="utf-8"))


@cache
def references() -> dict[str, str]:
    """Return every source by its key, as `author (year). title. where.`."""
    return {
        key: f"{e['authors']} ({e['year']}). {e['title']}. {e['where']}." for key, e in _entries().items()
    }


def cite(key: str) -> str:
    """Return a source as texts cite it, `Xiao et al. (2021)`; nothing for a key that is not listed."""
    entry = _entries().get(key)
    if entry is None:
        return ""
    names = [name.split(",")[0] for name in re.split(r"\., | and ", str(entry["authors"]))]
    who = f"{names[0]} et al." if len(names) > 2 or names[-1] == "others" else " and ".join(names)
    return f"{who} ({entry['year']})"
