"""Suites: named, versioned lists of conditions, shipped as TOML beside this file or by entry point."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from durometer.core import Json, PlanError
from durometer.core.errors import unknown_name
from durometer.run.plan import ConditionPlan, DesignPlan
from durometer.run.suites.medmnist import medmnist_suites
from durometer.run.toml import condition, design

GROUP = "durometer.suite"
"""Entry points of third parties: each value is a `module:attribute` holding a path or the TOML text."""


@dataclass(frozen=True)
class Suite:
    """A named, versioned list of conditions; `canvas` is set where the suite fixes its own.

    With `premade`, data that brings its own edited images is shown those and nothing is made. A `family` has
    no conditions; it stands for the one of its members, named `family-…`, that the data is for.
    """

    name: str
    version: int
    title: str
    doc: str
    conditions: tuple[ConditionPlan, ...]
    canvas: dict[str, Json] | None = None
    designs: tuple[DesignPlan, ...] = ()
    premade: bool = False
    family: bool = False

    @property
    def key(self) -> str:
        """Name and version as a plan writes them: `attributes@1`."""
        return f"{self.name}@{self.version}"


def names() -> tuple[str, ...]:
    """Return the names of all suites, ours and those of installed plug-ins."""
    return tuple(sorted({*_shipped(), *(point.name for point in entry_points(group=GROUP))}))


def load(name: str, *, where: str = "") -> Suite:
    """Return the suite of this name, `attributes` or `attributes@1`.

    Raises:
        PlanError: unknown name (with the nearest one) or another version than the one asked for.
    """
    plain, _, version = name.partition("@")
    shipped = _shipped()
    if plain in shipped:
        suite = parse(shipped[plain], where=f"suite {plain!r}")
    else:
        points = [p for p in entry_points(group=GROUP) if p.name == plain]
        if not points:
            raise unknown_name(plain, names(), kind="suite", where=where)
        loaded = points[0].load()
        suite = parse(
            loaded.read_text() if isinstance(loaded, Path) else str(loaded), where=f"suite {plain!r}"
        )
    if version and version != str(suite.version):
        raise PlanError(
            f"the suite {plain!r} is at version {suite.version}, not {version}",
            where=where,
            fix=f"Write {suite.key}",
        )
    return suite


def load_for(name: str, own: str, *, where: str = "") -> Suite:
    """Return the suite of this name; of a family, the member that data with the suite `own` is for.

    Raises:
        PlanError: as `load`, and if the data is for no member of the family.
    """
    suite = load(name, where=where)
    if not suite.family:
        return suite
    if own.startswith(f"{suite.name}-"):
        return load(own)
    members = ", ".join(n for n in names() if n.startswith(f"{suite.name}-"))
    raise PlanError(
        f"the suite {suite.name!r} follows the data, and this data doesn't say which set it is",
        where=where,
        fix=f"Name one: {members}",
    )


def parse(text: str, *, where: str) -> Suite:
    """Return the suite in a TOML text; its conditions are skipped, counted and explained if they can't be met."""
    table = tomllib.loads(text)
    conditions = tuple(
        condition(c, where=f"{where}, condition {i + 1}", required=False)
        for i, c in enumerate(table.get("conditions", []))
    )
    designs = tuple(
        design(d, where=f"{where}, design {i + 1}", required=False)
        for i, d in enumerate(table.get("designs", []))
    )
    about = table["name"], table["version"], table["title"], table.get("doc", "")
    flags = {flag: table.get(flag, False) for flag in ("premade", "family")}
    return Suite(*about, conditions, table.get("canvas"), designs, **flags)


def _shipped() -> dict[str, str]:
    folder = files("durometer.run.suites")
    texts = (f for f in folder.iterdir() if f.name.endswith(".toml"))
    return {**medmnist_suites(), **{f.name.removesuffix(".toml"): f.read_text() for f in texts}}
