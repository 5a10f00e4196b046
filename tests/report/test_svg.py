"""Places on the charts, worked out by hand."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import Estimate
from durometer.report.svg import Line, Scale, bar, element, heat_map, interval, line_chart, reliability, wheel
from durometer.report.svg.line import crossing
from durometer.report.svg.wheel import RADIUS, place

CLEAN = Estimate(0.9, 0.85, 0.95, 100)
NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
BAD = "<script>\"&'"


def at(value, n=100):
    return Estimate(value, max(0.0, value - 0.1), min(1.0, value + 0.1), n)


def test_scale():
    scale = Scale(-10, 30)
    assert scale.at(0) == 25  # 10 of 40 from the left
    assert scale.percent(20) == "75%"
    assert scale.at(99) == 100
    assert scale.ticks(4) == (-10, 0, 10, 20, 30)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (-0.03, 0.33, (0.0, 0.1, 0.2, 0.3)),
        (0, 7, (0.0, 2.0, 4.0, 6.0)),
    ],
)
def test_golden_ticks(low, high, ticks):
    assert Scale(low, high).ticks() == ticks


def test_angles_are_marked_in_quarter_turns():
    assert Scale(30, 315).ticks(4, unit="degrees") == (90, 180, 270)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_a_scale_holds_zero_and_all_its_values(values):
    scale = Scale.around(values)
    assert scale.low < 0 < scale.high
    assert all(scale.low <= v <= scale.high for v in values)
    ticks = scale.ticks()
    assert 0 in ticks
    assert len(ticks) <= 11


def test_elements_escape_texts_and_attributes():
    assert element("text", BAD, x=1.5, class_=BAD) == (
        '<text x="1.5" class="&lt;script&gt;&#34;&amp;&#39;">&lt;script&gt;&#34;&amp;&#39;</text>'
    )


def test_interval_draws_zero_line_whiskers_dot_and_control():
    scale = Scale(-0.1, 0.4)  # zero stands at 20 %
    drawn = interval(
        Estimate(0.2, 0.1, 0.3, 55),
        scale=scale,
        tone="worse",
        beside=Estimate(0.0, -0.05, 0.05, 55),
        label=BAD,
    )
    assert re.search(r'<line x1="20%" x2="20%"[^>]*class="zero"', drawn)
    assert '<line x1="40%" x2="80%" y1="12" y2="12" class="whisker">' in drawn
    assert '<circle cx="60%" cy="12" r="5" class="dot">' in drawn
    assert '<circle cx="20%" cy="12" r="3.5" class="beside">' in drawn
    assert "<script" not in drawn
    assert drawn.count("whisker") == 3  # the line and both ends: an interval is always drawn


def test_interval_of_a_control_is_hollow_and_of_nothing_is_empty():
    scale = Scale(0, 1)
    assert 'class="hollow"' in interval(CLEAN, scale=scale, tone="undecided", hollow=True)
    assert "circle" not in interval(NOTHING, scale=scale, tone="undecided")


def test_what_lies_beyond_the_axis_is_pointed_at():
    drawn = interval(CLEAN, scale=Scale(0, 0.5), tone="diagnostic")
    assert "circle" not in drawn
    assert "›" in drawn


def test_crossing_of_half():
    # clean 0.9, half 0.45: between (2, 0.6) and (4, 0.3) the line falls 0.3 in 2; 0.15 of it is 1.0 further
    line = Line("m", ((1.0, at(0.8)), (2.0, at(0.6)), (4.0, at(0.3))), CLEAN)
    assert crossing(line) == pytest.approx(3.0)
    assert crossing(Line("m", ((1.0, at(0.8)), (2.0, at(0.6))), CLEAN)) is None
    assert crossing(Line("m", ((1.0, NOTHING),), NOTHING)) is None


def test_line_chart_has_a_band_a_level_and_a_reading_for_each_point():
    lines = (Line(f"a{BAD}", ((0.0, at(0.8)), (1.0, at(0.4))), CLEAN), Line("b", ((0.0, NOTHING),), NOTHING))
    drawn = line_chart(lines, unit=BAD, label=BAD, names=True)
    assert "<script" not in drawn
    assert 'class="band"' in drawn
    assert drawn.count('class="level"') == 1  # the second has no unedited accuracy
    assert "at 0: 80.0\u00a0% (70.0 to 90.0, n\u00a0=\u00a0100)" in drawn


def test_line_chart_of_nothing():
    assert "<svg" in line_chart((), unit="", label="", names=False)


def test_wheel_runs_clockwise_from_the_top():
    assert place(0, 1.0) == pytest.approx((0, -RADIUS))
    assert place(90, 1.0) == pytest.approx((RADIUS, 0))
    assert place(180, 0.5) == pytest.approx((0, RADIUS / 2))
    assert "90°: 80.0" in wheel(((90.0, at(0.8)), (180.0, NOTHING)), level=CLEAN, label="")


def test_heat_map_writes_the_number_its_interval_and_n_in_every_cell():
    drawn = heat_map(((at(0.75, 40), None), (NOTHING, at(0.0))), label="")
    assert drawn.count("unmeasured") == 2
    assert all(text in drawn for text in (">75.0\u00a0%<", ">65.0 to 85.0<", ">n\u00a0=\u00a040<"))
    assert 'fill-opacity="0.21"' in drawn  # a quarter wrong: 0.42 · √0.25
    assert 'fill-opacity="0.42"' in drawn  # all wrong


def test_reliability_colors_the_side_of_the_diagonal():
    drawn = reliability(((0.9, 0.6, 30), (0.5, 0.7, 30)), label="")
    assert drawn.count('class="worse"') == 1
    assert drawn.count('class="better"') == 1
    assert "says 90.0\u00a0%, is right 60.0\u00a0% of the time, 30 answers" in drawn


def test_bar_stays_within_its_cell():
    assert 'width="100.0%"' in bar(1.7, label="")
    assert 'width="37.5%"' in bar(0.375, label="")
