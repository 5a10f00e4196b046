"""Effective robustness against planted lines, with the line known and with the line fitted to rows."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from durometer.core import UsageError
from durometer.measures import MEASURES


def objects(values):
    made = np.empty(len(values), object)
    made[:] = values
    return made


def rows_of(**models):
    """Rows of several models, each (clean scores, shifted scores) of the same samples."""
    flat = [
        (name, condition, i, score)
        for name, arms in models.items()
        for condition, scores in zip(("canvas", "edited"), arms, strict=True)
        for i, score in enumerate(scores)
    ]
    return {
        "model": objects([f[0] for f in flat]), "condition": objects([f[1] for f in flat]),
        "position": np.array([f[2] for f in flat]), "draw": np.zeros(len(flat), int),
        "score": np.array([f[3] for f in flat], np.float32), "status": objects(["ok"] * len(flat)),
    }  # fmt: skip


def right(count, n=100):
    return [1] * count + [0] * (n - count)


def logit(share):
    return np.log(share / (1 - share))


def test_oracle_a_line_through_two_networks_by_name():
    # logits of (.5, .2) and (.8, .5): (0, −log 4) and (log 4, 0), so slope 1, intercept −log 4.
    # Of a clean .8 it expects .5; the network has .6: 10 points above
    rows = rows_of(a=(right(50), right(20)), b=(right(80), right(50)), me=(right(80), right(60)))
    measure = MEASURES.make("effective robustness", {"model": "me", "references": ["a", "b"]})
    found = measure(rows)
    assert (found.value, found.n) == (pytest.approx(0.1, abs=1e-6), 100)
    known = {"model": "me", "clean": [0.5, 0.8], "shifted": [0.2, 0.5]}
    told = MEASURES.make("effective robustness", known)(rows)
    assert told.value == pytest.approx(0.1, abs=1e-6)
    # all fail on the same samples here, so most of the chance is shared and cancels; a known line can't know
    assert found.high - found.low < 0.7 * (told.high - told.low)
    # where each network fails on samples of its own, the line's own uncertainty comes on top
    dice = np.random.default_rng(0)
    mixed = {k: [dice.permutation(right(c)) for c in counts] for k, counts in
             {"a": (50, 20), "b": (80, 50), "me": (80, 60)}.items()}  # fmt: skip
    apart, told = (MEASURES.make("effective robustness", p)(rows_of(**mixed)) for p in
                   ({"model": "me", "references": ["a", "b"]}, known))  # fmt: skip
    assert apart.high - apart.low > 1.15 * (told.high - told.low)


def test_differential_the_line_is_scipys_regression_of_logits():
    clean, shifted = [40, 55, 63, 78, 90], [21, 25, 41, 44, 70]
    refs = {f"r{i}": (right(c), right(s)) for i, (c, s) in enumerate(zip(clean, shifted, strict=True))}
    rows = rows_of(**refs, me=(right(70), right(52)))
    fit = scipy_stats.linregress(logit(np.array(clean) / 100), logit(np.array(shifted) / 100))
    expected = 1 / (1 + np.exp(-(fit.slope * logit(0.7) + fit.intercept)))
    found = MEASURES.make("effective robustness", {"model": "me", "references": list(refs)})(rows)
    assert found.value == pytest.approx(0.52 - expected, abs=1e-6)
    given = {"model": "me", "clean": [c / 100 for c in clean], "shifted": [s / 100 for s in shifted]}
    assert MEASURES.make("effective robustness", given).line() == pytest.approx((fit.slope, fit.intercept))


def test_simulation_a_network_on_a_planted_line_has_intervals_around_zero_and_one_above_is_found():
    # logit(shifted) = 1.2 logit(clean) − 0.8; four references and a network on the line, one 12 points above
    dice, hit, found = np.random.default_rng(4), 0, 0
    truth = {"a": 0.5, "b": 0.62, "c": 0.74, "d": 0.86, "on": 0.7, "above": 0.7}
    line = {k: 1 / (1 + np.exp(-(1.2 * logit(v) - 0.8))) for k, v in truth.items()}
    line["above"] += 0.12
    params = {"references": list("abcd"), "level": 0.9}
    on, above = (MEASURES.make("effective robustness", {**params, "model": m}) for m in ("on", "above"))
    for _ in range(50):
        # what is hard is partly the same for all networks: normal scores with a correlation of a half
        shared = dice.normal(size=(2, 1, 400))
        scores = scipy_stats.norm.cdf((shared + dice.normal(size=(2, len(truth), 400))) / np.sqrt(2))
        arms = {
            k: ((scores[0, i] < truth[k]).astype(int), (scores[1, i] < line[k]).astype(int))
            for i, k in enumerate(truth)
        }
        rows = rows_of(**arms)
        e = on(rows)
        hit += e.low <= 0 <= e.high
        found += above(rows).low > 0
    assert 0.8 <= hit / 50 <= 0.98
    assert found / 50 >= 0.8


def test_errors_networks_that_give_no_line():
    rows = rows_of(a=(right(50), right(20)), b=(right(50), right(30)), me=(right(80), right(60)))
    with pytest.raises(UsageError, match=r"different clean accuracies.*Choose references"):
        MEASURES.make("effective robustness", {"model": "me", "references": ["a", "b"]})(rows)
    assert "recalled" not in MEASURES.get("effective robustness").__doc__
