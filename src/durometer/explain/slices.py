"""Groups of samples that do worse than the rest: exact tests, adjusted for all that was looked at.

On the canvas a group is worse when it holds more than its share of the wrong answers; under an edit, when it
holds more than its share of the answers that were right on the canvas and are wrong now. Both are exact
hypergeometric tests, adjusted by Holm over every group that was tested, in all models and conditions. A group
that only overlaps a worse one must also pass within strata of the groups accepted before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from durometer.explain.effects import ALPHA
from durometer.explain.facts import Attribute, attributes
from durometer.explain.findings import Slice
from durometer.explain.pairs import pair
from durometer.explain.study import Study
from durometer.stats import clopper_pearson, holm, more_than_share, more_within_strata
from durometer.stats.cluster import unit_means

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
SUPPORT = 20
"""Samples a group must have to be looked at."""
TRIED = 200
"""Groups, by p, that are tried within strata for one model and condition."""
ACCEPTED = 6
"""Groups reported for one model and condition; each doubles the strata of the next."""


@dataclass(frozen=True)
class Look:
    """One question to all groups: `at` indexes the samples it is about, `hit` says which failed."""

    model: str
    condition: str
    title: str
    at: Ints
    hit: Bools


@dataclass(frozen=True)
class Group:
    """A group under test: one or two attributes with the value each has."""

    look: Look
    where: tuple[tuple[Attribute, int], ...]
    p: float

    @property
    def member(self) -> Bools:
        """Which of the look's samples belong to it."""
        belongs = np.ones(self.look.at.size, np.bool_)
        for attribute, code in self.where:
            belongs &= attribute.codes[self.look.at] == code
        return belongs


def slices(study: Study) -> tuple[tuple[Slice, ...], int]:
    """Return the groups that do worse, and how many groups were looked at; none is a normal answer."""
    known = attributes(study)
    tested = [(look, *_test_all(look, known)) for look in _looks(study)]
    looked_at = sum(p.size for _, _, p in tested)
    every = np.concatenate([p for _, _, p in tested]) if tested else np.empty(0)
    adjusted = holm(every)
    found: list[Slice] = []
    start = 0
    for look, keys, p in tested:
        mine = adjusted[start : start + p.size]
        start += p.size
        order = [i for i in np.argsort(p, kind="stable").tolist() if mine[i] < ALPHA][:TRIED]
        groups = (Group(look, _where(known, keys[i]), float(mine[i])) for i in order)
        found += _accept(study, groups, looked_at)
    return tuple(sorted(found, key=lambda s: (s.p_adjusted, s.model, s.title, s.where))), looked_at


def _looks(study: Study) -> Iterator[Look]:
    for model in study.models:
        canvas = study.cell(model, study.canvas)
        right, _ = unit_means(canvas.score[canvas.good], canvas.position[canvas.good], None)
        at = study.sample_of(np.unique(canvas.position[canvas.good]))
        yield Look(model, study.canvas, study.title(study.canvas), at, right < study.right_from)
        for key in study.of_role("edit"):
            aligned = pair(canvas, study.cell(model, key))
            before, after = aligned.scores
            was, _ = unit_means(before, aligned.unit, None)
            now, _ = unit_means(after, aligned.unit, None)
            at, kept = study.sample_of(np.unique(aligned.unit)), was >= study.right_from
            title = f"{study.title(key)} (of those right before)"
            yield Look(model, key, title, at[kept], now[kept] < study.right_from)


def _test_all(
    look: Look, known: Sequence[Attribute]
) -> tuple[list[tuple[int, ...]], npt.NDArray[np.float64]]:
    """Count all groups of one or two attributes and test those with enough samples.

    Returns:
        (attribute, code) or (attribute, code, attribute, code) of each, and its p.
    """
    keys: list[tuple[int, ...]] = []
    sizes, hits, alone = [], [], []
    codes = [a.codes[look.at] for a in known]
    for i, a in enumerate(known):
        size, hit = _count(codes[i], len(a.values), look.hit)
        alone.append(size)
        large = np.flatnonzero((size >= SUPPORT) & (size < look.at.size))
        keys += [(i, c) for c in large.tolist()]
        sizes.append(size[large])
        hits.append(hit[large])
    for i, j in combinations(range(len(known)), 2):
        wide = len(known[j].values)
        both = np.where((codes[i] >= 0) & (codes[j] >= 0), codes[i] * wide + codes[j], -1)
        size, hit = _count(both, len(known[i].values) * wide, look.hit)
        # a pair that holds all of one of its two groups is that group again
        least = np.minimum.outer(alone[i], alone[j]).ravel()
        large = np.flatnonzero((size >= SUPPORT) & (size < least))
        keys += [(i, c // wide, j, c % wide) for c in large.tolist()]
        sizes.append(size[large])
        hits.append(hit[large])
    if not keys:
        return keys, np.empty(0)
    p = more_than_share(np.concatenate(hits), np.concatenate(sizes), int(look.hit.sum()), look.at.size)
    return keys, p


def _count(codes: Ints, n: int, hit: Bools) -> tuple[Ints, Ints]:
    """Return how many samples and how many hits each code has; code −1 is left out."""
    size = np.bincount(codes + 1, minlength=n + 1)[1:]
    return size, np.bincount(codes[hit] + 1, minlength=n + 1)[1:]


def _where(known: Sequence[Attribute], key: tuple[int, ...]) -> tuple[tuple[Attribute, int], ...]:
    return tuple((known[key[i]], key[i + 1]) for i in range(0, len(key), 2))


def _accept(study: Study, groups: Iterator[Group], looked_at: int) -> Iterator[Slice]:
    """Yield the groups that stay worse within strata of those accepted before them."""
    strata: Ints | None = None
    accepted = 0
    for group in groups:
        member, hit = group.member, group.look.hit
        if strata is None:
            strata = np.zeros(hit.size, np.int64)
        elif (within := more_within_strata(member, hit, strata) * looked_at) >= ALPHA:
            continue
        else:
            group = Group(group.look, group.where, max(group.p, within))
        yield _slice(study, group, member, looked_at)
        strata = strata * 2 + member
        accepted += 1
        if accepted == ACCEPTED:
            return


def _slice(study: Study, group: Group, member: Bools, looked_at: int) -> Slice:
    look, right = group.look, ~group.look.hit
    inside = clopper_pearson(int(right[member].sum()), int(member.sum()), study.level)
    outside = clopper_pearson(int(right[~member].sum()), int((~member).sum()), study.level)
    where = tuple((a.name, a.values[code]) for a, code in group.where)
    return Slice(look.model, where, look.condition, look.title, inside, outside, group.p, looked_at)
