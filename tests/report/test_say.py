"""Numbers as a person reads them; each expected text is worked out by hand."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import Estimate
from durometer.report import say

NB = "\u00a0"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.3127, "31.3"),
        (0.31, "31.0"),
        (-0.004, "−0.4"),
        (0.0, "0.0"),
        (-0.0004, "0.0"),  # −0.04 points: a minus sign before a zero would claim a direction
        (1.0, "100"),
        (-1.0, "−100"),
        (0.9994, "99.9"),  # 99.94
        (0.9996, "100"),  # 99.96 rounds to 100.0, whose decimal would be the fourth digit
        (math.nan, "unmeasured"),
        (math.inf, "unmeasured"),
    ],
)
def test_golden_points(share, text):
    assert say.points(share) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, f"<{NB}.001"),
        (0.00099, f"<{NB}.001"),
        (0.001, ".001"),
        (0.0042, ".004"),
        (0.0496, ".050"),
        (0.12, ".12"),
        (0.99, ".99"),
        (0.996, "1"),
        (1.0, "1"),
        (math.nan, "unmeasured"),
    ],
)
def test_golden_p(p, text):
    assert say.p_value(p) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0497, "0.0497"),
        (0.04968, "0.0497"),
        (-12.54, "−12.5"),
        (0, "0"),
        (1234.0, "1,230"),
        (1_240_000, "1,240,000"),
        (0.0000123, "1.23e−5"),
        (3.0, "3"),
        (math.nan, "unmeasured"),
    ],
)
def test_golden_number(value, text):
    assert say.number(value) == text


def test_golden_estimates():
    e = Estimate(0.909, 0.804, 0.961, 55)
    assert say.in_percent(e) == f"90.9{NB}% (80.4 to 96.1, n{NB}={NB}55)"
    assert say.in_points(Estimate(-0.012, -0.031, 0.004, 1200)) == "−1.2 (−3.1 to 0.4)"
    assert say.people(Estimate(0.5, 0.4, 0.6, 12400)) == f"n{NB}={NB}12,400"


def test_nothing_behind_a_number_is_said():
    for nothing in (None, Estimate(math.nan, math.nan, math.nan, 0), Estimate(0.5, 0.0, 1.0, 0)):
        assert say.in_percent(nothing) == say.in_points(nothing) == say.spread(nothing) == "unmeasured"


@given(st.floats(-1, 1))
def test_points_have_three_digits_at_most_and_are_within_half_a_tenth(share):
    text = say.points(share)
    assert len(re.findall(r"\d", text)) <= 3
    assert "-" not in text  # a real minus sign
    assert abs(float(text.replace("−", "-")) - 100 * share) <= 0.0500001 + 0.5 * (abs(share) > 0.999)


@given(st.floats(-1e300, 1e300))
def test_numbers_keep_three_significant_digits(value):
    text = say.number(value).replace("−", "-").replace(",", "")
    assert float(text) == pytest.approx(value, rel=0.0051)
    digits = re.sub(r"e.*$", "", text).replace(".", "").replace("-", "").lstrip("0")
    assert len(digits.rstrip("0")) <= 3


@given(st.text())
def test_plain_names_have_one_line_and_no_escape(text):
    shown = say.plain(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or ord(c) == 127 for c in shown)


def test_plain_shows_what_would_act():
    assert say.plain("a\x1b[31mb\nc\u202ed") == "a�[31mb c�d"


def test_tight_keeps_numbers_with_their_units():
    assert say.tight("It costs 3 (95 % interval, n = 55, p < .001).") == (
        f"It costs 3 (95{NB}% interval, n{NB}={NB}55, p{NB}<{NB}.001)."
    )


def test_moments():
    assert say.moment("2026-11-21T06:33:56+00:00") == "2026-11-21 06:33 UTC"
    assert say.moment("2026-11-20 14:02") == "2026-11-20 14:02"
    assert say.moment("last\nweek") == "last week"


def test_long_lists_are_cut_and_counted():
    assert say.value(list(range(1300))).endswith("10, 11, … (1,300 in all)")


def test_values_of_the_method():
    assert say.value({"a": 1, "b": [0.25, True]}) == "a: 1, b: 0.25, yes"
    assert say.value(20261120) == "20261120"  # a whole number may be a version or a seed: never rounded
