"""Searches against answers that are functions of the candidate: what is asked, found and censored."""

import math

import pytest

from durometer.attack.searches import SEARCHES
from durometer.attack.searches.axis import parse_axis, parse_span
from durometer.attack.searches.base import Answer, Room, worst
from durometer.core import Dice, PlanError
from durometer.core.params import parameters
from durometer.core.recipe import one
from durometer.core.references import references
from durometer.stress import STRESSORS

NAMES = SEARCHES.names()
RIGHT, WRONG = Answer(0, 0.9, 1.0), Answer(1, 0.9, 0.0)


def room(donors=()):
    return Room(STRESSORS.make, dict(donors), Dice(0, "search", 1, ("a",)))


def hunt(search, answer, donors=()):
    """Answer every candidate by a function; return (what was found, rounds of candidates)."""
    asking, rounds, told = search.ask(room(donors)), [], None
    while True:
        try:
            asked = asking.send(told)
        except StopIteration as end:
            return end.value, rounds
        rounds.append(list(asked))
        told = [answer(c) for c in asked]


def fails_from(threshold):
    return lambda c: WRONG if c.value >= threshold else RIGHT


def make(name, **values):
    return SEARCHES.make(name, values)


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    def test_declares_what_it_is(self, name):
        search = make(name)
        assert type(search).name == name
        assert len(type(search).__doc__) > 40
        assert search.title
        assert search.dial.axis == name
        assert not search.source or search.source in references()
        assert SEARCHES.make(name, SEARCHES.spec(search).params) == search
        assert all(p.info.doc and not p.required for p in parameters(type(search)))

    def test_same_answers_same_questions(self, name):
        donors = {i: f"s{i}" for i in range(7)}
        said = [hunt(make(name), lambda c: WRONG if len(c.what) % 2 else RIGHT, donors) for _ in range(2)]
        assert said[0] == said[1]

    def test_every_candidate_can_be_made_again_from_its_recipe(self, name):
        _, rounds = hunt(make(name), lambda c: RIGHT, {0: "a"})
        for c in (c for asked in rounds for c in asked if c.donor is None):
            step = one(c.what)
            assert STRESSORS.make(step.name, step.named) == c.stressor

    def test_candidates_differ_in_what_they_are(self, name):
        _, rounds = hunt(make(name), lambda c: RIGHT, {i: f"s{i}" for i in range(7)})
        whats = [c.what for asked in rounds for c in asked]
        assert len(set(whats)) == len(whats) > 0

    def test_nothing_that_can_be_made_is_no_find(self, name):
        found, rounds = hunt(make(name), lambda c: Answer(-1, math.nan, 0.0, "no room"), {0: "a"})
        assert (found.at, found.stood) == (None, 0)
        assert len(rounds) == 1


def test_oracle_worst_is_the_surest_mistake_then_the_least_sure_right_answer():
    listed = [Answer(0, 0.4, 1.0), Answer(1, 0.6, 0.0), Answer(2, 0.8, 0.0), Answer(1, 0.8, 0.0)]
    assert worst(listed) == 2  # wrong, 0.8, the first of two
    assert worst([Answer(0, 0.9, 1.0), Answer(0, 0.5, 1.0), Answer(0, 0.5, 0.0, "no room")]) == 1
    assert worst([Answer(1, 0.99, 0.0), Answer(-1, math.nan, 0.0)]) == 1  # no finite answer is the surest
    assert worst([]) is None


def test_oracle_the_last_bits_of_a_confidence_do_not_choose():
    assert worst([Answer(1, 0.70001, 0.0), Answer(1, 0.70004, 0.0)]) == 0


def test_oracle_all_backgrounds_are_asked_and_the_planted_one_is_found():
    donors = {i: f"s{i}" for i in (0, 2, 3, 5)}
    found, (asked,) = hunt(make("worst-background"), lambda c: WRONG if c.donor == 3 else RIGHT, donors)
    assert [c.donor for c in asked] == [0, 2, 3, 5]
    assert (found.at, found.stood) == (2, 4)
    assert asked[2].what == "background of s3"


