"""The grammar of `--input`: `size=224,crop=0.875,mean=0.485/0.456/0.406,…`, the words of a data sheet too.

Pairs are separated by commas. Several values of one key by `/` (one a channel), the two sides of a size by
`x` (height, then width), the two ends of a range by `..`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from durometer.core import InputSpec, UsageError, did_you_mean

EXAMPLE = "such as size=224,crop=0.875,mean=0.485/0.456/0.406,std=0.229/0.224/0.225"
CHOICES = {
    "fit": ("crop", "squash"),
    "interpolation": ("bilinear", "bicubic"),
    "order": ("rgb", "bgr"),
    "layout": ("nchw", "nhwc"),
}


def read_input(said: str | Mapping[str, Any] | InputSpec | None, *, where: str = "--input") -> dict[str, Any]:
    """Return the fields of `InputSpec` that were said: by text, by a mapping with the same keys, or all.

    Raises:
        UsageError: unknown key (with the nearest one) or a value that can't be.
    """
    if said is None:
        return {}
    if isinstance(said, str):
        return parse_input(said, where=where)
    if isinstance(said, InputSpec):
        return {f.name: getattr(said, f.name) for f in fields(InputSpec)}
    return _read(dict(said), where)


def parse_input(text: str, *, where: str = "--input") -> dict[str, Any]:
    """Return the fields of `InputSpec` that a text says.

    Keys: `size` (224, 224x192, or `canvas` for the canvas as it is), `crop` (share that the center crop
    keeps, 0 to 1), `fit` (crop | squash), `interpolation` (bilinear | bicubic), `range` (0..1, 0..255, …),
    `mean` and `std` (in units of the range, one value or one a channel, or `none`), `order` (rgb | bgr),
    `layout` (nchw | nhwc), `channels` (1 | 3).

    Raises:
        UsageError: unknown key (with the nearest one), given twice, or a value that can't be.
    """
    values: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, sign, value = (p.strip() for p in part.partition("="))
        if not sign or not value:
            hint = (
                "Several values of one key are joined by /, "
                if _number(key) is not None
                else "Write key=value, "
            )
            raise UsageError(f"{part!r} is not of the form key=value", where=where, fix=hint + EXAMPLE)
        if key in values:
            raise UsageError(f"{key!r} is given twice", where=where)
        values[key] = value
    return _read(values, where)


def _read(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if key not in READERS:
            hint = did_you_mean(key, READERS).rstrip(".") or f"Known are: {', '.join(READERS)}"
            raise UsageError(f"there is no {key!r} of an input", where=where, fix=hint)
        found |= READERS[key](key, value, where)
    return found


def _bad(key: str, value: Any, wanted: str, where: str) -> UsageError:
    return UsageError(f"{key}={value} can't be", where=where, fix=f"Give {wanted}")


def _size(key: str, value: Any, where: str) -> dict[str, Any]:
    if value in (None, "canvas", "none"):
        return {key: None}
    parts = re.split("[x×]", value) if isinstance(value, str) else value
    sides = [_number(p) for p in (parts if isinstance(parts, list | tuple) else [parts])]
    if len(sides) not in (1, 2) or not all(s is not None and s >= 1 and s == int(s) for s in sides):
        raise _bad(
            key, value, "one side or height x width in pixels, such as size=224 or size=224x192", where
        )
    whole = [int(s) for s in sides if s is not None]
    return {key: (whole[0], whole[-1])}


def _crop(key: str, value: Any, where: str) -> dict[str, Any]:
    share = _number(value)
    if share is None or not 0 < share <= 1:
        raise _bad(key, value, "a share of the short side, above 0 and at most 1, such as crop=0.875", where)
    return {key: share}


def _range(key: str, value: Any, where: str) -> dict[str, Any]:
    parts = value.split("..") if isinstance(value, str) else value
    ends = [_number(p) for p in parts] if isinstance(parts, list | tuple) else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None or not ends[0] < ends[1]:
        raise _bad(key, value, "low..high, such as range=0..255", where)
    return {"low": ends[0], "high": ends[1]}


def _channel_values(key: str, value: Any, where: str) -> dict[str, Any]:
    if value in (None, "none", (), []):
        return {key: ()}
    parts = value.split("/") if isinstance(value, str) else value
    numbers = [_number(p) for p in (parts if isinstance(parts, list | tuple) else [parts])]
    if not numbers or any(n is None or (key == "std" and n <= 0) for n in numbers):
        kind = "numbers above 0" if key == "std" else "numbers"
        raise _bad(key, value, f"{kind} joined by /, one or one a channel, such as {key}=0.5/0.5/0.5", where)
    return {key: tuple(n for n in numbers if n is not None)}


def _channels(key: str, value: Any, where: str) -> dict[str, Any]:
    number = _number(value)
    if number not in (1, 3):
        raise _bad(key, value, "channels=3, or channels=1 for gray", where)
    return {key: int(number)}


def _choice(key: str, value: Any, where: str) -> dict[str, Any]:
    if value not in CHOICES[key]:
        raise _bad(key, value, " or ".join(f"{key}={c}" for c in CHOICES[key]), where)
    return {key: value}


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


READERS: Mapping[str, Callable[[str, Any, str], dict[str, Any]]] = {
    "size": _size, "crop": _crop, "fit": _choice, "interpolation": _choice, "range": _range,
    "mean": _channel_values, "std": _channel_values, "order": _choice, "layout": _choice,
    "channels": _channels,
}  # fmt: skip
