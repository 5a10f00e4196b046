"""The sections of searches: nulls, counts and intervals are there, names are escaped, curves in place."""

import re
from dataclasses import replace

import pytest

from durometer.core import Estimate
from durometer.explain.failures import FailurePoints
from durometer.explain.searches import WorstCase
from durometer.report.section import SECTIONS, View
from durometer.report.svg import Steps, survival_chart

HOSTILE = '<b onload="x">|'
E = Estimate(0.4, 0.2, 0.6, 50)
WORST = WorstCase(
    "net", "k", HOSTILE, (9, 25, 25), E, Estimate(0.8, 0.7, 0.9, 50), Estimate(0.4, 0.3, 0.5, 50), 0.001,
    "worse", Estimate(0.5, 0.4, 0.6, 40), Estimate(0.1, 0.0, 0.2, 40), 3, 17, ((E, None), (None, E)),
)  # fmt: skip
LASTING = FailurePoints(
    "net", "k2", "failure point of blur", "sigma", ((0.25, 0.0125, Estimate(0.75, 0.6, 0.9, 40)),
    (0.5, 0.025, Estimate(0.5, 0.3, 0.7, 40))), ((0.0, 0.0), (1.0, 0.05)), 0.025, 0.0125, None,
    Estimate(0.7, 0.6, 0.8, 40), 40, 20, 20, 10, 2, {"blur": 12},
)  # fmt: skip


@pytest.fixture
def summary(fake):
    return replace(fake.one(), more={"searches": (WORST,), "failures": (LASTING,)})


@pytest.mark.parametrize("name", ["searches", "failures"])
def test_contract_sections_show_only_what_is_there(fake, summary, name):
    section = SECTIONS.get(name)()
    assert section.holds(summary)
    assert not section.holds(fake.one())
    assert section.data(summary)[name] == summary.more[name]


def test_oracle_worst_cases_stand_beside_their_nulls(summary, fake):
    section = SECTIONS.get("searches")()
    html, text = section.html(summary, View(gallery=None)), section.markdown(summary)
    assert HOSTILE not in html
    assert HOSTILE not in text
    for page in (html, text):
        flat = " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00a0", " ").split())
        for figure in ("40.0", "80.0", "50.0", "10.0", "30.0 to 50.0", "9 to 25", "17", "n = 50", "n = 40"):
            assert figure in flat, figure


def test_oracle_censored_and_left_out_are_counted(summary):
    section = SECTIONS.get("failures")()
    text = section.markdown(summary).replace("\u00a0", " ")
    row = [cell.strip() for cell in text.splitlines()[-1].strip("|").split("|")]
    assert row[2] == "0.025 (0.0125 to not reached)"
    assert row[4:] == ["40", "20", "20", "10", "2", "blur 12"]
    html = section.html(summary, View(gallery=None))
    assert "0.025 (0.0125 to not reached)" in html
    assert "first to fail: blur 12" in html
    never = replace(LASTING, median=None, median_low=None)
    assert "not reached to" not in section.markdown(replace(summary, more={"failures": (never,)}))


def test_golden_a_curve_goes_in_steps_and_marks_its_median():
    # the panel is 300 wide: depth 0 at 34, depth 1 at 282, so 0.25 at 96 and 0.5 at 158; share 1 at 10, 0 at
    # 162, so 0.75 at 48 and 0.5 at 86
    chart = str(
        survival_chart(
            (Steps(HOSTILE, LASTING.points),), ticks=LASTING.ticks, unit="sigma", label="l", names=False
        )
    )
    (path,) = re.findall(r'<polyline points="([^"]+)"', chart)
    assert path == "34.0,10.0 96.0,10.0 96.0,48.0 158.0,48.0 158.0,86.0 282.0,86.0"
    assert 'd="M158.0 80.0' in chart
    assert HOSTILE not in chart
    assert ">0.05</text>" in chart


def test_a_curve_without_failures_is_a_level_line():
    chart = str(survival_chart((Steps("net", ()),), ticks=LASTING.ticks, unit="", label="l", names=True))
    assert '<polyline points="34.0,10.0 216.0,10.0"' in chart  # room for names at the right: 300 - 84
    assert 'class="half"' not in chart
