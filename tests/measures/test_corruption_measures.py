"""Measures of corruption benchmarks on tables worked out by hand."""

import math
import sys

import numpy as np
import pytest

from durometer.core import UsageError
from durometer.measures import MEASURES
from durometer.measures.medmnist_normalizers import CLEAN, CORRUPTED
from durometer.measures.normalizers import (
    ALEXNET,
    ALEXNET_CLEAN,
    ALEXNET_EXTRA,
    ALEXNET_FLIPS,
    LOW_RESOLUTION_WEIGHTS,
)
from durometer.stats.of_means import drawn_means
from durometer.testing.contracts import check_measure


def objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def table(target=None, answers=False, **arms):
    """Rows of several conditions over the same samples; None is a sample that could not be edited."""
    flat = [v for values in arms.values() for v in values]
    rows = {
        "position": np.concatenate([np.arange(len(v)) for v in arms.values()]),
        "draw": np.zeros(len(flat), np.int32), "model": objects(["m"] * len(flat)),
        "condition": objects([name for name, values in arms.items() for _ in values]),
        "status": objects(["not-edited" if v is None else "ok" for v in flat]),
        "answer" if answers else "score": np.array([v or 0 for v in flat], np.float32),
    }  # fmt: skip
    if target is not None:
        rows["target"] = objects([t for values in arms.values() for t in target[: len(values)]])
    return rows


def five(stem):
    return [f"{stem}{s}" for s in range(1, 6)]


def graded(stem, *errors):
    """Five conditions of ten samples with so many errors each, the first samples failing first."""
    return {f"{stem}{s}": [0] * e + [1] * (10 - e) for s, e in enumerate(errors, 1)}


def test_oracle_mce_divides_each_corruption_by_its_own_alexnet():
    # gaussian noise: errors .1 .2 .3 .4 .5, mean .3, / .886428 = 0.338437
    # brightness:     errors 0 0 .1 .1 .3, mean .1, / .564592 = 0.177119
    # their mean: 0.257778
    rows = table(**graded("g", 1, 2, 3, 4, 5), **graded("b", 0, 0, 1, 1, 3))
    params = {"corruptions": ["gaussian-noise", "brightness"], "conditions": [*five("g"), *five("b")]}
    found = MEASURES.make("mCE", params)(rows)
    assert found.value == pytest.approx((0.3 / 0.886428 + 0.1 / 0.564592) / 2)
    assert found.value == pytest.approx(0.257778, abs=1e-6)
    assert found.n == 10
    assert found.low < found.value < found.high
    # the order of the corruptions plays no part: normalizers go by name
    swapped = {"corruptions": ["brightness", "gaussian-noise"], "conditions": [*five("b"), *five("g")]}
    assert MEASURES.make("mCE", swapped)(rows).value == pytest.approx(found.value)


def test_oracle_alexnet_itself_has_an_mce_of_one():
    # 10,000 samples of which AlexNet's share of each corruption is wrong, to a sample
    arms, names = {}, list(ALEXNET)
    for name in names:
        wrong = round(2000 * ALEXNET[name])
        for s in five(name):
            arms[s] = [0] * wrong + [1] * (2000 - wrong)
    params = {"corruptions": names, "conditions": [s for name in names for s in five(name)]}
    assert MEASURES.make("mCE", params)(table(**arms)).value == pytest.approx(1, abs=5e-4)
    clean = round(2000 * ALEXNET_CLEAN)
    rows = table(canvas=[0] * clean + [1] * (2000 - clean), **arms)
    assert MEASURES.make("relative mCE", params)(rows).value == pytest.approx(1, abs=2e-3)


def test_oracle_relative_mce():
    # clean error .1; snow: errors .2 .2 .3 .3 .5, mean .3; (.3 − .1) / (.866816 − .43478) = 0.462925
    rows = table(canvas=[0] + [1] * 9, **graded("s", 2, 2, 3, 3, 5))
    params = {"corruptions": ["snow"], "conditions": five("s")}
    found = MEASURES.make("relative mCE", params)(rows)
    assert found.value == pytest.approx(0.2 / (0.866816 - 0.43478))
    assert found.value == pytest.approx(0.462925, abs=1e-6)


