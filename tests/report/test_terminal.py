"""The terminal: 25 lines, the same order, intervals at their places, any encoding."""

import re

import pytest

from durometer.core import Estimate
from durometer.report import comparison_terminal, terminal
from durometer.report.svg import Scale
from durometer.report.textbar import ASCII, UNICODE, bar, fit, width_of

VARIANTS = ["rich", "one", "small", "quiet", "unmeasured", "empty", "hostile"]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("width", [48, 80, 200])
def test_at_most_25_lines_of_this_width(fake, name, width):
    text = terminal(
        getattr(fake, name)(), width=width, color=False, path="runs/a/report.html", more="durometer report a",
        encoding="utf-8",
    )  # fmt: skip
    lines = text.split("\n")
    assert len(lines) <= 25
    assert all(width_of(line) <= width for line in lines)
    assert "runs/a/report.html" in lines[-2]


def test_it_says_the_headline_the_worst_edit_and_what_is_missing(fake):
    lines = terminal(fake.one(), width=100, color=False, encoding="utf-8").split("\n")
    assert lines[0] == "The background breaks it most."
    rows = [line for line in lines if "●" in line or "○" in line]
    assert rows[0].startswith("background, random")
    assert re.search(r"31\.4  < \.001  500$", rows[0])
    assert any(line.startswith("placebo edit") and "○" in line for line in rows)
    assert any(line == "Not measured: 1,014 of 13,000 cells." for line in lines)
    assert any(line.startswith("Guessed: the class names") for line in lines)
    assert any("96.2 % (94.5 to 97.9, n = 500), on its own view 97.0 %" in line for line in lines)


def test_rows_keep_the_order_of_the_summary(fake):
    summary = fake.rich()
    titles = [f"{e.title}/{e.model}" for e in summary.effects]
    text = terminal(summary, width=120, color=False, encoding="utf-8")
    shown = [re.split(r"\s{2,}", line)[:2] for line in text.split("\n") if "●" in line or "○" in line]
    places = [titles.index("/".join(pair)) for pair in shown]
    assert places == sorted(places)
    assert f"and {len([e for e in summary.effects if e.role != 'diagnostic']) - len(shown)} more" in text


def test_ascii_where_the_encoding_lacks_the_characters(fake):
    text = terminal(fake.rich(), width=100, color=False, encoding="ascii")
    text.encode("ascii")
    assert "*" in text
    assert "direction, 90 deg" in text
    rows = [line for line in text.split("\n") if "|" in line]
    assert len({line.index(":") for line in rows if ":" in line}) == 1  # one zero line


def test_color_only_where_it_is_wanted(fake):
    assert "\x1b[33m" in terminal(fake.one(), width=100, color=True, encoding="utf-8")
    assert "\x1b" not in terminal(fake.one(), width=100, color=False, encoding="utf-8")


def test_bar_places():
    # -10 … 30 on 41 characters: one character a point, zero at 10
    scale = Scale(-10, 30)
    drawn = bar(Estimate(20, 15, 28, 5), scale=scale, width=41, marks=UNICODE)
    assert drawn == " " * 10 + "┊" + " " * 14 + "├────●───────┤" + " " * 2
    assert bar(Estimate(5, -2, 8, 5), scale=scale, width=41, marks=ASCII, hollow=True)[8:19] == "|-:----o--|"


def test_fit_counts_columns_not_characters():
    assert fit("abc", 5) == "abc  "
    assert fit("abcdef", 4) == "abc~"
    assert fit("猫猫猫", 4) == "猫~ "  # each takes two columns
    assert width_of("猫a") == 3


def test_comparison_puts_what_got_worse_first(fake):
    text = comparison_terminal(fake.comparison(), width=110, color=False, path="c.html", encoding="utf-8")
    lines = text.split("\n")
    assert len(lines) <= 25
    assert lines[0] == "The background costs 18.6 points less; size, 5 % costs 6.2 points more."
    rows = [line for line in lines if "●" in line]
    assert rows[0].startswith("size, 5 %")
    assert "−6.2" in rows[0]
    assert "500 samples, paired. Left out: 1." in text
