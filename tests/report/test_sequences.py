"""The section of sequences: its figures are there, names are escaped, the little line is in place."""

import re
from dataclasses import replace

import pytest

from durometer.core import Estimate
from durometer.explain.sequences import FlipsAlong
from durometer.report.section import SECTIONS, View
from durometer.report.svg import spark

HOSTILE = '<b onload="x">|'
ONE = FlipsAlong(
    "net", "k", "imagenet-p", HOSTILE, 5, "previous", Estimate(0.1, 0.05, 0.2, 40), (0.0, 0.3, 0.1, 0.0),
    Estimate(0.8, 0.5, 1.2, 40),
)  # fmt: skip
NOISE = replace(ONE, name="shot-noise", against="first", t5d=None)


@pytest.fixture
def summary(fake):
    return replace(fake.one(), more={"sequences": (ONE, NOISE)})


def test_contract_the_section_shows_only_what_is_there(fake, summary):
    section = SECTIONS.get("sequences")()
    assert section.holds(summary)
    assert not section.holds(fake.one())
    assert section.data(summary)["sequences"] == (ONE, NOISE)


def test_oracle_figures_stand_in_both_forms(summary):
    section = SECTIONS.get("sequences")()
    html, text = section.html(summary, View(gallery=None)), section.markdown(summary)
    for page in (html, text):
        assert HOSTILE not in page
        flat = " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00a0", " ").split())
        for figure in (
            "10.0",
            "5.0 to 20.0",
            "0.80 (0.50 to 1.20)",
            "not defined",
            "the first frame",
            "40",
            "shot noise",
        ):
            assert figure in flat, figure
    assert "most at frame 3 of 5: 30.0" in html.replace("\u00a0", " ")


def test_oracle_the_little_line():
    drawn = spark((0.0, 0.3, 0.15), top=0.3, label="a & b")
    # three places from 3 to 147, the foot at 23, the top at 3
    assert 'points="3.0,23.0 75.0,3.0 147.0,13.0"' in drawn
    assert "a &amp; b" in drawn
    assert 'points="3.0,23.0"' in spark((0.0,), top=0.0, label="")