def test_a_sample_that_one_severity_could_not_edit_leaves_all():
    # nine samples are left, of which 1 2 3 4 5 minus the first are wrong: mean 2/9
    arms = graded("g", 1, 2, 3, 4, 5)
    arms["g2"][0] = None
    found = MEASURES.make("mCE", {"conditions": five("g")})(table(**arms))
    assert found.n == 9
    assert found.value == pytest.approx(2 / 9 / 0.886428)


def test_mce_refuses_what_it_has_no_normalizer_for():
    rows = table(**graded("g", 1, 2, 3, 4, 5))
    with pytest.raises(UsageError, match=r"mCE has no normalizer for 'gausian-noise'.*gaussian-noise"):
        MEASURES.make("mCE", {"corruptions": ["gausian-noise"], "conditions": five("g")})(rows)
    with pytest.raises(UsageError, match="mCE has no normalizer for 'saturate'"):  # one of the extra four
        MEASURES.make("mCE", {"corruptions": ["saturate"], "conditions": five("g")})(rows)
    with pytest.raises(UsageError, match=r"of 1 corruptions needs 5 conditions, not 4"):
        MEASURES.make("mCE", {"conditions": five("g")[:4]})(rows)
    with pytest.raises(UsageError, match="each name once"):
        MEASURES.make("mCE", {"corruptions": ["snow"] * 2, "conditions": five("g") * 2})(rows)


