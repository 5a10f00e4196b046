"""ImageNet-E's section: what stands in which table, and that names stay text."""

from dataclasses import replace

import pytest

from durometer.core import Estimate
from durometer.data.imagenet_e import AVERAGED, EDITS, SHORT
from durometer.explain.imagenet_e import EditDifference, EditDrop, EditTable
from durometer.report import data
from durometer.report.section import View
from durometer.report.sections.imagenet_e import ImageNetESection, grids, heading

EVIL = "<img src=x onerror=alert(1)>"


def estimate(value, n=50):
    return Estimate(value, value - 0.1, value + 0.1, n)


def table(model="net", how="images", *, missing=(), complete=50, **places):
    edits = tuple(
        EditDrop(edit.key, edit.key, edit.title, estimate(k / 100), "original", 0)
        for k, edit in enumerate(EDITS)
        if edit.key not in missing
    )
    return EditTable(
        model, how, estimate(0.8), edits, tuple(missing), estimate(0.055), estimate(0.04, complete), **places
    )


@pytest.fixture
def section():
    return ImageNetESection()


@pytest.fixture
def with_found(fake):
    return lambda *found: replace(fake.rich(), more={"imagenet_e": found})


def test_nothing_found_gives_no_section(section, fake):
    assert not section.holds(fake.rich())


def test_oracle_every_cell_is_where_its_row_and_model_say(section, with_found):
    other = replace(table("other"), average=estimate(0.2))
    (grid,) = grids([table(), other])
    assert grid.title == "ImageNet-E (published images)"
    assert grid.models == ("net", "other")
    rows = dict(grid.rows)
    for k, edit in enumerate(EDITS):
        assert [e.value for e in rows[heading(edit.key)]] == [k / 100, k / 100]
    assert [e.value for e in rows["average of 10"]] == [0.055, 0.2]
    assert [e.value for e in rows["accuracy before"]] == [0.8, 0.8]
    assert "of samples with all of them" not in rows
    text = section.markdown(with_found(table(), other))
    assert "| rd: direction, random | 10.0 (0.0 to 20.0), n = 50 |".replace(" = ", "\u00a0=\u00a0") in text
    assert "Inver: nothing changed, not in the average" in text


def test_published_images_and_edits_made_here_never_share_a_table(section, with_found):
    found = (
        table(),
        table(how="as-published"),
        table(how="isolated"),
        EditDifference("net", "size-0.1", estimate(0.1)),
    )
    made = grids(found)
    assert [g.title for g in made] == [
        "ImageNet-E (published images)",
        "ImageNet-E-style, as published",
        "ImageNet-E-style, one attribute at a time",
        "What the difference does: as published minus one at a time",
    ]
    assert "can't be held against the paper's" in made[1].note
    assert "membrane" in made[1].note
    assert "membrane" not in made[0].note


def test_an_average_of_fewer_says_which_are_lacking(section):
    lacking = ("adversarial-background",)
    (grid,) = grids([table(missing=lacking, complete=20)])
    names = [name for name, _ in grid.rows]
    assert f"average of {len(AVERAGED) - 1} (without {SHORT['adversarial-background']})" in names
    assert "of samples with all of them" in names
    assert not any(name.startswith(SHORT["adversarial-background"]) for name in names)


def test_one_model_may_lack_what_another_has(section, with_found):
    (grid,) = grids([table(), table("other", missing=("size-0.1",))])
    assert dict(grid.rows)[heading("size-0.1")][1] is None
    html = section.html(with_found(table(), table("other", missing=("size-0.1",))), View(None))
    assert html.count('<td class="none">unmeasured</td>') == 1
    assert "average of 9/10 (without 0.1)" in html


def test_a_cell_of_fewer_samples_says_so(section, with_found):
    html = section.html(with_found(table(complete=20)), View(None))
    assert "n&nbsp;=&nbsp;50 where no other is given" in html
    assert html.replace("\u00a0", " ").count("n = 20") == 1


def test_places_are_ranges_where_models_tie(section, with_found):
    tied = [table("a", best=1, worst=2), table("b", best=1, worst=2), table("c", best=3, worst=3)]
    (grid,) = grids(tied)
    assert grid.places == ("1 to 2", "1 to 2", "3")
    assert "place by the average | 1 to 2 | 1 to 2 | 3 |" in section.markdown(with_found(*tied))


def test_names_stay_text(section, with_found):
    summary = with_found(table(EVIL), EditDifference(EVIL, "", estimate(0.1)))
    assert EVIL not in section.html(summary, View(None))
    assert "&lt;img" in section.html(summary, View(None))
    assert EVIL not in section.markdown(summary)


def test_the_json_holds_every_figure(with_found):
    found = data(with_found(table(), EditDifference("net", "", estimate(0.1))))["imagenet-e"]
    (entry,) = found["tables"]
    assert entry["title"] == "ImageNet-E (published images)"
    assert [e["drop"]["value"] for e in entry["table"]["edits"]] == [k / 100 for k in range(11)]
    assert entry["table"]["average"]["value"] == 0.055
    assert found["differences"][0]["difference"]["value"] == 0.1
