"""Parameters of anything pluggable: the annotated fields of its frozen dataclass, checked and explained."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from durometer.core.errors import PlanError, did_you_mean
from durometer.core.nouns import Json

T = TypeVar("T")


@dataclass(frozen=True)
class Param:
    """What a field means: `share: Annotated[float, Param("share of pixels", low=0, high=1)] = 0.1`.

    Attributes:
        doc: One line for people.
        unit: Unit in words; fields in the input's range also take an exact ratio such as "8/255".
        low, high: Inclusive bounds.
    """

    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Parameter:
    """A field as `show`, validation and "did you mean" see it."""

    name: str
    type: Any
    default: Any
    required: bool
    info: Param

    @property
    def kind(self) -> str:
        """The type in words a person writes in TOML."""
        return _words(self.type)


def parameters(cls: type) -> tuple[Parameter, ...]:
    """Return the parameters of a dataclass in the order of its fields."""
    if not is_dataclass(cls):
        return ()
    hints = get_type_hints(cls, include_extras=True)
    return tuple(_parameter(f, hints[f.name]) for f in fields(cls) if f.init)


def _parameter(f: Field[Any], hint: Any) -> Parameter:
    info = Param("")
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        info = next((n for n in notes if isinstance(n, Param)), info)
    default = f.default_factory() if f.default_factory is not MISSING else f.default
    return Parameter(f.name, hint, default, default is MISSING, info)


def build(cls: type[T], values: Mapping[str, Json], *, where: str) -> T:
    """Make `cls` from plain values, with every foreseeable mistake named.

    Raises:
        PlanError: unknown or missing parameter, wrong type, out of range; names the nearest parameter.
    """
    known = {p.name: p for p in parameters(cls)}
    for name in values:
        if name not in known:
            hint = did_you_mean(name, known) or f"Parameters are: {', '.join(known) or 'none'}"
            raise PlanError(f"unknown parameter {name!r}", where=where, fix=hint.rstrip("."))
    missing = [p.name for p in known.values() if p.required and p.name not in values]
    if missing:
        raise PlanError(f"the parameter {missing[0]!r} must be given", where=where)
    checked = {name: check(known[name], value, where=where) for name, value in values.items()}
    try:
        return cls(**checked)
    except ValueError as error:  # a __post_init__ that relates several fields
        raise PlanError(str(error).rstrip("."), where=where) from error


def check(parameter: Parameter, value: Json, *, where: str) -> Any:
    """Return the value as its field wants it, or say what is wrong with it."""
    try:
        result = _convert(parameter.type, value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise PlanError(
            f"{parameter.name} = {value!r} is not {parameter.kind}",
            where=where,
            fix=parameter.info.doc.rstrip("."),
        ) from None
    for number in result if isinstance(result, tuple) else (result,):
        _check_range(parameter, number, where=where)
    return result


def _check_range(parameter: Parameter, number: Any, *, where: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return
    low, high = parameter.info.low, parameter.info.high
    inside = (low is None or number >= low) and (high is None or number <= high)
    if not inside:  # also catches NaN, which is inside nothing
        span = " to ".join("…" if end is None else f"{end:g}" for end in (low, high))
        raise PlanError(
            f"{parameter.name} = {number!r} is outside {span} {parameter.info.unit}".rstrip(), where=where
        )


def _convert(kind: Any, value: Json) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _convert_union(args, value)
    if origin is Literal:
        if value not in args:
            raise ValueError
        return value
    if origin is tuple:
        return _convert_tuple(args, value)
    if kind is bool or isinstance(value, bool):
        if kind is not bool or not isinstance(value, bool):
            raise TypeError
        return value
    if kind is float:
        return float(Fraction(value)) if isinstance(value, str) else float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is Any:
        return value
    if not isinstance(value, origin or kind):  # a Mapping[str, …] is only checked to be a mapping
        raise TypeError
    return value


def _convert_union(args: tuple[Any, ...], value: Json) -> Any:
    for kind in args:
        if kind is type(None):
            if value is None:
                return None
            continue
        try:
            return _convert(kind, value)
        except (TypeError, ValueError):
            continue
    raise TypeError


def _convert_tuple(args: tuple[Any, ...], value: Json) -> tuple[Any, ...]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError
    items = tuple(value)
    kinds = (args[0],) * len(items) if len(args) == 2 and args[1] is Ellipsis else args
    if len(kinds) != len(items):
        raise ValueError
    return tuple(_convert(k, v) for k, v in zip(kinds, items, strict=True))


def _words(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(repr(a) for a in args)
    if origin in (Union, types.UnionType):
        return " or ".join(_words(a) for a in args)
    if origin is tuple:
        inner = args[:1] if args[1:] == (Ellipsis,) else args
        return "a list of " + ", ".join(_words(a) for a in inner)
    names = {
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
        type(None): "nothing",
    }
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def values(thing: Any) -> dict[str, Json]:
    """Return a dataclass's parameters as JSON: all of them, defaults too, so that a spec means one thing."""
    if not is_dataclass(thing):
        return {}
    return {f.name: _plain(getattr(thing, f.name)) for f in fields(thing) if f.init}


def _plain(value: Any) -> Json:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value