def test_oracle_a_search_that_stops_asks_no_more_and_counts_all_that_stood_to_choice():
    donors = {i: f"s{i}" for i in range(40)}
    found, rounds = hunt(
        make("worst-background", stop=True), lambda c: WRONG if c.donor == 20 else RIGHT, donors
    )
    assert [len(r) for r in rounds] == [16, 16]  # 20 is in the second sixteen
    assert (found.at, found.stood) == (20, 40)


def test_oracle_at_most_so_many_backgrounds_drawn_by_the_samples_dice():
    donors = {i: f"s{i}" for i in range(40)}
    _, (asked,) = hunt(make("worst-background", most=9), lambda c: RIGHT, donors)
    chosen = [c.donor for c in asked]
    assert len(set(chosen)) == 9
    assert chosen == sorted(chosen) != list(range(9))


def test_oracle_places_are_the_middles_of_the_grid_row_by_row():
    _, (asked,) = hunt(make("worst-position", side=2), lambda c: RIGHT)
    assert [(c.x, c.y) for c in asked] == [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]


@pytest.mark.parametrize("threshold", [0.003, 0.0211, 0.05])
def test_oracle_a_failure_point_is_known_to_the_last_halving(threshold):
    search = make("failure-point", of="blur(sigma=[0, 0.05])", steps=8, rounds=5)
    found, rounds = hunt(search, fails_from(threshold))
    step = 0.05 / 8 / 2**5
    assert threshold - 1e-9 <= found.facts["value"] <= threshold + step + 1e-9
    assert found.facts["held"] == pytest.approx(found.facts["value"] - step, abs=1e-8)
    assert found.facts["censored"] is False
    assert found.facts["depth"] == pytest.approx(found.facts["value"] / 0.05, abs=1e-5)
    assert [len(r) for r in rounds] == [9, 1, 1, 1, 1, 1]
    everything = [c for asked in rounds for c in asked]
    assert everything[found.at].value == pytest.approx(found.facts["value"])
    assert found.stood == 14


def test_oracle_what_survives_to_the_end_is_censored_there():
    found, rounds = hunt(make("failure-point"), lambda c: RIGHT)
    assert found.facts == {"censored": True, "depth": 1.0, "value": 0.05, "held": 0.05}
    assert len(rounds) == 1


def test_oracle_what_cannot_be_made_censors_at_the_severest_that_could():
    # blur from 0.025 on can't be made: grid depths 0 … 0.375 of 8 steps are right, the rest refused
    found, _ = hunt(
        make("failure-point"), lambda c: Answer(-1, 0.0, 0.0, "too far") if c.value >= 0.025 else RIGHT
    )
    assert found.facts["censored"] is True
    assert found.facts["depth"] == 0.375
    assert found.stood == 4


def test_oracle_what_is_wrong_from_the_start_fails_at_depth_0():
    found, rounds = hunt(make("failure-point"), lambda c: WRONG)
    assert found.facts == {"censored": False, "depth": 0.0, "value": 0.0}
    assert len(rounds) == 1


def test_oracle_the_smallest_size_goes_down_in_equal_ratios():
    search = make("smallest-size", largest=0.32, smallest=0.02, steps=4, rounds=0)
    found, (asked,) = hunt(search, lambda c: RIGHT if c.value > 0.05 else WRONG)
    assert [c.value for c in asked] == pytest.approx([0.32, 0.16, 0.08, 0.04, 0.02])
    assert (found.facts["held"], found.facts["value"]) == pytest.approx((0.08, 0.04))
    # halving a step of ratio 2 five times: to a ratio of 2^(1/32)
    found, _ = hunt(make("smallest-size", largest=0.32, smallest=0.02, steps=4, rounds=5),
                    lambda c: RIGHT if c.value > 0.05 else WRONG)  # fmt: skip
    assert found.facts["value"] <= 0.05 < found.facts["held"] <= found.facts["value"] * 2 ** (1 / 32) * 1.0001


