"""What the sections choose to show; counts are kept whatever is joined."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from durometer.explain.findings import NotMeasured
from durometer.report import markdown
from durometer.report.gaps import grouped
from durometer.report.sections.confusions import shown
from durometer.report.sections.curves import panels_of
from durometer.report.sections.drops import listed
from durometer.report.sections.trust import drawn
from durometer.report.sections.verdict import chart_rows, figures, shortlist


def test_reasons_that_differ_in_numbers_are_one_line():
    gaps = [
        NotMeasured("turn", 2, 220, "10% of the object would leave the canvas"),
        NotMeasured("turn", 1, 220, "6% of the object would leave the canvas"),
        NotMeasured("turn", 1, 220, "12% of the object would leave the canvas"),
    ]
    (gap,) = grouped(gaps)
    assert (gap.what, gap.count, gap.of) == (("turn",), 4, 220)
    assert gap.why == "6 to 12% of the object would leave the canvas"  # as numbers: 6 < 10 < 12


def test_edits_with_the_same_reason_and_count_are_one_line():
    gaps = [NotMeasured(what, 165, 220, "this sample has no mask") for what in ("size", "turn", "move")]
    gaps.insert(1, NotMeasured("turn", 1, 220, "it is too large"))
    first, second = grouped(gaps)
    assert (first.what, first.count) == (("size", "turn", "move"), 165)
    assert (second.what, second.count) == (("turn",), 1)


@given(
    st.lists(
        st.builds(
            NotMeasured,
            st.sampled_from("abc"),
            st.integers(1, 9),
            st.just(20),
            st.sampled_from(["3 left", "4.5 left", "gone", "7 of 8"]),
        )
    )
)
def test_no_count_is_lost(gaps):
    assert sum(g.count * len(g.what) for g in grouped(gaps)) == sum(g.count for g in gaps)
    assert len(grouped(gaps)) <= len(gaps)


def test_single_confusions_are_a_few_examples(fake):
    base = fake.one()
    once = tuple(replace(base.confusions[0], answer=f"a{i}", count=1, of=1) for i in range(50))
    assert shown(replace(base, confusions=once)) == once[:10]
    assert shown(replace(base, confusions=(*once, *base.confusions))) == base.confusions
    assert shown(base) == base.confusions


def test_diagnostics_are_listed_last_and_stay_out_of_the_chart(fake):
    base = fake.one()
    first = replace(base.effects[-1], title="only background")
    turned = replace(base, effects=(first, *base.effects[:-1]))
    assert listed(turned) == [*base.effects[:-1], first]
    assert "only background" not in [row.title for row in chart_rows(turned)]


def test_the_chart_keeps_room_for_two_controls(fake):
    rows = chart_rows(fake.rich())
    short = shortlist(rows, most=4)
    assert [r.title for r in short] == ["background, random", "size, 5 %", "placebo edit", "null edit"]
    assert [r for r in rows if r in short] == list(short)  # the order stays


def test_rows_hold_one_effect_a_model_in_the_order_of_the_models(fake):
    summary = fake.rich()
    for row in chart_rows(summary):
        assert [e.model for e in row.effects] == list(fake.MODELS)
    without = replace(summary, effects=tuple(e for e in summary.effects if e.model != fake.MODELS[0]))
    assert all(row.effects[0] is None for row in chart_rows(without))


def test_the_hardest_edit_is_the_first_edit_of_a_model(fake):
    first, second = figures(fake.rich())
    assert (first.hardest.title, second.hardest.title) == ("background, random", "size, 5 %")
    assert figures(fake.unmeasured())[0].hardest.accuracy.n == 0


def test_curves_are_one_panel_an_axis_with_points_in_order(fake):
    curves = tuple(replace(c, points=c.points[::-1]) for c in fake.curves()[::-1])
    panels = panels_of(curves, list(fake.MODELS))
    assert [axis for axis, _, _ in panels] == ["resolution", "direction", "contrast", "blur", "size"]
    for _, _, lines in panels:
        assert [line.name for line in lines] == list(fake.MODELS)
        assert all(list(line.points) == sorted(line.points, key=lambda p: p[0]) for line in lines)


def test_diagrams_show_each_model_before_and_where_it_is_worst(fake):
    found = drawn(fake.rich())
    assert [(c.model, c.title) for c in found] == [
        (m, title) for m in fake.MODELS for title in ("canvas", "background, random", "size, 5 %")
    ]


def test_markdown_has_every_section_and_effect(fake):
    text = markdown.document(fake.rich())
    sections = ["Verdict", "Drops", "Curves", "Where", "Who", "Confusions", "Gallery", "Trust", "Method"]
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == sections
    assert text.count("| scenes-vit |") >= 13
    cells = ("background, random", "scenes-cnn", "31.4 (27.3 to 35.5)", "29.8 (25.8 to 33.8), null edit")
    row = f"| {' | '.join(cells)} | <\u00a0.001 | 500 |"
    assert row in text


def test_markdown_of_nothing_found(fake):
    assert "Nothing found: no group does worse than the rest. Groups looked at: 126." in markdown.document(
        fake.quiet()
    )
    assert "unmeasured" in markdown.document(fake.unmeasured())
