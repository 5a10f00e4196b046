"""Flips and top-5 distances along sequences, worked out by hand and by the published script's own rule."""

import numpy as np
import pytest

from durometer.core import UsageError
from durometer.measures import MEASURES
from durometer.measures.t5d import distances
from durometer.testing import check_measure


def objects(values):
    made = np.empty(len(values), object)
    made[:] = values
    return made


def along(condition, column, *samples):
    """Rows of one condition whose draws are frames; None is a frame that could not be edited."""
    flat = [(i, d, v) for i, frames in enumerate(samples) for d, v in enumerate(frames)]
    blank = 0 if column == "answer" else [-1] * 5
    values = [blank if v is None else v for _, _, v in flat]
    return {
        "position": np.array([i for i, _, _ in flat]), "draw": np.array([d for _, d, _ in flat]),
        "condition": objects([condition] * len(flat)),
        "status": objects(["not-edited" if v is None else "ok" for _, _, v in flat]),
        column: np.array(values) if column == "answer" else objects([np.array(v) for v in values]),
    }  # fmt: skip


def joined(*tables):
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def test_oracle_draws_of_a_condition_are_frames_in_order():
    # sample 0: 1 1 2 2, one flip of 3; sample 1: 5 6 5 6, three of 3; sample 2 lacks a frame. Mean 2/3.
    rows = along("r", "answer", [1, 1, 2, 2], [5, 6, 5, 6], [1, None, 1, 1])
    found = MEASURES.make("flip rate", {"frames": ["r"] * 4})(rows)
    assert (found.value, found.n) == (pytest.approx(2 / 3), 2)
    # against the first frame: 2 of 3 (the two 2s); 2 of 3 (the two 6s)
    first = MEASURES.make("flip rate", {"frames": ["r"] * 4, "against": "first"})(rows)
    assert first.value == pytest.approx(2 / 3)
    # its first two frames alone: 0 and 1
    assert MEASURES.make("flip rate", {"frames": ["r"] * 2})(rows).value == pytest.approx(0.5)


def test_oracle_mean_flip_rate_and_mfr_of_two_sequences():
    # rotate: 1/3 and 3/3, mean 2/3. Shot noise against its first frame: 1/2 and 0/2, mean 1/4.
    rows = joined(
        along("r", "answer", [1, 1, 2, 2], [5, 6, 5, 6]), along("s", "answer", [1, 1, 2], [5, 5, 5])
    )
    params = {"sequences": ["rotate", "shot-noise"], "lengths": [4, 3], "frames": ["r"] * 4 + ["s"] * 3}
    mean = MEASURES.make("mean flip rate", params)(rows)
    assert (mean.value, mean.n) == (pytest.approx((2 / 3 + 1 / 4) / 2), 2)
    # divided by .13104 and .30062: 5.087505 and .831615, mean 2.959560
    assert MEASURES.make("mFR", params)(rows).value == pytest.approx(2.959560, abs=1e-6)
    with pytest.raises(UsageError, match="mFR has no normalizer for 'spatter'"):
        MEASURES.make("mFR", params | {"sequences": ["rotate", "spatter"]})(rows)


def test_oracle_t5d_by_hand():
    # first to second frame: 1 and 2 change places, 1 + 1; 5 leaves its fifth place for one beyond, 1: 3
    # second to third: 2 leaves the first, 5; 1 3 4 6 move up by one each, 4: 9
    # third to the same: 0. Mean of 3, 9 and 0: 4
    frames = [[1, 2, 3, 4, 5], [2, 1, 3, 4, 6], [1, 3, 4, 6, 7], [1, 3, 4, 6, 7]]
    rows = along("r", "top", frames)
    params = {"sequences": ["rotate"], "lengths": [4], "frames": ["r"] * 4}
    found = MEASURES.make("T5D", params)(rows)
    assert (found.value, found.n) == (pytest.approx(4), 1)
    # noise, against the first frame: 3; then 1 at its place 0, 2 leaves the second 4, 3 and 4 up by one 2,
    # 5 leaves 1: 7, twice. Mean of 3, 7 and 7: 17/3
    noise = MEASURES.make("mT5D", params | {"sequences": ["gaussian-noise"]})(rows)
    assert noise.value == pytest.approx(17 / 3)


def by_the_script(before, after):
    """The published rule on whole rankings: ranks of all classes, 1 the likeliest."""
    classes = len(before)
    seen = np.cumsum([0] + [1] * 5 + [0] * (classes - 6))
    inverse = np.argsort(before)
    sigma = after[inverse]
    return np.abs(seen[:5] - seen[sigma - 1][:5]).sum()


def by_the_definition(before, after):
    """The paper's double sum, for the same rankings."""
    total = 0
    for i in range(1, 6):
        j = int(after[np.flatnonzero(before == i)[0]])
        total += sum(1 <= k - 1 <= 5 for k in range(min(i, j) + 1, max(i, j) + 1))
    return total


def test_differential_five_answers_say_the_whole_distance():
    dice = np.random.default_rng(0)
    found = []
    for _ in range(300):
        scores = dice.random(12)
        frames = np.stack([scores, scores + dice.random(12) * dice.choice([0.1, 1])])
        ranks = [np.argsort(np.argsort(-f)) + 1 for f in frames]
        tops = np.argsort(-frames, axis=1)[None, :, :5]
        (ours,) = distances(tops, first=False)[0]
        assert ours == by_the_script(*ranks) == by_the_definition(*ranks)
        found.append(ours)
    assert min(found) == 0
    assert max(found) > 8
    assert distances(np.array([[range(5), range(5, 10)]]), first=False).item() == 15


def test_samples_without_all_frames_or_with_answers_that_are_not_finite_are_left_out():
    good = [[1, 2, 3, 4, 5]] * 2
    rows = along("r", "top", good, [good[0], None], [good[0], [-1] * 5])
    found = MEASURES.make("T5D", {"sequences": ["tilt"], "frames": ["r"] * 2})(rows)
    assert (found.value, found.n) == (0, 1)
    assert found.high > 0  # one sample that did not move proves little


def test_simulation_the_interval_of_t5d_covers_the_truth():
    # 200 tables of 60 samples of 11 frames; a step moves 2 places with a sample's own chance: mean 2 · 0.3
    dice, hit = np.random.default_rng(2), 0
    swap = np.array([[1, 2, 3, 4, 5], [2, 1, 3, 4, 5]])
    params = {"sequences": ["tilt"], "lengths": [11], "frames": ["r"] * 11, "level": 0.9}
    measure = MEASURES.make("T5D", params)
    for _ in range(200):
        chance = dice.beta(1.5, 3.5, 60)
        turns = (dice.random((60, 10)) < chance[:, None]).cumsum(1) % 2
        tops = swap[np.concatenate((np.zeros((60, 1), int), turns), 1)]
        found = measure(along("r", "top", *tops))
        hit += found.low <= 0.6 <= found.high
    assert 0.85 <= hit / 200 <= 0.97


@pytest.mark.parametrize("name", ["flip rate", "mean flip rate", "mFR", "T5D", "mT5D"])
def test_contract(name):
    check_measure(MEASURES.make(name))


@pytest.mark.parametrize("name", ["mean flip rate", "mFR", "T5D", "mT5D"])
def test_errors_lengths(name):
    params = {"sequences": ["tilt"], "lengths": [3], "frames": ["a", "b"]}
    rows = along("a", "answer", [1, 2])
    with pytest.raises(
        UsageError, match=f"{name} of 1 sequences was given 1 lengths, together 3, and 2 frames"
    ):
        MEASURES.make(name, params)(rows)
