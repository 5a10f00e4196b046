"""The sentences that a person reads first."""

import numpy as np
import pytest

from durometer.core import Estimate
from durometer.explain.effects import effects
from durometer.explain.headline import headline
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.explain.wording import costs, number, span


def verdict(toy, scores, conditions, **more):
    study = Study.read(toy.record(scores, conditions, **more))
    return headline(study, effects(study))


def lose(base, which):
    changed = np.array(base, float)
    changed[which] = 0
    return changed


CANVAS = np.r_[np.ones(50), np.zeros(5)]


@pytest.fixture
def conditions(toy):
    return {
        "null": toy.condition("control", name="null-edit", title="null edit"),
        "bg": toy.condition(name="background", axis="background", title="background, random", control="null"),
        "size": toy.condition(name="size", axis="size", title="size, 5 %", severity=0.05, control="null"),
    }


@pytest.fixture
def scores():
    null = lose(CANVAS, [0])
    return {
        ("m", "k-canvas"): CANVAS, ("m", "null"): null, ("m", "bg"): lose(null, range(18)),
        ("m", "size"): lose(null, range(3)),
    }  # fmt: skip


def test_golden_the_background(toy, scores, conditions):
    said = verdict(toy, scores, conditions)
    assert said.claim == "The background breaks it most."
    # 18 of 55 lost, 1 of them to the null; Tango's intervals
    assert said.sentences == (
        "Replacing the background (random) costs 33 points of top-1 (95 % interval 22 to 46, n = 55).",
        "Cutting and pasting alone costs 2 (−5 to 10), so 31 (20 to 44) belong to the background itself.",
    )
    assert said.effect.condition == "bg"


def test_a_close_second_is_named_and_called_close(toy, scores, conditions):
    scores["m", "size"] = lose(CANVAS, range(1, 17))
    said = verdict(toy, scores, conditions)
    assert "Next is size, 5 % (" in said.sentences[2]
    assert (
        "which can't be told apart from it at this n; 2 edits in all can be told from chance."
        in said.sentences[2]
    )
    scores["m", "size"] = lose(CANVAS, range(8))
    assert "can't be told apart" not in " ".join(verdict(toy, scores, conditions).sentences)


def test_nothing_found_names_what_could_have_been_seen(toy, scores, conditions):
    scores["m", "bg"] = scores["m", "size"]
    said = verdict(toy, scores, conditions)
    assert said.claim == "No edit breaks it beyond chance."
    assert said.effect is None
    # two comparisons: 7 of 7 losses (2 / 128 ≤ .025); at 16.2 % of 55, seven or more come with 80 %
    assert said.sentences == (
        "In 2 comparisons (n = 55) no edit costs accuracy that can be told from zero, "
        "adjusted for their number.",
        "The smallest drop that would have been found with a chance of 80 % is 16 points.",
    )


def test_a_few_samples_could_not_have_shown_anything(toy, conditions):
    ones = np.ones(3)
    said = verdict(toy, {("m", k): ones for k in ("k-canvas", "null", "bg", "size")}, conditions)
    assert said.sentences[1] == "So few samples could not have shown any drop, however large."


def test_no_edits_and_none_measured(toy, scores, conditions):
    assert verdict(toy, {("m", "k-canvas"): CANVAS}, {}).claim == "Nothing was changed."
    gone = {k: np.full(55, "not-edited", object) for k in scores if k[1] in ("bg", "size")}
    assert verdict(toy, scores, conditions, status=gone).claim == "No edit could be measured."


def test_several_models_are_named(toy, scores, conditions):
    both = {**scores, **{("vit", k): v for (_, k), v in scores.items()}}
    both["vit", "bg"] = both["vit", "null"]
    both["vit", "size"] = lose(CANVAS, range(12))
    both |= {("still", k): CANVAS for (_, k) in scores}
    said = verdict(toy, both, conditions)
    assert said.claim == "The background breaks m most."
    assert said.sentences[-1] == (
        "What breaks the other models most: vit: size, 5 % (20 points, 12 to 32); "
        "still: nothing that can be told from chance."
    )


def test_golden_without_the_object(toy, scores, conditions):
    alone = {"alone": toy.condition("diagnostic", name="only-background", title="only background")}
    scores["m", "alone"] = lose(np.ones(55), range(11, 55))
    said = verdict(toy, scores, {**conditions, **alone}, labels=tuple("abcdefgh"))
    assert said.sentences[-1] == (
        "Without the object it still names it in 20 % of the images (10 to 33, n = 55); chance is 12.5 %."
    )


