"""Names of files, classes, models and edits stay text, whatever is in them."""

import re

import pytest

from durometer.report import comparison_terminal, markdown, terminal
from durometer.report.html import page as pages


def harmless(fake, summary):
    """The same summary with names as long and as many, but of letters only."""
    from unittest import mock

    with mock.patch.object(fake, "HOSTILE", "harmless"):
        return fake.hostile(summary)


@pytest.mark.parametrize("name", ["rich", "deep", "one", "small", "unmeasured"])
def test_hostile_names_do_not_change_one_tag(fake, page, outline, name):
    summary = getattr(fake, name)()
    bad, good = outline(page(fake.hostile(summary))), outline(page(harmless(fake, summary)))
    assert bad.tags == good.tags
    assert [set(attrs) for _, attrs in bad.attributes] == [set(attrs) for _, attrs in good.attributes]
    assert '<script>alert("x")</script>' in bad.text  # it is shown as it is


def test_hostile_names_in_a_comparison(fake, outline):
    found = fake.comparison()
    bad, good = (outline(pages.comparison(c)) for c in (fake.hostile(found), harmless(fake, found)))
    assert bad.tags == good.tags


def test_no_attribute_runs_anything(fake, page, outline):
    found = outline(page(fake.hostile()))
    for _, attrs in found.attributes:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
    assert all(link.startswith("#") for link in found.having("href"))
    assert all(source.startswith("data:image/") for source in found.having("src"))


def test_markdown_has_no_html_and_the_same_tables(fake):
    bad = markdown.document(fake.hostile(fake.deep()))
    good = markdown.document(harmless(fake, fake.deep()))
    prose = re.sub(r"(`{3,})\n.*?\n\1\n", "", bad, flags=re.DOTALL)  # what is fenced is code
    assert not re.search(r"<[a-zA-Z/!]", prose)
    # an unescaped pipe would add a cell
    cells = [line.replace(r"\|", "").count("|") for line in bad.splitlines() if line.startswith("|")]
    assert cells == [line.count("|") for line in good.splitlines() if line.startswith("|")]


def test_a_fence_is_longer_than_any_inside(fake):
    from dataclasses import replace

    text = markdown.document(replace(fake.one(), method={"command": "a\n````\n<b>"}))
    assert "`````\na\n````\n<b>\n`````" in text


def test_terminal_shows_no_escape_sequence_of_a_name(fake):
    from dataclasses import replace

    base = fake.one()
    effects = tuple(replace(e, title=f"a\x1b[2Jb\r{e.title}") for e in base.effects)
    text = terminal(
        replace(base, effects=effects, title="x\x1b]0;t\x07"), width=100, color=False, encoding="utf-8"
    )
    assert "\x1b" not in text
    assert "\r" not in text
    assert "\x1b" not in comparison_terminal(fake.comparison(), width=100, color=False, encoding="utf-8")