POSTED = {
    "gaussian-noise": (0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
    "shot-noise": (0.71224, 0.85108, 0.93574, 0.98182, 0.99146),
    "impulse-noise": (0.78374, 0.89808, 0.94870, 0.98720, 0.99548),
    "defocus-blur": (0.65624, 0.73202, 0.85036, 0.91364, 0.94714),
    "glass-blur": (0.64308, 0.75054, 0.88806, 0.91622, 0.93344),
    "motion-blur": (0.58430, 0.70048, 0.82108, 0.89750, 0.92638),
    "zoom-blur": (0.70008, 0.76992, 0.80784, 0.84198, 0.87198),
    "snow": (0.71726, 0.88392, 0.86468, 0.91870, 0.94952),
    "frost": (0.61390, 0.79734, 0.88790, 0.89942, 0.93430),
    "fog": (0.67474, 0.76050, 0.84378, 0.87260, 0.94500),
    "brightness": (0.45140, 0.48502, 0.54048, 0.62166, 0.72440),
    "contrast": (0.64548, 0.76150, 0.88874, 0.97760, 0.99270),
    "elastic-transform": (0.52596, 0.70116, 0.55686, 0.64076, 0.80554),
    "pixelate": (0.52218, 0.54620, 0.73728, 0.87092, 0.91262),
    "jpeg-compression": (0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
}


def test_golden_normalizers_are_what_was_published():
    # the benchmark's author posted AlexNet's error at each severity: each normalizer is the mean of five
    assert ALEXNET.keys() == POSTED.keys()
    for name, errors in POSTED.items():
        assert ALEXNET[name] == pytest.approx(sum(errors) / 5, abs=1e-9)
    assert not ALEXNET.keys() & ALEXNET_EXTRA.keys()
    assert len(ALEXNET_FLIPS) == 10
    assert len(LOW_RESOLUTION_WEIGHTS) == 15
    assert CLEAN.keys() == CORRUPTED.keys()
    assert {name: len(held) for name, held in CORRUPTED.items()} == {
        "bloodmnist": 11, "breastmnist": 7, "dermamnist": 15, "octmnist": 6, "organamnist": 13,
        "organcmnist": 13, "organsmnist": 13, "pathmnist": 11, "pneumoniamnist": 13, "retinamnist": 8,
        "tissuemnist": 8,
    }  # fmt: skip


FRAMES = {"f0": [3, 1, 2, 5], "f1": [3, 2, 2, 5], "f2": [3, 1, 2, None], "f3": [3, 1, 4, 5]}
"""Sample 1 goes 1 2 1 1, sample 2 goes 2 2 2 4; the last lacks a frame."""


def test_oracle_flip_rate_against_the_frame_before_and_the_first():
    rows = table(answers=True, **FRAMES)
    frames = list(FRAMES)
    # against the frame before: 0/3, 2/3, 1/3: mean 1/3. Against the first: 0/3, 1/3, 1/3: mean 2/9
    before = MEASURES.make("flip rate", {"frames": frames})(rows)
    assert (before.value, before.n) == (pytest.approx(1 / 3), 3)
    first = MEASURES.make("flip rate", {"frames": frames, "against": "first"})(rows)
    assert first.value == pytest.approx(2 / 9)
    with pytest.raises(UsageError, match="needs two frames"):
        MEASURES.make("flip rate", {"frames": ["f0"]})(rows)


def test_oracle_mfr_compares_noise_with_its_first_frame():
    # tilt: 1/3 / .07050 = 4.728132; shot noise, same frames: 2/9 / .30062 = 0.739213; mean 2.733673
    rows = table(answers=True, **FRAMES)
    frames = list(FRAMES)
    params = {"sequences": ["tilt", "shot-noise"], "lengths": [4, 4], "frames": frames * 2}
    found = MEASURES.make("mFR", params)(rows)
    assert found.value == pytest.approx((1 / 3 / 0.0705 + 2 / 9 / 0.30062) / 2)
    assert found.value == pytest.approx(2.733673, abs=1e-6)
    # sequences of unlike lengths: tilt by its first two frames: 0, 1, 0 of 1: 1/3
    params = {"sequences": ["tilt", "shot-noise"], "lengths": [2, 4], "frames": [*frames[:2], *frames]}
    assert MEASURES.make("mFR", params)(rows).value == pytest.approx(found.value)
    with pytest.raises(UsageError, match="mFR of 2 sequences was given 1 lengths, together 8"):
        MEASURES.make("mFR", params | {"lengths": [8]})(rows)


def test_oracle_be_weighs_classes_alike():
    # class a: 4 samples, class b: 2. Every severity errs on one of a and one of b:
    # balanced error (1/4 + 1/2) / 2 = 0.375 (the plain one is 2/6), / .059756 (pixelate of bloodmnist)
    arms = {name: [0, 1, 1, 1, 0, 1] for name in five("p")}
    rows = table(target=list("aaaabb"), canvas=[1] * 6, **arms)
    found = MEASURES.make("BE", {"conditions": five("p")})(rows)
    assert (found.value, found.n) == (pytest.approx(0.375 / 0.059756), 6)
    # with a clean error of (1/4 + 0) / 2 = 0.125: (0.375 − 0.125) / (.059756 − .018369) = 6.040544
    rows = table(target=list("aaaabb"), canvas=[0, 1, 1, 1, 1, 1], **arms)
    found = MEASURES.make("rBE", {"conditions": five("p")})(rows)
    assert found.value == pytest.approx(0.25 / (0.059756 - 0.018369))
    assert found.value == pytest.approx(6.040544, abs=1e-5)
    assert found.low < found.value < found.high


def test_oracle_rbe_never_divides_by_a_gain():
    # pneumoniamnist: contrast-up costs AlexNet −.0056. Left: pixelate, cost .221026 − .100855 = .120171
    arms = {name: [0, 1, 0, 1] for name in five("p")} | {name: [0, 0, 0, 0] for name in five("c")}
    rows = table(target=list("aabb"), canvas=[1] * 4, **arms)
    params = {"data": "pneumoniamnist", "corruptions": ["pixelate", "contrast-up"]}
    measure = MEASURES.make("rBE", params | {"conditions": [*five("p"), *five("c")]})
    assert measure.left_out() == ("contrast-up",)
    assert measure(rows).value == pytest.approx(0.5 / 0.120171)
    alone = {"data": "pneumoniamnist", "corruptions": ["contrast-up"], "conditions": five("c")}
    assert MEASURES.make("rBE", alone)(rows).n == 0


def test_be_says_whose_alexnet_it_lacks():
    rows = table(target=list("ab"), **graded("p", 1, 1, 1, 1, 1))
    with pytest.raises(UsageError, match="no data set with an AlexNet of MedMNIST-C named 'chestmnist'"):
        MEASURES.make("BE", {"data": "chestmnist", "conditions": five("p")})(rows)
    with pytest.raises(UsageError, match="BE of octmnist has no normalizer for 'bubble'"):
        MEASURES.make("BE", {"data": "octmnist", "corruptions": ["bubble"], "conditions": five("p")})(rows)


def test_oracle_relative_corruption_robustness():
    # clean 8/10; corrupted 6/10 and 2/10, mean .4: .4 / .8 = .5
    rows = table(canvas=[1] * 8 + [0] * 2, a=[1] * 6 + [0] * 4, b=[1] * 2 + [0] * 8)
    found = MEASURES.make("relative corruption robustness", {"conditions": ["a", "b"]})(rows)
    assert found.value == pytest.approx(0.5)
    lost = table(canvas=[0, 0], a=[0, 0])
    assert MEASURES.make("relative corruption robustness", {"conditions": ["a"]})(lost).n == 0


def test_oracle_effective_robustness():
    # line through (.5, .2) and (.8, .5) on logits: slope log 4 / log 4 = 1, intercept −log 4;
    # clean .8 is expected at .5; it has .6: 10 points above
    rows = table(canvas=[1] * 8 + [0] * 2, edited=[1] * 6 + [0] * 4)
    measure = MEASURES.make("effective robustness", {"clean": [0.5, 0.8], "shifted": [0.2, 0.5]})
    assert measure.line() == (pytest.approx(1), pytest.approx(-math.log(4)))
    assert measure(rows).value == pytest.approx(0.1)
    # without a line: what is lost, 6/10 − 8/10
    assert MEASURES.make("effective robustness")(rows).value == pytest.approx(-0.2)
    sure = table(canvas=[1] * 4, edited=[1, 1, 1, 0])  # a clean accuracy of 1 is expected to stay 1
    assert measure(sure).value == pytest.approx(-0.25)
    with pytest.raises(UsageError, match="two reference networks or more"):
        MEASURES.make("effective robustness", {"clean": [0.5], "shifted": [0.2]})(rows)


def test_oracle_war_takes_a_guessing_data_set_out():
    # eurosat: .8 -> .4, guessing .1: .5 · (1 − exp(−200 · .49)) = .5, weight 1
    # dtd: .2 -> .2, guessing .1: 1 · (1 − exp(−200 · .01)) = 1 − e⁻² = .864665, weight .505922
    # (.5 + .505922 · .864665) / 1.505922 = .622512
    rows = table(eh=[1] * 8 + [0] * 2, el=[1] * 4 + [0] * 6, dh=[1, 0, 0, 0, 0], dl=[0, 0, 0, 0, 1])
    params = {"data": ["eurosat", "dtd"], "high": ["eh", "dh"], "low": ["el", "dl"], "chance": [0.1, 0.1]}
    found = MEASURES.make("WAR", params)(rows)
    weight = 0.505922498560715
    assert found.value == pytest.approx((0.5 + weight * (1 - math.exp(-2))) / (1 + weight))
    assert found.value == pytest.approx(0.622512, abs=1e-6)
    assert found.n == 15
    # one's own weights; a network that guesses is worth nothing however little it loses
    equal = MEASURES.make("WAR", params | {"weights": [1, 1]})(rows)
    assert equal.value == pytest.approx((0.5 + 1 - math.exp(-2)) / 2)
    guessing = MEASURES.make("WAR", params | {"chance": [0.8, 0.2]})(rows)
    assert guessing.value == pytest.approx(0, abs=1e-12)
    with pytest.raises(UsageError, match="for each data set one condition"):
        MEASURES.make("WAR", params | {"chance": [0.1]})(rows)
    assert "recalled" in MEASURES.get("WAR").__doc__


def test_oracle_many_patterns_are_drawn_in_parts_to_the_same_interval(monkeypatch):
    scores = np.random.default_rng(0).random((300, 2))
    whole = drawn_means(scores)
    monkeypatch.setattr(sys.modules["durometer.stats.of_means"], "AT_ONCE", 10_000)
    assert np.allclose(drawn_means(scores), whole, rtol=1e-12)


def test_oracle_the_interval_covers_the_truth():
    # 200 tables of 60 samples whose error under snow is .3 at every severity: mCE .3 / .866816
    dice, hit = np.random.default_rng(1), 0
    measure = MEASURES.make("mCE", {"corruptions": ["snow"], "conditions": five("s"), "level": 0.9})
    for _ in range(200):
        right = dice.random(60) >= 0.3  # the same samples fail at all severities
        found = measure(table(**{name: right.astype(int).tolist() for name in five("s")}))
        hit += found.low <= 0.3 / 0.866816 <= found.high
    assert 0.84 <= hit / 200 <= 0.97


@pytest.mark.parametrize(
    "name",
    ["mCE", "relative mCE", "flip rate", "mFR", "BE", "rBE", "relative corruption robustness",
     "effective robustness", "WAR"],
)  # fmt: skip
def test_contract(name):
    check_measure(MEASURES.make(name))
