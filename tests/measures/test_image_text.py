"""MVI-Sensitivity, MRR and macro-F1 against arithmetic, scikit-learn and simulation."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from durometer.core import UsageError
from durometer.measures import MEASURES
from durometer.measures.f1 import MacroF1, MacroF1Drop, macro_f1
from durometer.measures.mvi_sensitivity import MVISensitivity, sensitivities
from durometer.measures.retrieval import MRR, MRRDrop
from durometer.stats import graded_mean, mcnemar_exact
from durometer.stats.ratio import relative_drop
from durometer.testing import check_measure

NAMES = ("MRR", "MRR drop", "macro-F1", "macro-F1 drop", "MVI-Sensitivity")


def objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def arm(condition, score, *, position=None, status="ok", **more):
    n = len(score)
    return {
        "position": np.arange(n) if position is None else np.asarray(position),
        "draw": np.zeros(n, np.int64),
        "condition": objects([condition] * n),
        "score": np.asarray(score, np.float32),
        "status": objects([status] * n if isinstance(status, str) else status),
        **more,
    }


def both(one, other):
    return {name: np.concatenate([one[name], other[name]]) for name in one}


@pytest.mark.parametrize("name", NAMES)
def test_contract(name):
    check_measure(MEASURES.make(name))


# six pairs: normal right on 5, misleading right on 3 of them and on none of the rest
NORMAL = [1, 1, 1, 1, 1, 0]
MISLED = [1, 1, 1, 0, 0, 0]
CATEGORY = ["mirror", "mirror", "glass", "glass", "mirror", "glass"]


def test_oracle_mvi_sensitivity_by_hand():
    found = MVISensitivity()(both(arm("canvas", NORMAL), arm("twin", MISLED)))
    assert found.value == pytest.approx((5 / 6 - 3 / 6) / (5 / 6))  # 0.4
    assert found.n == 6


def test_oracle_mvi_sensitivity_by_category_with_mcnemar_beside_it():
    everyone, glass, mirror = sensitivities(both(arm("canvas", NORMAL), arm("twin", MISLED)), CATEGORY)
    assert (everyone.category, glass.category, mirror.category) == ("all", "glass", "mirror")
    # glass: positions 2, 3, 5: normal 2 of 3, misleading 1 of 3
    assert glass.sensitivity.value == pytest.approx(0.5)
    assert (glass.normal.value, glass.misleading.value) == pytest.approx((2 / 3, 1 / 3))
    # mirror: positions 0, 1, 4: normal 3 of 3, misleading 2 of 3
    assert mirror.sensitivity.value == pytest.approx(1 / 3)
    assert (everyone.lost, everyone.gained) == (2, 0)
    assert everyone.p == mcnemar_exact(2, 0) == 0.5
    assert (everyone.sensitivity.n, glass.sensitivity.n, mirror.sensitivity.n) == (6, 3, 3)


def test_oracle_a_gain_keeps_its_sign_and_nothing_right_gives_zero():
    gain = MVISensitivity()(both(arm("canvas", [1, 0, 0, 1]), arm("twin", [1, 1, 0, 1])))
    assert gain.value == pytest.approx(-0.5)  # (2/4 - 3/4) / (2/4)
    assert MVISensitivity()(both(arm("canvas", [0, 0]), arm("twin", [1, 0]))).value == 0.0


def test_oracle_draws_of_a_pair_are_averaged_first():
    normal = arm("canvas", [1, 1, 1, 1], position=[0, 0, 1, 1])
    misled = arm("twin", [1, 0, 0, 0], position=[0, 0, 1, 1])
    for rows in (normal, misled):
        rows["draw"] = np.array([0, 1, 0, 1])
    found = MVISensitivity()(both(normal, misled))
    assert (found.n, found.value) == (2, pytest.approx(0.75))  # (1 - 0.25) / 1
    assert found == relative_drop([1, 1], [0.5, 0])


def test_errors_two_conditions_beside_the_reference():
    rows = both(both(arm("canvas", NORMAL), arm("twin", MISLED)), arm("third", MISLED))
    with pytest.raises(UsageError, match="compares two conditions"):
        MVISensitivity()(rows)


def test_oracle_mrr_and_its_drop():
    one, other = arm("canvas", [1, 0.5, 0.25, 1]), arm("word", [0.5, 0.5, 0.25, 0.25])
    assert MRR()(one).value == pytest.approx(2.75 / 4)
    assert MRR()(one) == graded_mean([1, 0.5, 0.25, 1])[0]
    assert MRRDrop(relative=False)(both(one, other)).value == pytest.approx((2.75 - 1.5) / 4)
    assert MRRDrop()(both(one, other)).value == pytest.approx((2.75 - 1.5) / 2.75)
    # the second text was refused: it leaves both arms
    refused = arm("word", [0.5, 0.5, 0.25, 0.25], status=["ok", "not-edited", "ok", "ok"])
    assert MRRDrop()(both(one, refused)).value == pytest.approx((2.25 - 1.0) / 2.25)


def decisions(condition, truth, answer, **more):
    return arm(
        condition, np.asarray(truth) == np.asarray(answer), target=objects([str(t) for t in truth]),
        answer=np.asarray(answer), **more,
    )  # fmt: skip


def test_oracle_macro_f1_by_hand():
    # right yes 3, missed 1, false yes 2, right no 4: F1 yes 6 / 9, no 8 / 11
    assert macro_f1(np.array([3.0, 1, 2, 4])) == pytest.approx((6 / 9 + 8 / 11) / 2)
    assert macro_f1(np.array([5.0, 0, 0, 0])) == pytest.approx(0.5)  # nothing was "no": its F1 counts 0
    assert macro_f1(np.zeros(4)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_differential_macro_f1_is_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    truth, answer = rng.integers(0, 2, 120), rng.integers(0, 2, 120)
    found = MacroF1()(decisions("canvas", truth, answer))
    assert found.value == pytest.approx(f1_score(truth, answer, average="macro"))
    other = np.where(rng.random(120) < 0.2, 1 - answer, answer)
    drop = MacroF1Drop()(both(decisions("canvas", truth, answer), decisions("word", truth, other)))
    assert drop.value == pytest.approx(found.value - f1_score(truth, other, average="macro"))
    assert drop.low < drop.value < drop.high


def test_oracle_an_answer_that_was_not_finite_is_wrong():
    rows = decisions("canvas", [1, 0, 1, 0], [1, -1, -1, 0])
    # right yes 1, missed 1, false yes 1, right no 1
    assert MacroF1()(rows).value == pytest.approx(0.5)


def test_property_without_an_error_the_interval_has_width():
    truth = [1, 0] * 20
    found = MacroF1()(decisions("canvas", truth, truth))
    assert found.value == found.high == 1.0
    assert 0.8 < found.low < 1.0
    same = both(decisions("canvas", truth, truth), decisions("word", truth, truth))
    assert MacroF1Drop()(same).low < 0 < MacroF1Drop()(same).high


def test_property_decisions_on_one_sample_are_drawn_together():
    """Ten copies of each decision tell no more than one: as clusters, the interval stays as wide."""
    rng = np.random.default_rng(1)
    truth, answer = rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    once = MacroF1()(decisions("canvas", truth, answer))
    copies = decisions(
        "canvas", np.repeat(truth, 10), np.repeat(answer, 10), position=np.repeat(np.arange(60), 10)
    )
    tenfold = MacroF1()(copies)
    assert tenfold.n == once.n == 60
    assert tenfold.high - tenfold.low == pytest.approx(once.high - once.low, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("yes", "no"), [(0.9, 0.9), (0.6, 0.8), (0.99, 0.97)])
def test_simulation_macro_f1_covers(yes, no):
    rng = np.random.default_rng(7)
    truth = float(macro_f1(np.array([yes, 1 - yes, 1 - no, no])))
    hits = 0
    for _ in range(400):
        target = np.tile([1, 0], 60)
        answer = np.where(target == 1, rng.random(120) < yes, rng.random(120) >= no).astype(int)
        found = MacroF1(resamples=500)(decisions("canvas", target, answer, position=np.arange(120) // 2))
        hits += found.low <= truth <= found.high
    assert hits >= 365  # 0.94 less two standard errors
