"""What is on the page: the five answers, the policy, links, sections, pictures, and what was not measured."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from durometer.report import SECTIONS
from durometer.report.html.page import many
from durometer.report.section import present

VARIANTS = ["rich", "one", "small", "quiet", "unmeasured", "empty"]


@pytest.mark.parametrize("name", VARIANTS)
def test_ids_are_unique_and_every_link_arrives(fake, page, outline, name):
    found = outline(page(getattr(fake, name)()))
    ids = found.having("id")
    assert len(ids) == len(set(ids))
    missing = {link[1:] for link in found.having("href")} - set(ids)
    assert not missing - ({"drops", "gallery"} if name == "empty" else set()), missing


def test_the_page_may_load_nothing(fake, page, outline):
    html = page(fake.rich())
    (policy,) = (a["content"] for t, a in outline(html).attributes if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL).group(1)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"https?://|@import|url\(", html)


def test_the_first_screen_answers_the_five_questions(fake, page, outline):
    html = page(fake.one())
    first = outline(html.split('<section id="drops"')[0]).text
    assert "The background breaks it most." in first  # what breaks it most
    assert "costs scenes-cnn 31.4 points of top-1 accuracy (95 % interval 27.3 to 35.5, n = 500)" in first
    assert "Cutting and pasting alone costs 1.6" in first  # compared with what
    assert "1,014 of 13,000 cells" in first  # what was not measured
    assert "there is no folder of textures" in first  # and why
    assert outline(html.split('<section id="drops"')[0]).tags.count("img") == 6  # three pairs
    assert "own view 97.0 % (95.5 to 98.5)" in first
    assert "Guessed: the class names are taken from the folder names" in first


def test_edits_keep_the_order_of_the_summary(fake, page, outline):
    summary = fake.one()
    rows = re.findall(r'<tr data-model[^>]*>\s*<th scope="row" data-v="([^"]*)"', page(summary))
    assert rows == [e.title for e in summary.effects]


def test_every_figure_of_the_chart_has_its_interval_p_and_n(fake, page):
    html = page(fake.rich())
    labels = re.findall(r'<svg class="iv [^"]*"[^>]*aria-label="([^"]*)"', html)
    assert len(labels) == len(fake.rich().effects) + 2 * 7  # the table, and seven rows of two models
    shape = r".*: drop −?[\d.]+ \(−?[\d.]+ to −?[\d.]+\) points, n\u00a0=\u00a0\d+.*; p\u00a0.*"
    for label in labels:
        assert re.fullmatch(shape, label), label


def test_grey_is_undecided_and_hollow_is_a_control(fake, page):
    html = page(fake.one())
    row = re.search(r'<tr class="control"><th scope="row">placebo edit.*?</tr>', html, re.DOTALL).group(0)
    assert 'class="iv undecided"' in row
    assert 'class="hollow"' in row
    assert "n.s." in row


def test_nothing_found_is_an_answer(fake, page, outline):
    text = outline(page(fake.quiet())).text
    assert "Nothing breaks it that 55 images could show." in text
    assert "The smallest drop that they would have shown is 12.4 points." in text
    assert "Nothing found. 126 groups were looked at" in text


def test_unmeasured_is_said_and_never_a_zero(fake, page, outline):
    found = outline(page(fake.unmeasured()))
    assert "nan" not in found.text.lower().split()
    assert found.text.count("unmeasured") >= 8
    assert "13,000 of 13,000 cells" in found.text


def test_nothing_at_all_still_makes_a_page(fake, page, outline):
    assert "Nothing was measured." in outline(page(fake.empty())).text


def test_sections_come_in_order_and_only_when_they_hold_something(fake):
    names = [s.name for s in present(fake.rich())]
    assert names == ["verdict", "drops", "curves", "where", "who", "confusions", "gallery", "trust", "method"]
    assert [s.name for s in present(fake.empty())] == ["verdict", "method"]


def test_third_parties_add_a_section(fake, page, monkeypatch):
    class Third:
        name, title, place = "third", "Third", 85

        def holds(self, summary):
            return True

        def html(self, summary, view):
            return f"<p id='{view.at}mine'>hello</p>"

    class Point:
        name, value, dist = "third", "other:Third", None

        def load(self):
            return Third

    monkeypatch.setattr(SECTIONS, "_plugins", lambda: {"third": Point()})
    html = page(fake.one())
    assert html.index('id="trust"') < html.index('<section id="third"') < html.index('id="method"')
    assert "<p id='mine'>hello</p>" in html


def test_small_images_are_shown_as_squares(fake, page, outline):
    images = [a for t, a in outline(page(fake.small())).attributes if t == "img"]
    assert images
    assert all(a["class"] == "pixels" and a["width"] == "8" for a in images)
    assert all(a["alt"] and a["loading"] == "lazy" for a in images)


def test_several_records_share_a_page(fake, outline):
    found = outline(many([fake.one(), fake.quiet()], [fake.artifact] * 2))
    ids = found.having("id")
    assert len(ids) == len(set(ids))
    assert {"r1-drops", "r2-drops"} <= set(ids)
    assert not {link[1:] for link in found.having("href")} - set(ids)
    assert "2 records" in found.text


def test_many_models_and_hundreds_of_rows_stay_small(fake, page):
    base = fake.rich()
    models = tuple(replace(base.models[0], name=f"model-{i}") for i in range(8))
    effects = tuple(replace(e, model=m.name) for m in models for e in base.effects[::2])
    html = page(replace(base, models=models, effects=effects, pictures=()))
    assert len(html) < 600_000
    assert html.count('<span class="who"><bdi>model-') == 8


def test_terms_are_explained_on_hover_and_below(fake, page, outline):
    found = outline(page(fake.rich()))
    explained = {a["href"]: a["title"] for t, a in found.attributes if a.get("class") == "term"}
    assert {"#term-mcnemar", "#term-holm", "#term-interval", "#term-control", "#term-net"} <= set(explained)
    assert "a fair coin" in explained["#term-mcnemar"]
    assert found.text.count(" ".join(explained["#term-holm"].split())) == 1


def test_unknown_terms_are_an_error():
    from durometer.core import UsageError
    from durometer.report.terms import term

    with pytest.raises(UsageError, match="no explanation of 'wald'"):
        term("wald")