def test_oracle_the_minimal_edit_is_the_axis_that_fails_first_in_its_own_range():
    # rotation fails at 30 of 45 degrees (depth 2/3), blur at 0.02 of 0.05 (depth 0.4), contrast never
    search = make(
        "minimal-edit", steps=4, rounds=6,
        axes=["rotate(degrees=[0, 45])", "blur(sigma=[0, 0.05])", "contrast(factor=[1, 0.1])"],
    )  # fmt: skip

    def answer(c):
        limit = {"rotate": 30.0, "blur": 0.02}.get(c.stressor.name, math.inf)
        return WRONG if c.value >= limit else RIGHT

    found, rounds = hunt(search, answer)
    assert found.facts["weakest"] == "blur"
    assert 0.4 - 1e-9 <= found.facts["depth"] <= 0.4 + 1 / 4 / 2**6 + 1e-9
    assert found.facts["value"] == pytest.approx(0.05 * found.facts["depth"], abs=1e-6)
    # blur's first step that fails ends at 0.5; rotation's begins there, so only blur is halved
    assert [[c.stressor.name for c in r] for r in rounds[1:]] == [["blur"]] * 6


def test_oracle_a_minimal_edit_that_survives_everything_is_censored_where_the_shortest_axis_ends():
    axes = ["rotate(degrees=[0, 45])", "blur(sigma=[0, 0.05])"]
    far = lambda c: Answer(-1, 0.0, 0.0, "far") if c.stressor.name == "rotate" and c.value > 25 else RIGHT  # noqa: E731
    found, _ = hunt(make("minimal-edit", axes=axes), far)
    assert (found.facts["censored"], found.facts["depth"], found.facts["weakest"]) == (True, 0.5, "rotate")


def test_axes_are_recipes_with_one_list():
    axis = parse_axis("rotate(degrees=[10, 20], toward=left)")
    assert (axis.name, axis.parameter, axis.values, dict(axis.fixed)) == (
        "rotate", "degrees", (10, 20), {"toward": "left"},
    )  # fmt: skip
    assert parse_span("size(share=[0.4, 0.1])", "ratio").value(0.5) == pytest.approx(0.2)
    assert parse_span("contrast(factor=[1, 0])").value(0.25) == 0.75


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("worst-of", {"of": "rotate(degrees=5)"}, "must give exactly one parameter as a list"),
        ("worst-of", {"of": "rotate(degrees=[]"}, "expected"),
        ("failure-point", {"of": "blur(sigma=[0, 0.01, 0.02])"}, "two different numbers, the mild end first"),
        ("failure-point", {"of": "blur(sigma=[0.01, 0.01])"}, "two different numbers, the mild end first"),
        ("failure-point", {"spacing": "ratio"}, "equal ratios need ends above 0"),
        ("failure-point", {"steps": 0}, "steps = 0 is outside 1 to 256"),
        ("smallest-size", {"smallest": 0.3}, "smallest = 0.3 is not below largest = 0.2"),
        ("minimal-edit", {"axes": ["blur(sigma=[0, 0.05])"]}, "use failure-point for one"),
        ("worst-angle", {"angles": []}, "a sweep needs an angle"),
        ("worst-position", {"side": 1}, "side = 1 is outside 2 to 32"),
    ],
)
def test_errors_say_what_is_wrong(name, values, message):
    with pytest.raises(PlanError, match=message):
        make(name, **values)


def test_errors_values_out_of_range_are_found_before_the_run():
    with pytest.raises(PlanError, match=r"degrees = 200.0 is outside 0 to 180"):
        make("failure-point", of="rotate(degrees=[0, 200])").stressors(STRESSORS.make)
