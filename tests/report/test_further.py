"""Sections of further analyses: what stands in their tables, in HTML, Markdown and JSON."""

from durometer.report import data, markdown
from durometer.report.sections.published import lines, written


def test_interactions_show_what_each_costs_alone_together_and_beyond(fake, page, outline):
    text = outline(page(fake.deep())).text
    assert "size, 5 % + background, random" in text
    assert "18.0" in text
    assert "32.0" in text
    assert "(3 were left out)" in text
    several = page(fake.deep()).count('class="iv')
    assert several == page(fake.rich()).count('class="iv') + 2
    lines_of_text = markdown.document(fake.deep()).splitlines()
    table = next(line for line in lines_of_text if "more than by themselves" in line)
    for figure in ("18.0 (", "31.0 (", "81.0 (", "32.0 (", "scenes-cnn"):
        assert figure in table


def test_measures_have_a_row_each_and_a_column_a_model(fake):
    found = fake.deep().more["published"]
    made = {(x.measure, x.about): x for x in lines(found, ["scenes-cnn", "scenes-vit"])}
    assert len(made) == 4
    assert [x and x.model for x in made["BG-Gap", ""].cells] == ["scenes-cnn", "scenes-vit"]
    assert [x and x.model for x in made["center bias", ""].cells] == ["scenes-cnn", None]
    assert made["BG-Gap", ""].source == "Xiao et al. (2021)"


def test_values_are_written_in_their_unit(fake):
    value = fake.estimate(0.14, spread=0.02)
    assert written(value, "points") == "14.0 (12.0 to 16.0) points"
    assert written(value, "share") == "14.0\u00a0% (12.0 to 16.0)"
    assert written(value, "ratio") == "0.14 (0.12 to 0.16)"


def test_what_is_not_defined_and_what_is_experimental_is_said(fake, page, outline):
    text = outline(page(fake.deep())).text
    assert "not defined" in text
    assert "experimental" in text
    assert "center bias, experimental" in markdown.document(fake.deep())


def test_the_json_holds_them_all(fake):
    found = data(fake.deep())
    assert len(found["together"]["interactions"]) == 2
    assert len(found["published"]["measures"]) == 7
