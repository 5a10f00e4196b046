"""Registries: names to things, listed in one line each, loaded when asked for, open to third parties."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from durometer.core import params
from durometer.core.errors import UsageError, unknown_name
from durometer.core.nouns import Json, Spec

T = TypeVar("T")


class Registry(Generic[T]):
    """Named classes or factories of one kind.

    Args:
        kind: The word for people and in specs: `stress`.
        builtin: name -> "module:attribute"; nothing is imported before it is asked for.
        group: Entry-point group of third parties; `durometer.<kind>` if not given. It is read only when a
            name is unknown or everything is listed; a broken plug-in is named in a warning and skipped; one
            that takes a name already taken is an error.
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], *, group: str = "") -> None:
        self.kind = kind
        self.group = group or f"durometer.{kind}"
        self._builtin = dict(builtin)

    def names(self) -> tuple[str, ...]:
        """Return all names, ours and those of installed plug-ins, sorted."""
        return tuple(sorted({*self._builtin, *self._plugins()}))

    def __contains__(self, name: str) -> bool:
        return name in self._builtin or name in self._plugins()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def get(self, name: str, *, where: str = "") -> type[T]:
        """Return the class or factory of this name.

        Raises:
            UnknownNameError: with the nearest known name.
        """
        if name in self._builtin:
            module, _, attribute = self._builtin[name].partition(":")
            found: type[T] = getattr(importlib.import_module(module), attribute)
            return found
        plugins = self._plugins()
        if name not in plugins:
            raise unknown_name(name, self.names(), kind=self.kind, where=where)
        try:
            loaded: type[T] = plugins[name].load()
        except Exception as error:
            raise UsageError(
                f"the plug-in {plugins[name].value!r} could not be loaded: {error}",
                where=f"{self.kind} {name!r}",
                fix="Update or uninstall the package that brings it",
            ) from error
        return loaded

    def working(self) -> Iterator[tuple[str, type[T]]]:
        """Yield (name, thing) for all that load; a broken plug-in is named in a warning and skipped."""
        for name in self.names():
            try:
                yield name, self.get(name)
            except UsageError as error:
                warnings.warn(str(error), stacklevel=2)

    def make(self, name: str, values: Mapping[str, Json] | None = None, *, where: str = "") -> T:
        """Make the thing of this name from plain parameter values."""
        return params.build(
            self.get(name, where=where), dict(values or {}), where=where or f"{self.kind} {name!r}"
        )

    def spec(self, thing: Any) -> Spec:
        """Return how to make a thing again: its name, version and all its parameters."""
        return Spec(self.kind, type(thing).name, getattr(type(thing), "version", 1), params.values(thing))

    def origin(self, name: str) -> str:
        """Return who brings a name: `durometer` or the plug-in's distribution."""
        if name in self._builtin:
            return "durometer"
        dist = self._plugins()[name].dist
        return dist.name if dist else "a plug-in"

    def _plugins(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.group):
            if point.name in self._builtin or (
                point.name in found and found[point.name].value != point.value
            ):
                raise UsageError(
                    f"the plug-in {point.value!r} takes the name {point.name!r}, which is taken already",
                    where=self.group,
                    fix="Uninstall it or ask its author for another name",
                )
            found[point.name] = point
        return found


def describe(thing: type) -> str:
    """Return the docstring of a class as plain text."""
    return inspect.getdoc(thing) or "no description"
