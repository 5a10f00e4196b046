"""Slices: the planted one is found alone, noise gives none, facts are cut before anything is looked at."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from durometer.explain.facts import attributes
from durometer.explain.slices import slices
from durometer.explain.study import Study


def study(toy, wrong, facts, *, after=None, **more):
    scores = {("m", "k-canvas"): 1.0 - np.asarray(wrong)}
    conditions = {}
    if after is not None:
        scores["m", "e"] = after
        conditions["e"] = toy.condition(name="e", title="background, random")
    texts = [toy.text(**{k: v[i] for k, v in facts.items()}) for i in range(len(wrong))]
    return Study.read(toy.record(scores, conditions, facts=texts, **more))


def table(rng, n=2000, attributes=8, levels=4):
    return {f"a{i}": [f"v{v}" for v in rng.integers(0, levels, n)] for i in range(attributes)}


def test_oracle_one_group_by_hand(toy):
    # 100 samples, 20 wrong, all of them among the 40 that are dim: C(40, 20) / C(100, 20)
    wrong = np.arange(100) < 20
    facts = {"lighting": ["dim" if i < 40 else "bright" for i in range(100)]}
    found, looked_at = slices(study(toy, wrong, facts, label=np.zeros(100, int)))
    assert looked_at == 2
    (dim,) = found
    assert dim.where == (("lighting", "dim"),)
    assert (dim.accuracy.value, dim.accuracy.n, dim.rest.value, dim.rest.n) == (0.5, 40, 1.0, 60)
    assert dim.p_adjusted == pytest.approx(2 * hypergeom.sf(19, 100, 20, 40))
    assert (dim.condition, dim.looked_at) == ("k-canvas", 2)


def test_a_planted_pair_is_listed_once_without_its_shadows(toy):
    rng = np.random.default_rng(0)
    facts = table(rng)
    planted = (np.array(facts["a2"]) == "v1") & (np.array(facts["a5"]) == "v3")
    wrong = rng.random(2000) < np.where(planted, 0.45, 0.10)
    found, looked_at = slices(study(toy, wrong, facts))
    assert [s.where for s in found] == [(("a2", "v1"), ("a5", "v3"))]
    # 8 facts of 4 and the class of 2: 34 alone, 28 · 16 + 8 · 8 pairs
    assert looked_at == 34 + 448 + 64


def test_two_planted_groups_are_both_listed(toy):
    rng = np.random.default_rng(1)
    facts = table(rng)
    one, two = np.array(facts["a0"]) == "v0", np.array(facts["a3"]) == "v2"
    wrong = rng.random(2000) < 0.08 + 0.2 * one + 0.2 * two
    found, _ = slices(study(toy, wrong, facts))
    singles = {s.where for s in found}
    assert {(("a0", "v0"),), (("a3", "v2"),)} <= singles or (("a0", "v0"), ("a3", "v2")) in singles
    assert len(found) <= 3


def test_theorem_noise_gives_no_group(toy):
    rng = np.random.default_rng(2)
    runs = 100
    hits = sum(bool(slices(study(toy, rng.random(500) < 0.1, table(rng, 500, 5)))[0]) for _ in range(runs))
    assert hits / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_oracle_under_an_edit_the_lost_are_counted_among_those_right_before(toy):
    # 120 samples, the first 20 wrong before; of the 100 right, 50 are dim; the edit loses 25 dim, 1 bright
    wrong = np.arange(120) < 20
    dim = np.arange(120) % 2 == 0
    after = 1.0 - wrong
    after[np.flatnonzero(dim & ~wrong)[:25]] = 0
    after[np.flatnonzero(~dim & ~wrong)[0]] = 0
    facts = {"lighting": ["dim" if d else "bright" for d in dim]}
    found, looked_at = slices(study(toy, wrong, facts, after=after, label=np.zeros(120, int)))
    (s,) = found
    assert (s.where, s.condition, s.title) == (
        (("lighting", "dim"),), "e", "background, random (of those right before)",
    )  # fmt: skip
    assert (s.accuracy.value, s.accuracy.n, s.rest.value) == (0.5, 50, 0.98)
    assert looked_at == 4
    assert s.p_adjusted == pytest.approx(4 * hypergeom.sf(24, 100, 26, 50))


def test_small_groups_are_not_looked_at(toy):
    wrong = np.arange(100) < 19
    facts = {"rare": ["yes" if w else "no" for w in wrong]}
    assert slices(study(toy, wrong, facts, label=np.zeros(100, int))) == ((), 1)


def test_oracle_attributes(toy):
    n = 80
    facts = {
        "id": [f"x{i}" for i in range(n)],  # unique
        "same": ["k"] * n,  # constant
        "flag": [i % 2 == 0 for i in range(n)],
        "count": [i % 3 for i in range(n)],
        "size": [float(i) for i in range(n)],
        "gone": [None if i % 2 else "there" for i in range(n)],
        "part": [None if i < 20 else ("a" if i % 2 else "b") for i in range(n)],
    }
    held = {a.name: a for a in attributes(study(toy, np.zeros(n), facts))}
    assert list(held) == ["class", "count", "flag", "part", "size"]
    assert held["flag"].values == ("false", "true")
    assert held["count"].values == ("0", "1", "2")
    # quartiles of 0 … 79: 19.75, 39.5, 59.25
    assert held["size"].values == ("0 to 19.8", "19.8 to 39.5", "39.5 to 59.2", "59.2 to 79")
    assert np.bincount(held["size"].codes).tolist() == [20, 20, 20, 20]
    assert (held["part"].codes[:20] == -1).all()
    assert held["part"].codes[20:24].tolist() == [1, 0, 1, 0]
