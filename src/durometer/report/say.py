"""Numbers and names as a person reads them: three significant digits at most, a real minus sign, percent.

Shares are 0 to 1 everywhere else; here, and only here, they become percent and points.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from durometer.core import Estimate

MINUS = "−"
UNMEASURED = "unmeasured"
LISTED = 12
"""Values of a list that are shown."""
SPACE = "\u00a0"
"""Between a number and its unit, so that a line never breaks there."""


def measured(estimate: Estimate | None) -> bool:
    """Return whether there is a number behind an estimate."""
    return estimate is not None and estimate.n > 0 and math.isfinite(estimate.value)


def points(share: float) -> str:
    """Return hundredths with one decimal: `0.3127` is `31.3`, `-0.004` is `−0.4`, `1.0` is `100`."""
    if not math.isfinite(share):
        return UNMEASURED
    text = f"{abs(share) * 100:.1f}"
    if len(text) > 4:  # 99.95 and above: the decimal would be the fourth digit
        text = f"{abs(share) * 100:.0f}"
    return MINUS + text if share < 0 and float(text) else text


def percent(share: float) -> str:
    """Return `90.9 %`."""
    return points(share) + SPACE + "%" if math.isfinite(share) else UNMEASURED


def number(value: float) -> str:
    """Return a plain number with three significant digits at most: `0.0497`, `−12.5`, `1,240,000`."""
    if not math.isfinite(value):
        return UNMEASURED
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        text = f"{size:.2e}".replace("e-0", "e-").replace("e+", "e").replace("-", MINUS)
    elif size >= 1000:
        text = f"{float(f'{size:.3g}'):,.0f}"
    else:
        text = f"{size:.3g}"
    return MINUS + text if value < 0 else text


def count(n: int) -> str:
    """Return `12,400`."""
    return f"{n:,}"


def p_value(p: float) -> str:
    """Return `< .001`, `.004`, `.12` or `1`: as far as a reader can use it."""
    if not math.isfinite(p):
        return UNMEASURED
    if p < 0.001:
        return f"<{SPACE}.001"
    if p >= 0.995:
        return "1"
    return f"{p:.3f}"[1:] if p < 0.0995 else f"{p:.2f}"[1:]


def p_phrase(p: float) -> str:
    """Return `p < .001` or `p = .004`."""
    text = p_value(p)
    return f"p{SPACE}{text}" if text.startswith("<") else f"p{SPACE}={SPACE}{text}"


def spread(estimate: Estimate | None) -> str:
    """Return the interval in points: `19.0 to 43.0`."""
    if estimate is None or not measured(estimate):
        return UNMEASURED
    return f"{points(estimate.low)} to {points(estimate.high)}"


def in_points(estimate: Estimate | None) -> str:
    """Return `31.3 (19.0 to 43.0)`."""
    if estimate is None or not measured(estimate):
        return UNMEASURED
    return f"{points(estimate.value)} ({spread(estimate)})"


def in_percent(estimate: Estimate | None) -> str:
    """Return `90.9 % (80.4 to 96.1, n = 55)`."""
    if estimate is None or not measured(estimate):
        return UNMEASURED
    return f"{percent(estimate.value)} ({spread(estimate)}, {people(estimate)})"


def people(estimate: Estimate | None) -> str:
    """Return the number of units behind an estimate: `n = 55`."""
    return f"n{SPACE}={SPACE}{count(estimate.n if estimate is not None else 0)}"


def plain(text: object) -> str:
    """Return a name on one line, without control characters: safe on a terminal and in a table.

    Line breaks become spaces; escape sequences and marks that reverse the reading direction become `�`.
    """
    spaced = " ".join(str(text).split())
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in spaced)


def value(thing: object) -> str:
    """Return a value of unknown type on one line: numbers as above, lists with commas, objects as pairs."""
    if isinstance(thing, bool) or thing is None:
        return {True: "yes", False: "no", None: "none"}[thing]
    if isinstance(thing, int):
        return str(thing)
    if isinstance(thing, float):
        return number(thing)
    if isinstance(thing, Mapping):
        return ", ".join(f"{plain(k)}: {value(v)}" for k, v in thing.items())
    if isinstance(thing, (list, tuple)):
        shown = ", ".join(value(v) for v in thing[:LISTED])
        return shown if len(thing) <= LISTED else f"{shown}, … ({count(len(thing))} in all)"
    return plain(thing)


def moment(text: object) -> str:
    """Return an ISO time to the minute, `2026-11-20 14:02 UTC`; anything else as it is."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return plain(text)
    return f"{at:%Y-%m-%d %H:%M} {at.tzname() or ''}".rstrip()


def tight(sentence: str) -> str:
    """Return a sentence in which `n = 55`, `p = .03` and `95 %` are never torn apart at the end of a line."""
    together = re.sub(r"\b([np]) ([=<]) (?=[\d.])", rf"\1{SPACE}\2{SPACE}", sentence)
    return re.sub(r"(?<=\d) %", f"{SPACE}%", together)


def share(thing: object) -> str:
    """Return a fact that should be a share as percent, or as it is."""
    return percent(thing) if isinstance(thing, float) else value(thing)
