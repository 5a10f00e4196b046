"""`package.module:factory`: a model made by one's own code, found as Python finds it or in this folder."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from durometer.core import ModelError, did_you_mean

PATTERN = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\Z")


def is_factory(what: str) -> bool:
    """Say whether a text has the form `package.module:factory`."""
    return PATTERN.match(what) is not None


def call_factory(what: str) -> Any:
    """Import `package.module:factory`, also from the current folder, and return what it makes.

    A class or a function without arguments is called. A function of one argument is the model itself, as is
    anything that already exists.

    Raises:
        ModelError: if it is not of that form, not there, needs arguments, or fails.
    """
    found = PATTERN.match(what)
    if not found:
        raise ModelError("is not of the form package.module:factory", where=what)
    with _current_folder():
        thing: Any = _import(found["module"], what)
        for part in found["name"].split("."):
            thing = _attribute(thing, part, what)
        return _call(thing, what) if _makes_models(thing) else thing


@contextmanager
def _current_folder() -> Iterator[None]:
    here = str(Path.cwd())
    before = list(sys.path)
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path[:] = before


def _import(name: str, what: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            near = did_you_mean(name, [p.stem for p in Path.cwd().glob("*.py")]).rstrip(".")
            fix = near or f"Run in the folder of {name.partition('.')[0]}.py, or install its package"
            raise ModelError(f"there is no Python module {name!r}", where=what, fix=fix) from error
        raise ModelError(
            f"its module needs {error.name!r}, which is not installed",
            where=what,
            fix=f"Install {error.name}",
        ) from error
    except Exception as error:  # importing runs the user's code
        raise ModelError(f"its module fails when imported: {_said(error)}", where=what) from error


def _attribute(thing: Any, name: str, what: str) -> Any:
    if not hasattr(thing, name):
        public = [n for n in dir(thing) if not n.startswith("_")]
        raise ModelError(
            f"there is no {name!r} in {getattr(thing, '__name__', thing)}",
            where=what,
            fix=did_you_mean(name, public).rstrip("."),
        )
    return getattr(thing, name)


def _makes_models(thing: Any) -> bool:
    if isinstance(thing, type):
        return True
    return inspect.isroutine(thing) and _arguments(thing) != 1


def _arguments(function: Any) -> int:
    """Count the arguments that must be given."""
    given = inspect.signature(function).parameters.values()
    named = (p for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
    return sum(p.default is p.empty for p in named)


def _call(thing: Any, what: str) -> Any:
    try:
        return thing()
    except TypeError as error:
        if "required" in str(error) and "argument" in str(error):
            fix = "Write a function without arguments that makes the model"
            raise ModelError(f"needs arguments: {_said(error)}", where=what, fix=fix) from error
        raise ModelError(f"fails when called: {_said(error)}", where=what) from error
    except Exception as error:  # the user's code
        raise ModelError(f"fails when called: {_said(error)}", where=what) from error


def _said(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
