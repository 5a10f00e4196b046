"""Comparison of records, worked out by hand."""

import numpy as np
import pytest

from durometer.core import UsageError
from durometer.explain import compare
from durometer.stats import clopper_pearson, graded_mean, holm, mcnemar_exact, tango

ONES = np.ones(40)


def loses(*which):
    changed = np.ones(40)
    changed[list(which)] = 0
    return changed


@pytest.fixture
def records(toy):
    conditions = {"e": toy.condition(name="size", title="size, 5 %"), "f": toy.condition(title="flip")}

    def made(canvas, e, f, *, model="m", **more):
        scores = {(model, "k-original"): ONES, (model, "k-canvas"): canvas, (model, "e"): e, (model, "f"): f}
        return toy.record(scores, conditions, **more)

    return made


def test_oracle_changes(records):
    old = records(ONES, loses(*range(12)), loses(0))
    new = records(loses(39), loses(0, 1, 20), loses(0), model="m2")
    c = compare([old, new])
    assert (c.baseline, c.others, c.samples) == ("a record", ("a record (2)",), 40)
    canvas, size, flip = c.changes["a record (2)"]
    assert (size.title, size.model) == ("size, 5 %", "m → m2")
    # wrong in the old 0–11, in the new 0, 1, 20: 10 gained, 1 lost
    assert (size.gained, size.lost) == (10, 1)
    assert size.difference == tango(10, 1, 40)
    assert (size.baseline, size.other) == (clopper_pearson(28, 40), clopper_pearson(37, 40))
    assert size.p == pytest.approx(mcnemar_exact(10, 1))
    adjusted = holm([1.0, mcnemar_exact(10, 1), 1.0])
    assert size.p_adjusted == pytest.approx(adjusted[1])
    assert [x.verdict for x in (canvas, size, flip)] == ["undecided", "better", "undecided"]
    # drop in the new minus drop in the old: −1 for 2–11, 1 for 20, and −1 for 39 (wrong on the new canvas)
    d = np.zeros(40)
    d[2:12], d[20], d[39] = -1, 1, -1
    assert size.drop_difference == graded_mean(d)[0]
    assert canvas.drop_difference == graded_mean(np.zeros(40))[0]
    assert c.headline == (
        "a record (2) against a record on 40 samples: better in 1, worse in 0, "
        "undecided in 2 of 3 comparisons."
    )


def test_worse_is_worse(records):
    c = compare(
        [
            records(ONES, ONES, ONES, path="/runs/old"),
            records(ONES, loses(*range(15)), ONES, path="/runs/new"),
        ]
    )
    assert [x.verdict for x in c.changes["new"]] == ["undecided", "worse", "undecided"]
    assert c.changes["new"][1].difference.high < 0
    assert c.headline == (
        "new against old on 40 samples: better in 0, worse in 1 (most under size, 5 %), "
        "undecided in 2 of 3 comparisons."
    )


def test_oracle_samples_are_paired_by_id_and_content(records):
    """The other record holds the samples in reverse, without five, and one with other content."""
    old = records(ONES, loses(*range(12)), ONES)
    names = [f"s{i:05d}" for i in range(39, 4, -1)] + [f"new{i}" for i in range(5)]
    content = [f"c{i}" for i in range(39, 4, -1)] + ["x"] * 5
    content[names.index("s00039")] = "edited since"
    e = np.array([name not in {"s00005", "s00006", "s00030"} for name in names]) * 1.0
    new = records(ONES, e, ONES, samples=names, content=content)
    c = compare([old, new])
    assert c.samples == 34
    size = c.changes["a record (2)"][1]
    # shared are 5–38; wrong in the old 5–11, in the new 5, 6, 30
    assert (size.gained, size.lost, size.difference.n) == (5, 1, 34)
    assert [(g.count, g.why) for g in c.left_out] == [
        (1, "they have other content under the same id"),
        (5, "this record does not hold them"),
    ]


def test_conditions_in_one_record_only_are_named(toy):
    one = toy.record(
        {("m", "k-canvas"): ONES, ("m", "e"): ONES}, {"e": toy.condition(title="size, 5 %")}, path="one"
    )
    two = toy.record(
        {("m", "k-canvas"): ONES, ("m", "f"): ONES}, {"f": toy.condition(title="flip")}, path="two"
    )
    c = compare([one, two])
    assert [x.title for x in c.changes["two"]] == ["unedited canvas"]
    assert [(g.what, g.why) for g in c.left_out] == [
        ("size, 5 %", "two does not hold this condition"),
        ("flip", "one does not hold this condition"),
    ]


def test_a_diagnostic_is_never_better_or_worse(toy):
    # losing all 40 answers of "only the background" would be the largest change of all
    conditions = {"d": toy.condition("diagnostic", title="only the background")}
    one, two = (
        toy.record({("m", "k-canvas"): ONES, ("m", "d"): scores}, conditions, path=path)
        for path, scores in (("one", ONES), ("two", 1 - ONES))
    )
    c = compare([one, two])
    assert [x.title for x in c.changes["two"]] == ["unedited canvas"]
    assert [(g.what, g.why.partition(";")[0]) for g in c.left_out] == [
        ("only the background", "without the object neither answer is better")
    ]


def test_errors(toy, records):
    record = records(ONES, ONES, ONES)
    with pytest.raises(UsageError, match="two records or more"):
        compare([record])
    foreign = records(ONES, ONES, ONES, samples=[f"z{i}" for i in range(40)])
    with pytest.raises(UsageError, match="shares no sample with the baseline"):
        compare([record, foreign])
    two = [toy.record({(m, "k-canvas"): ONES for m in pair}, {}) for pair in ("ab", "cd")]
    with pytest.raises(UsageError, match="shares no model with the baseline"):
        compare(two)


def test_theorem_a_record_against_itself_changes_nothing(records):
    record = records(ONES, loses(3), loses(4, 5))
    for change in compare([record, record]).changes["a record (2)"]:
        assert (change.lost, change.gained, change.p, change.verdict) == (0, 0, 1.0, "undecided")
        assert change.difference.value == change.drop_difference.value == 0
