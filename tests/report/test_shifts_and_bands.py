"""The sections of small shifts and critical bands: figures are there, names are escaped, gaps are said."""

import re
from dataclasses import replace

import pytest

from durometer.core import Estimate
from durometer.explain.bands import CriticalBands
from durometer.explain.small_shifts import NEIGHBORS, Consistency, Move
from durometer.report.section import SECTIONS, View
from durometer.report.sections.bands import curve, people, published, threshold
from durometer.report.sections.small_shifts import further
from durometer.report.svg import heat_map
from durometer.stats.channel import Channel

HOSTILE = '<b onload="x">|'
E = Estimate(0.62, 0.41, 0.83, 57)
SHIFTS = Consistency(
    HOSTILE, "realistic", tuple(Move(dx, dy, E, 3, 5, 7) for dx, dy in NEIGHBORS), E,
    Estimate(0.31, 0.2, 0.4, 57), Estimate(0.71, 0.6, 0.8, 57), Estimate(0.55, 0.5, 0.6, 57),
    ((1, E), (2, Estimate(0.52, 0.4, 0.6, 57))),
)  # fmt: skip
BARE = replace(
    SHIFTS, neighbors=None, fooled=None, accuracy=None, worst=None, moves=SHIFTS.moves[:1], by_distance=()
)
CHANNEL = Channel(3.0, 1.0, 0.9)
BANDS = CriticalBands(
    HOSTILE, (0, 1, 2), (1.75, 3.5, 7.0), (0.0, 0.02, 0.16), ((E,) * 3,) * 3, 0.001, E,
    Estimate(2.0, 1.5, 2.5, 57),
    (Estimate(0.01, 0.01, 0.02, 57), Estimate(0.05, 0.04, 0.06, 57), Estimate(0.32, 0.16, 0.32, 57)),
    (0.01, 0.32),
    (Estimate(4.0, 3.0, 4.0, 57), Estimate(1.7, 1.4, 2.0, 57), Estimate(0.0, 0.0, 0.0, 57)), CHANNEL,
    Estimate(2.12, 1.9, 2.4, 57), Estimate(3.5, 3.1, 3.9, 57), Estimate(0.5, 0.4, 0.6, 57),
    (4, 2, 0), CHANNEL,
)  # fmt: skip
FIGURES = {
    "small-shifts": ("62.0", "41.0 to 83.0", "31.0", "71.0", "55.0", "52.0", "3", "5", "7"),
    "bands": ("2.12 (1.9 to 2.4)", "3.5 (3.1 to 3.9)", "0.5 (0.4 to 0.6)", "62.0", "≤0.01 (≤0.01 to 0.02)",
              "≥0.32 (0.16 to ≥0.32)", "indices 4, 2, 0"),
}  # fmt: skip


@pytest.fixture
def summary(fake):
    return replace(fake.one(), more={"small shifts": (SHIFTS, BARE), "bands": (BANDS,)})


@pytest.mark.parametrize("name", FIGURES)
def test_oracle_figures_stand_in_both_forms_and_names_are_escaped(fake, summary, name):
    section = SECTIONS.get(name)()
    assert section.holds(summary)
    assert not section.holds(fake.one())
    html, text = section.html(summary, View(gallery=None)), section.markdown(summary)
    for page in (html, text):
        assert HOSTILE not in page
        flat = " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00a0", " ").split())
        for figure in FIGURES[name]:
            assert figure in flat, figure
    assert "unmeasured" in html or name == "bands"
    assert next(iter(section.data(summary).values())) == summary.more[name.replace("-", " ")]


def test_oracle_the_whole_page_takes_them(summary, page):
    html = page(summary)
    assert 'id="small-shifts"' in html
    assert 'id="bands"' in html


def test_oracle_people_s_octave_stands_about_the_model_s_own_center():
    assert people(BANDS) == (0.5, 1.5)
    assert people(replace(BANDS, channel=None)) is None
    assert curve(replace(BANDS, channel=None)) == []
    assert max(curve(BANDS), key=lambda p: p[1]) == pytest.approx((1.0, 3.0), abs=0.02)


def test_golden_what_can_t_be_told_is_said():
    assert threshold(Estimate(0.05, 0.04, 0.32, 9), (0.01, 0.32)) == "0.05 (0.04 to ≥0.32)"
    low = ((Estimate(0.3, 0.2, 0.4, 9),) * 3,) * 3
    none = replace(BANDS, published_channel=None, cells=low)
    assert published(none) == "none: not right in half of cases without noise"
    assert further(BARE) == "not measured"


def test_oracle_a_heat_map_names_its_rows_and_columns():
    drawn = heat_map(
        ((E, None),), label="l", across=("one", "two"), down=("row",), empty="nothing", full=0.62
    )
    assert [w for w in ("one", "two", "row", "nothing") if f">{w}</text>" in drawn] == [
        "one",
        "two",
        "row",
        "nothing",
    ]
    assert 'fill-opacity="0"' in drawn  # the cell at `full` has no color
    assert "row" not in heat_map(((E,),), label="l")
