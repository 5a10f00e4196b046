"""γ and Γ by resolution, one record and several, against hand-worked tables."""

import math

import pytest

from durometer.core import UsageError
from durometer.explain.across_resolutions import across_resolutions
from durometer.explain.resolution import Resolutions, sides
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.measures.normalizers import LOW_RESOLUTION_WEIGHTS
from durometer.report.pictures import Gallery
from durometer.report.section import SECTIONS, View
from durometer.report.sections.resolution import lines_of


def low(toy, side, **more):
    words = toy.condition(name="low-resolution", axis="resolution", severity=side, unit="pixels")
    words.words["spec"]["params"] = {"share": 0.25, "side": side, "filter": "bicubic", **more}
    return words


def first(right, n=10):
    return [1] * right + [0] * (n - right)


@pytest.fixture
def record(toy):
    scores = {
        ("a", "k-canvas"): first(8), ("a", "p32"): first(6), ("a", "p16"): first(2),
        ("b", "k-canvas"): first(6), ("b", "p32"): first(6), ("b", "p16"): first(6),
    }  # fmt: skip
    conditions = {"p32": low(toy, 32), "p16": low(toy, 16)}
    return toy.record(scores, conditions, labels=("cat", "dog"))


def found(record):
    return Resolutions()(Study.read(record), (), record)


def test_oracle_gamma_by_hand(record):
    a, b = found(record)
    assert [(p.side, p.accuracy.value) for p in a.points] == [
        (16, pytest.approx(0.2)),
        (32, pytest.approx(0.6)),
    ]
    # γ: .2 / .8 and .6 / .8; guessing one of two: Γ = γ (1 − exp(−200 · .3²)) = γ (1 − e⁻¹⁸)
    assert [p.relative.value for p in a.points] == pytest.approx([0.25, 0.75])
    assert a.chance == 0.5
    assert [p.improved.value for p in a.points] == pytest.approx([0.25 * (1 - math.exp(-18)), 0.75], rel=1e-7)
    # the other is barely above guessing and loses nothing: γ = 1, Γ = 1 − exp(−200 · .1²) = 1 − e⁻²
    assert [p.relative.value for p in b.points] == pytest.approx([1, 1])
    assert [p.improved.value for p in b.points] == pytest.approx([1 - math.exp(-2)] * 2)
    for p in (*a.points, *b.points):
        assert p.relative.low < p.relative.value <= p.relative.high
        assert p.relative.n == p.improved.n == 10


def test_only_sides_in_pixels_count_and_filters_stand_apart(toy):
    conditions = {
        "x": low(toy, 16, filter="bilinear"), "y": low(toy, 64), "s": low(toy, None),
        "o": toy.condition(name="blur"),
    }  # fmt: skip
    scores = {("a", k): first(5) for k in ("k-canvas", *conditions)}
    study = Study.read(toy.record(scores, conditions))
    assert sides(study) == {"bilinear": {16: "x"}, "bicubic": {64: "y"}}
    partly = toy.record(
        {("a", "k-canvas"): first(5), ("a", "p"): first(5), ("b", "k-canvas"): first(5)}, {"p": low(toy, 16)}
    )
    assert [(c.model, len(c.points)) for c in found(partly)] == [("a", 1)]
    plain = toy.record({("a", "k-canvas"): first(5), ("a", "o"): first(5)}, {"o": toy.condition(name="blur")})
    assert found(plain) == ()


def test_the_section_shows_the_figures(record):
    section = SECTIONS.make("resolution")
    summary = summarize(record)
    assert section.holds(summary)
    page, text = section.html(summary, View(Gallery((), {}))), section.markdown(summary)
    assert page.count("<figure") == 2
    for shown in ("0.25 (", "0.75 (", "0.865 ("):
        assert shown in page
        assert shown in text
    assert "20.0\N{NO-BREAK SPACE}%" in page
    a, b = ([line.name for line in lines_of(curve)] for curve in found(record))
    assert (a, b) == (["accuracy", "γ"], ["accuracy", "γ", "Γ"])  # apart only for the model near guessing
    assert section.data(summary)["curves"] == found(record)


def test_oracle_several_records_by_hand(toy):
    def of(high, low_, n):
        conditions = {"p": low(toy, 16)}
        return toy.record({("m", "k-canvas"): first(high, n), ("m", "p"): first(low_, n)}, conditions)

    # two answers, so guessing is .5: pets 9/10 -> 6/10, eurosat 15/20 -> 15/20
    # Γ: 2/3 (1 − e^(−200 · .16)) and 1 (1 − e^(−200 · .0625))
    records = {"pets": of(9, 6, 10), "eurosat": of(15, 15, 20)}
    (one,) = across_resolutions(records)
    pets, eurosat = 2 / 3 * (1 - math.exp(-32)), 1 - math.exp(-12.5)
    assert (one.model, one.side) == ("m", 16)
    assert one.each["pets"].value == pytest.approx(pets)
    assert one.each["eurosat"].value == pytest.approx(eurosat)
    assert one.plain.value == pytest.approx((pets + eurosat) / 2)
    w = LOW_RESOLUTION_WEIGHTS["pets"]
    assert one.weighted.value == pytest.approx((w * pets + eurosat) / (w + 1))
    assert one.weighted.n == 30
    (own,) = across_resolutions(records, weights={"pets": 3, "eurosat": 1})
    assert own.weighted.value == pytest.approx((3 * pets + eurosat) / 4)
    # eurosat lost nothing on any sample: all that varies of the mean comes from pets, a quarter of it
    width = one.each["pets"].high - one.each["pets"].low
    assert 0 < own.weighted.high - own.weighted.low < width


def test_errors_of_several_records(toy, record):
    with pytest.raises(UsageError, match="no normalizer for 'mine'"):
        across_resolutions({"mine": record})
    with pytest.raises(UsageError, match="no records"):
        across_resolutions({})
    other = toy.record({("c", "k-canvas"): first(5), ("c", "p"): first(5)}, {"p": low(toy, 16)})
    with pytest.raises(UsageError, match=r"share no model at any resolution\. Run the suite lowres"):
        across_resolutions({"pets": record, "eurosat": other})
