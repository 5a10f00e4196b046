"""Sequences are found where a record holds all of their frames, and mFR where it holds all ten."""

import numpy as np
import pytest

from durometer.explain.published import PublishedMeasures
from durometer.explain.sequence_sets import TEN, sequence_sets
from durometer.explain.sequences import Sequences
from durometer.explain.study import Study
from durometer.explain.summarize import summarize
from durometer.measures.normalizers import ALEXNET_FLIPS
from durometer.stress.sequences.constants import length_of

LABELS = tuple("abcdefg")


def made(toy, names=TEN["imagenet-p"], profile="imagenet-p", short=(), labels=LABELS):
    """Four samples, of which the first changes its answer once along every sequence, at the third frame."""
    scores, answers, conditions = {("m", "k-canvas"): [1, 1, 1, 0]}, {("m", "k-canvas"): [0, 1, 2, 0]}, {}
    for name in names:
        frames = length_of(profile, name) - (name in short)
        words = toy.condition(name=f"sequence-{name}", family="sequences", title=f"{name}, {frames} frames")
        words.words["spec"]["params"] = {"profile": profile}
        conditions[name] = words
        said = np.repeat(np.array([0, 1, 2, 0])[:, None], frames, 1)
        said[0, 2:] = 1
        answers["m", name] = said
        scores["m", name] = (said == np.array([[0], [1], [2], [3]])).astype(int)
    return toy.record(scores, conditions, answer=answers, labels=labels, label=[0, 1, 2, 3])


def found(record):
    return {x.measure: x for x in PublishedMeasures()(Study.read(record), (), record)}


def test_oracle_flips_along_each_sequence(toy):
    record = made(toy, names=("rotate", "gaussian-noise", "translate"))
    got = {x.name: x for x in Sequences()(Study.read(record), (), record)}
    # one flip in 30 steps of one sample of four: 1/120; against the first frame 29 from the third on: 29/120
    assert got["rotate"].flips.value == pytest.approx(1 / 120)
    assert got["translate"].flips.value == pytest.approx(1 / 160)
    assert got["gaussian-noise"].flips.value == pytest.approx(29 / 120)
    assert got["rotate"].by_frame == (0, 0.25, *[0] * 28)
    assert got["gaussian-noise"].by_frame == (0, *[0.25] * 29)
    assert next(iter(got)) == "gaussian-noise"  # the most restless first
    # the toy's top five: 0 1 2 3 4, then 1 0 2 3 4: two places, in one step of 30 of one sample of four
    assert got["rotate"].t5d.value == pytest.approx(2 / 120)
    assert got["gaussian-noise"].t5d.value == pytest.approx(2 * 29 / 120)
    (sentence,) = Sequences().say(Sequences()(Study.read(record), (), record))
    assert sentence.startswith("Along sequences, “gaussian noise” is the most restless: 24.2 % of frames (")


def test_oracle_ten_sequences_make_an_mfr(toy):
    got = found(made(toy))
    steps = {n: (29 if "noise" in n else 1) / (length_of("imagenet-p", n) - 1) / 4 for n in ALEXNET_FLIPS}
    assert got["mFR"].value.value == pytest.approx(np.mean([steps[n] / ALEXNET_FLIPS[n] for n in steps]))
    assert got["mT5D"].value.value == pytest.approx(2 * np.mean(list(steps.values())))
    assert (got["mFR"].about, got["mT5D"].about) == ("ImageNet-P-style", "ImageNet-P-style, not normalized")
    assert not got["mFR"].experimental
    assert "mean flip rate" not in got


def test_cifar_has_another_tenth_and_no_normalizers(toy):
    assert set(TEN["imagenet-p"]) - set(TEN["cifar-p"]) == {"snow"}
    got = found(made(toy, TEN["cifar-p"], "cifar-p"))
    steps = [(29 if "noise" in n else 1) / (length_of("cifar-p", n) - 1) / 4 for n in TEN["cifar-p"]]
    assert got["mean flip rate"].value.value == pytest.approx(np.mean(steps))
    assert "mFR" not in got


def test_with_a_sequence_missing_or_cut_short_there_is_no_mean_and_it_is_named(toy):
    record = made(toy, names=[n for n in TEN["imagenet-p"] if n != "snow"], short=("tilt",))
    assert not {"mFR", "mT5D"} & set(found(record))
    assert "tilt" not in {x.name for x in Sequences()(Study.read(record), (), record)}
    (gap,) = [g for g in summarize(record).not_measured if g.what.startswith("mFR")]
    assert gap.what == "mFR (ImageNet-P-style)"
    assert "snow, tilt are not there with all their frames" in gap.why
    assert gap.fix == "Run all of them with the suite imagenet-p"


def test_few_classes_have_no_top_five_and_no_sequences_no_findings(toy):
    record = made(toy, labels=tuple("abcd"))
    assert {x.t5d for x in Sequences()(Study.read(record), (), record)} == {None}
    assert "mT5D" not in found(record)
    plain = toy.record({("m", "k-canvas"): [1, 0]}, {})
    assert sequence_sets(Study.read(plain)) == ()
    assert Sequences()(Study.read(plain), (), plain) == ()
