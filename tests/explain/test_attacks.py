"""Attacks in a record: figures that can be counted by hand."""

import json
import math

import numpy as np
import pytest

from durometer.explain.attacks import Attacks
from durometer.explain.smallest import optimality
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.stats import clopper_pearson


def attack(toy, name, epsilon, *, threat="linf", params=None, unit="epsilon"):
    words = toy.condition(name=name, family="attack", axis=threat, severity=epsilon, title=name, unit=unit)
    spec = {"kind": "threat", "name": threat, "version": 1, "params": {"epsilon": epsilon}}
    words.words["spec"]["params"] = {**(params or {}), "threat": spec}
    return words


def facts(toy, **columns):
    """Return facts texts from columns of equal length; None is left out."""
    rows = zip(*columns.values(), strict=True)
    return [toy.text(**{k: v for k, v in zip(columns, row, strict=True) if v is not None}) for row in rows]


CLEAN = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
"""Ten samples, eight of them right."""


@pytest.fixture
def record(toy):
    # at 0.1 luck breaks sample 0, PGD 0 to 2, the ensemble 1 to 5 and not 0; at 0.2 PGD breaks 3
    luck = [0, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    pgd = [0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    ensemble = [1, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    wide = [1, 1, 1, 0, 1, 1, 1, 1, 0, 0]
    # the nearest broken inputs: 0.05 for sample 0, 0.3 for 6, none for 7, no news for 1 to 5
    fmn = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    distances = [0.05, 0.1, 0.1, 0.1, 0.2, 0.2, 0.3, None, 0.0, 0.0]
    conditions = {
        "luck": attack(toy, "random-search", 0.1, params={"queries": 41}),
        "pgd": attack(toy, "pgd", 0.1), "aa": attack(toy, "autoattack", 0.1),
        "wide": attack(toy, "pgd", 0.2), "fmn": attack(toy, "fmn", 1.0),
    }  # fmt: skip
    scores = {"k-canvas": CLEAN, "luck": luck, "pgd": pgd, "aa": ensemble, "wide": wide, "fmn": fmn}
    stages = [None, "ce", "ce", "t", "t", "fab", None, None, "untouched", "untouched"]
    achieved = {
        ("m", "luck"): facts(toy, forwards=[8, *[42] * 7, 1, 1], backwards=[0] * 10),
        ("m", "pgd"): facts(toy, forwards=[2, 3, 11, *[22] * 5, 1, 1],
                            backwards=[1, 2, 10, *[20] * 5, 0, 0]),
        ("m", "aa"): facts(toy, stage=stages, forwards=[900, 5, 9, 60, 70, 200, 900, 900, 1, 1],
                           backwards=[100, 5, 9, 60, 70, 100, 100, 100, 0, 0]),
        ("m", "fmn"): facts(toy, distance=distances, forwards=[110] * 10, backwards=[100] * 10),
    }  # fmt: skip
    # a distance that was not found is null in a record, and the fact is there
    texts = achieved["m", "fmn"]
    texts[7] = json.dumps({"distance": None, "forwards": 110, "backwards": 100})
    return toy.record({("m", k): v for k, v in scores.items()}, conditions, achieved=achieved)


@pytest.fixture
def found(record):
    (one,) = Attacks()(Study.read(record), (), record)
    return one


def test_oracle_the_worst_case_over_all_attacks_sample_by_sample(found):
    assert found.clean == clopper_pearson(8, 10)
    assert [x.radius for x in found.at] == [0.1, 0.2]
    # within 0.1 samples 0 to 5 break (by PGD, the ensemble or as fmn says); 6 and 7 are left of ten
    assert found.curve == ((0.1, clopper_pearson(2, 10)), (0.2, clopper_pearson(2, 10)))
    assert [x.worst for x in found.at] == [e for _, e in found.curve]
    assert found.at[0].threat == "Linf within 0.1"


def test_oracle_what_each_attack_and_each_part_of_it_adds(found):
    luck, pgd, ensemble = found.at[0].attacks
    assert [luck.added, pgd.added, ensemble.added] == [1, 2, 3]  # 0; then 1 and 2; then 3 to 5
    # its own parts broke 1 and 2, 3 and 4, 5; in the order in which they ran, by what they cost
    assert ensemble.stages == (("ce", 2), ("t", 2), ("fab", 1))
    assert [a.accuracy for a in (luck, pgd, ensemble)] == [clopper_pearson(k, 10) for k in (7, 5, 3)]
    (wide,) = found.at[1].attacks
    assert wide.added == 1


def test_oracle_against_luck(found):
    luck, pgd, ensemble = found.at[0].attacks
    assert luck.luck is None
    # PGD spends 42 passes at most, the untouched question among them: 41 queries are as many
    assert (pgd.luck.queries, pgd.luck.gain.value, pgd.luck.gain.n) == (41, pytest.approx(0.2), 10)
    assert pgd.luck.p == pytest.approx(0.5)  # two of two discordant: 2 (1/2)^2
    assert not pgd.beats_luck
    # five broken by the ensemble only, one by luck only: 2 (1 + 6) / 2^6
    assert ensemble.luck.p == pytest.approx(14 / 64)
    assert found.at[1].attacks[0].luck is None
    assert found.at[1].attacks[0].beats_luck


def test_oracle_passes(found):
    pgd = found.at[0].attacks[1]
    # right before: forwards 2 3 11 and five times 22; all ten together 128 forward and 113 backward
    assert (pgd.spent.forwards, pgd.spent.backwards, pgd.spent.total) == (22.0, 20.0, 128 + 113)
    # broken after 3, 5 and 21 passes, of eight right: left at 1 all, at 3 seven, at 10 six, at 30 and 42 five
    assert [(b, e.value * 10) for b, e in pgd.spent.left] == [
        (1, pytest.approx(8)), (3, pytest.approx(7)), (10, pytest.approx(6)), (30, pytest.approx(5)),
        (42, pytest.approx(5)),
    ]  # fmt: skip
    assert found.at[1].attacks[0].spent is None  # it does not say


def test_oracle_distances_are_censored_where_none_was_found(found):
    (fmn,) = found.smallest
    # eight right before: 0.05 0.1 0.1 0.1 0.2 0.2 0.3 and one censored; half have broken by 0.1
    assert (fmn.n, fmn.censored, fmn.until, fmn.median.value) == (8, 1, 1.0, 0.1)
    # the best of all: 0.05, then 0.1 for 1 to 5, 0.3 and none; up to 0.3 their sum is 0.05 + 0.5 + 0.6;
    # the attack's own is 0.05 + 0.3 + 0.4 + 0.6, the whole 8 times 0.3
    assert fmn.optimality == pytest.approx(1 - (1.35 - 1.15) / (8 * 0.3 - 1.15))


def test_oracle_optimality_of_the_best_and_of_the_worst():
    best = np.array([0.1, 0.2, np.inf])
    assert optimality(best, best) == 1
    assert optimality(np.full(3, np.inf), best) == pytest.approx(0)
    assert optimality(best, np.full(3, np.inf)) is None


def test_the_sentence_names_threat_attacks_and_n(record, found):
    (sentence,) = Attacks().say((found,))
    assert sentence == (
        "Under attack, Linf within 0.1, m is right on 20 % of the samples (3 to 56, n = 10), from 80 %: the "
        "worst of pgd, autoattack, fmn, random-search; a stronger attack may leave less."
    )
    assert sentence in summarize(record).headline.sentences
    assert summarize(record).more["attacks"] == (found,)


def test_samples_that_an_attack_could_not_take_are_left_out_for_all(toy):
    conditions = {"a": attack(toy, "pgd", 0.1), "b": attack(toy, "square", 0.1)}
    scores = {("m", "k-canvas"): [1, 1, 1, 0], ("m", "a"): [0, 1, 1, 0], ("m", "b"): [1, 1, 1, 0]}
    record = toy.record(scores, conditions, status={("m", "b"): ["not-edited", "ok", "ok", "ok"]})
    (one,) = Attacks()(Study.read(record), (), record)
    assert (one.clean, one.curve) == (clopper_pearson(2, 3), ((0.1, clopper_pearson(2, 3)),))


def test_threats_that_differ_in_more_than_a_radius_are_kept_apart(toy):
    threat = "rotation-translation"
    conditions = {k: attack(toy, "spatial", 30.0, threat=threat, unit="degrees") for k in "ab"}
    for words, pixels in zip(conditions.values(), (3.0, 6.0), strict=True):
        words.words["spec"]["params"]["threat"]["params"] = {"pixels": pixels}
    record = toy.record({("m", "k-canvas"): [1, 1], ("m", "a"): [0, 1], ("m", "b"): [1, 0]}, conditions)
    found = Attacks()(Study.read(record), (), record)
    assert [x.curve[0][1].value for x in found] == [0.5, 0.5]
    assert found[0].at[0].threat == "turned by up to 30°, shifted by up to 3 pixels"


def test_norms_are_kept_apart_and_two_draws_are_one_sample(toy):
    conditions = {"a": attack(toy, "pgd", 0.1), "b": attack(toy, "pgd", 0.5, threat="l2")}
    scores = {("m", "k-canvas"): [1, 1], ("m", "a"): [[1, 0], [1, 1]], ("m", "b"): [1, 1]}
    record = toy.record(scores, conditions)
    linf, l2 = Attacks()(Study.read(record), (), record)
    assert linf.curve[0][1] == clopper_pearson(1, 2)  # broken in one of its two draws: broken
    assert linf.at[0].attacks[0].accuracy.value == 0.75
    assert (l2.curve[0][1], l2.at[0].threat) == (clopper_pearson(2, 2), "L2 within 0.5")


def test_only_nearest_inputs_make_a_curve_too(toy):
    distances = [0.1, 0.2, 0.3, 0.4, None]
    texts = [json.dumps({"distance": d}) for d in distances]
    scores = {("m", "k-canvas"): [1] * 5, ("m", "a"): [0, 0, 0, 0, 1]}
    record = toy.record(scores, {"a": attack(toy, "fmn", 1.0)}, achieved={("m", "a"): texts})
    (one,) = Attacks()(Study.read(record), (), record)
    assert one.at == ()
    assert one.main is None
    assert [(r, round(5 * e.value)) for r, e in one.curve] == [(0.1, 4), (0.2, 3), (0.3, 2), (0.4, 1)]
    assert one.smallest[0].optimality is None
    assert Attacks().say((one,)) == ()
    assert not math.isinf(one.smallest[0].median.value)


def test_no_attack_no_finding(toy):
    plain = toy.record({("m", "k-canvas"): [1, 0]}, {})
    assert Attacks()(Study.read(plain), (), plain) == ()


def test_nothing_found_is_said_of_what_was_tried_only(toy):
    scores = {("m", "k-canvas"): [1] * 6, ("m", "a"): [1] * 6}
    said = summarize(toy.record(scores, {"a": attack(toy, "pgd", 0.1)})).headline
    assert said.claim == "No attack that was tried breaks it beyond chance."
    assert said.sentences[0].startswith("In 1 comparison (n = 6) no attack that was tried costs accuracy")
    assert said.sentences[1] == "That says nothing of larger changes, or of stronger attacks."
    assert "Under attack, Linf within 0.1, m is right on 100 % of the samples" in said.sentences[-1]


def test_what_attacks_leave_stands_second_where_the_headline_speaks_of_one(toy):
    scores = {("o", "k-canvas"): [1] * 12, ("o", "a"): [1] * 12}
    scores |= {("m", "k-canvas"): [1] * 12, ("m", "a"): [0] * 12}
    said = summarize(toy.record(scores, {"a": attack(toy, "pgd", 0.1)})).headline
    assert said.effect is not None
    assert said.sentences[1].startswith("Under attack, Linf within 0.1, m is right on 0 % of the samples")


def test_the_nearest_broken_input_is_not_told_as_what_is_left_without_the_object(toy):
    words = attack(toy, "fmn", 1.0)
    words.words["role"] = "diagnostic"
    record = toy.record({("m", "k-canvas"): [1] * 12, ("m", "a"): [0] * 12}, {"a": words})
    assert not [s for s in summarize(record).headline.sentences if "still" in s]
