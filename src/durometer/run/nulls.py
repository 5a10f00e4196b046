"""The null of a search: as many pictures in which nothing was changed that matters, and the worst of them.

The worst of many pictures is worse than one of them even if no picture is special. So for every search the
same number of null variants is asked, and its drop is read against theirs:

- edits that leave a filled hole behind: so many placebo edits, each with other dice, and faint noise on the
  background, since the places of a hole are few and before a plain background it can't be seen;
- edits of the background: the null edit and so many draws of faint noise on the background;
- edits without a control: so many draws of faint noise on the whole picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from durometer.attack.searches import Search
from durometer.attack.searches.base import Asking, Candidate, worst_of
from durometer.stress import STRESSORS

APART = 1_000_000
"""Null variants of draw d of a search are the draws from d times this on."""


def search_needs(search: Search) -> frozenset[str]:
    """Return the entries of `batch.aux` that a search's edits and their nulls read."""
    used = search.stressors(STRESSORS.make)
    nulls = [STRESSORS.make(stressor.control) for stressor in used if stressor.control]
    return frozenset[str]().union(*(thing.needs for thing in (*used, *nulls)))


def ask_nulls(controls: Sequence[str | None], *, draw: int, stop: bool) -> Asking:
    """Ask one null variant for each of these controls; the worst counts, as in the search itself."""
    seen: Counter[str | None] = Counter()
    variants = []
    for control in controls:
        variants.append(_variant(control, draw * APART + seen[control]))
        seen[control] += 1
    return worst_of(variants, stop=stop)


def _variant(control: str | None, draw: int) -> Candidate:
    if control is None:
        return Candidate(STRESSORS.make("faint-noise"), f"faint noise, draw {draw}", draw=draw)
    what = f"{control.replace('-', ' ')} and faint noise, draw {draw}"
    if control == "null-edit":  # the same in every draw, so it is made once
        noise = STRESSORS.make("faint-noise", {"where": "background"})
        return Candidate(noise, what, draw=draw, base=STRESSORS.make(control))
    steps = [control, "faint-noise(where=background)"]
    return Candidate(STRESSORS.make("chain", {"steps": steps}), what, draw=draw)
