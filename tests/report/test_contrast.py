"""Text and marks stand out by 4.5 to 1 or more in both themes (WCAG 2.1, relative luminance)."""

import re

import pytest

from durometer.report.html.render import asset
from durometer.report.svg.heat import STRONGEST

MARKS = ("ink", "muted", "worse", "better", "grey", "link", "m0", "m1", "m2", "m3")


def themes():
    css = asset("style.css")
    blocks = re.findall(r"\{\s*((?:--[\w-]+:[^;]+;\s*)+)\}", css)
    return [dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block)) for block in blocks]


def rgb(color):
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(channels):
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula():
    assert contrast([1, 1, 1], [0, 0, 0]) == pytest.approx(21)
    # #767676 on white is the textbook gray of 4.54
    assert contrast(rgb("#767676"), [1, 1, 1]) == pytest.approx(4.54, abs=0.005)


def test_there_are_two_themes_and_both_ways_to_the_dark_one_agree():
    light, by_system, by_button = themes()
    assert by_system == by_button
    assert light.keys() == by_system.keys()
    assert light["paper"] != by_system["paper"]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "soft"])
@pytest.mark.parametrize("mark", MARKS)
def test_contrast(theme, ground, mark):
    colors = themes()[theme]
    assert contrast(rgb(colors[mark]), rgb(colors[ground])) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_on_the_deepest_cell_of_a_heat_map(theme):
    colors = themes()[theme]
    pairs = zip(rgb(colors["soft"]), rgb(colors["worse"]), strict=True)
    deepest = [(1 - STRONGEST) * below + STRONGEST * above for below, above in pairs]
    assert contrast(rgb(colors["ink"]), deepest) >= 4.5


def test_every_color_is_a_variable():
    css = re.sub(r"--[\w-]+:[^;]+;", "", asset("style.css"))
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?!-)", css)) == set()
