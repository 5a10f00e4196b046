"""The page of one picture under attack: its sentence, its line, its pictures."""

from dataclasses import replace

import pytest
import torch
from PIL import Image

from durometer.report.attacked import document, tile, verdict
from durometer.report.svg.trace import thinned, trace_chart
from durometer.run.attack_one import Answer, AttackedImage, class_of

CAT, DOG = Answer(("<cat>", "dog"), (0.9, 0.1)), Answer(("dog", "<cat>"), (0.6, 0.4))
GRAY = torch.full((3, 2, 2), 0.5)
FOUND = AttackedImage(
    "pgd, Linf within 8/255", "any answer but '<cat>'", GRAY, GRAY + 0.02, CAT, DOG, DOG, True, True, 0.02,
    (2.0, 1.0, -0.5), {"forwards": 3, "backwards": 2, "stage": None},
)  # fmt: skip


def test_oracle_the_sentence_says_what_came_of_it_and_what_it_cost():
    assert verdict(FOUND) == (
        "pgd, Linf within 8/255: <cat> becomes dog in 3 forward passes and 2 backward passes."
    )
    undone = replace(FOUND, rounded=CAT, broken_rounded=False)
    assert verdict(undone).endswith("passes. Rounded to 8 bits it is <cat>, no longer broken.")
    failed = replace(FOUND, broken=False, after=CAT, facts={})
    assert verdict(failed) == (
        "pgd, Linf within 8/255: not broken; the answer is <cat>. Another attack may do it."
    )
    deaf = replace(failed, path=(2.0, 2.0, 2.0))
    assert "with the same numbers for all 3 inputs that were tried" in verdict(deaf)


@pytest.mark.parametrize(("change", "times"), [(0.02, 25), (0.5, 1), (0.9, 1), (0.0, 1), (8 / 255, 15)])
def test_oracle_the_change_is_enlarged_to_fill_half_of_the_range_at_most(change, times):
    assert replace(FOUND, found=GRAY + change).magnified == times  # 0.5 / (8/255) = 15.9


def test_the_page_escapes_names_and_holds_three_pictures():
    picture = Image.new("RGB", (32, 24))
    pictures = dict.fromkeys(("original", "change", "result"), picture)
    page = document(FOUND, pictures, name="<b>.png", model="<net>")
    assert "<cat>" not in page
    assert "<net>" not in page
    assert "&lt;cat&gt;" in page
    assert page.count('src="data:image/png;base64,') == 3
    assert "the change, × 25, around gray" in page
    assert (tile("a", picture).width, tile("a", picture).height) == (256, 192)


def test_oracle_the_line_runs_from_left_to_right_and_ends_below_zero():
    drawn = trace_chart((2.0, 1.0, -2.0), label="a & b", unit="questions")
    # across 48 to 628; 2 at 10, −2 at 182, so 1 at 10 + 172 / 4
    assert 'points="48.0,10.0 338.0,53.0 628.0,182.0"' in drawn
    assert "a &amp; b" in drawn
    assert trace_chart((), label="", unit="")
    assert trace_chart((float("nan"), 1.0), label="", unit="")


def test_oracle_of_many_points_the_lowest_of_each_stretch_stays():
    points = [(i, float(-(i == 700)) + i % 3) for i in range(1200)]
    kept = thinned(points)
    assert len(kept) == 400
    assert {m for _, m in kept} == {0.0}  # each three hold a 0; 700 % 3 - 1 = 0 is one of them
    assert thinned(points[:400]) == points[:400]


def test_classes_by_name_and_number():
    names = ("cat", "7", "dog")
    assert [class_of(t, names) for t in ("cat", "dog", "2", "7")] == [0, 2, 2, 1]  # a name goes before