def test_a_model_at_chance_is_asked_about_its_labels(toy):
    said = verdict(toy, {("m", "k-canvas"): lose(np.ones(40), range(38))}, {}, labels=tuple("abcdefgh"))
    assert said.sentences[-1].startswith(
        "Already on the unedited canvas it is right in only 5 % of the images (1 to 17, n = 40), "
        "no better than chance"
    )


@pytest.mark.parametrize(
    ("words", "subject", "doing"),
    [
        ({"axis": "flip", "title": "flip"}, "Mirroring", "Mirroring the image"),
        ({"axis": "resolution", "title": "low resolution, 64 px"}, "Low resolution",
         "Lowering the resolution (64 px)"),
        ({"name": "only-foreground", "axis": "background", "title": "only the object"},
         "The missing background", "Removing the background"),
        ({"axis": "background", "title": "studio"}, "The background", "Replacing the background (studio)"),
        ({"axis": "fog", "title": "acme fog, 3"}, "The edit “acme fog, 3”", "The edit “acme fog, 3”"),
        ({"axis": "linf", "family": "attack", "title": "pgd"}, "The attack “pgd”", "The attack “pgd”"),
    ],
)  # fmt: skip
def test_other_edits_have_words_too(toy, words, subject, doing):
    scores = {("m", "k-canvas"): CANVAS, ("m", "e"): lose(CANVAS, range(20))}
    said = verdict(toy, scores, {"e": toy.condition(**words)})
    assert said.claim == f"{subject} breaks it most."
    (sentence,) = said.sentences
    assert sentence.startswith(f"{doing} costs 36 points of top-1 (95 % interval ")


def test_oracle_numbers():
    assert [number(v) for v in (0.3127, -0.004, -0.031, 1.0)] == ["31", "0", "−3", "100"]
    assert number(0.0042, digits=1) == "0.4"
    assert costs(Estimate(0.01, -0.02, 0.05, 9), "points") == ("costs 1 point", "−2 to 5")
    assert costs(Estimate(-0.04, -0.09, 0.01, 9), "points") == ("gains 4 points", "−1 to 9")
    assert costs(Estimate(-0.001, -0.09, 0.01, 9)) == ("costs 0", "−9 to 1")
    assert span(Estimate(0.3, 0.295, 0.305, 9)) == "29.5 to 30.5"


def test_a_search_is_spoken_of_only_where_there_is_nothing_else(toy):
    n = 200
    scores = {
        ("m", "k-canvas"): np.ones(n), ("m", "e"): np.arange(n) % 4 > 0,
        ("m", "s"): np.zeros(n), ("m", "c"): np.ones(n),
    }  # fmt: skip
    conditions = {
        "e": toy.condition(name="blur", axis="blur"),
        "s": toy.condition(name="worst-angle", title="worst angle", family="search", control="c"),
        "c": toy.condition("control", name="worst-angle", title="null of worst angle", family="search"),
    }
    record = toy.record({k: np.asarray(v, float) for k, v in scores.items()}, conditions)
    both = summarize(record).headline
    assert both.claim == "Blur breaks it most."
    assert not any("Next is worst angle" in s for s in both.sentences)
    said = "Searched sample by sample (worst angle), m keeps 0.0 % (0.0 to 1.8, n = 200); "
    assert both.sentences[-1].startswith(said)
    del scores["m", "e"], conditions["e"]
    alone = summarize(toy.record({k: np.asarray(v, float) for k, v in scores.items()}, conditions)).headline
    assert alone.claim == "The worst angle breaks it most."
    assert alone.sentences[0].startswith("Choosing the worst angle for each sample costs 100 points of top-1")


def test_corruptions_are_named_with_their_severity(toy):
    n = 100
    scores = {("m", "k-canvas"): np.ones(n), ("m", "c"): np.arange(n) % 2.0}
    words = toy.condition(name="glass-blur", title="glass blur, 5", severity=5.0, family="corruptions")
    found = verdict(toy, scores, {"c": words})
    assert found.claim == "Glass blur breaks it most."
    assert found.sentences[0].startswith("Glass blur of severity 5 costs 50 points of top-1")
