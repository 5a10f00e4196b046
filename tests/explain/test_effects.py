"""Effects on tables worked out by hand."""

import numpy as np
import pytest

from durometer.core import Estimate, RecordError
from durometer.explain.effects import achieved, effects, is_finding
from durometer.explain.study import Study
from durometer.stats import clopper_pearson, holm, mcnemar_exact, tango


@pytest.fixture
def measured(toy):
    """30 samples, 24 right on the canvas. The null loses #0; the edit loses #0 to #9 and gains #29."""
    canvas = np.r_[np.ones(24), np.zeros(6)]
    null, edit, flip = canvas.copy(), canvas.copy(), canvas.copy()
    null[0], edit[:10], edit[29], flip[5] = 0, 0, 1, 0
    conditions = {
        "null": toy.condition("control", name="null-edit", title="null edit"),
        "bg": toy.condition(name="background", title="background, random", control="null"),
        "flip": toy.condition(name="flip", family="shifts"),
        "alone": toy.condition("diagnostic", name="only-background", title="only background"),
    }
    scores = {("m", "k-canvas"): canvas, ("m", "null"): null, ("m", "bg"): edit, ("m", "flip"): flip,
              ("m", "alone"): np.zeros(30)}  # fmt: skip
    return lambda **more: effects(Study.read(toy.record(scores, conditions, **more)))


def by_key(found):
    return {e.condition: e for e in found}


def test_oracle_drop_net_and_p(measured):
    bg = by_key(measured())["bg"]
    assert bg.drop == tango(10, 1, 30)
    assert bg.net == tango(9, 1, 30)  # against the null's rows: #0 is wrong in both
    assert bg.control_drop == tango(1, 0, 30)
    assert (bg.lost, bg.gained) == (9, 1)
    assert bg.p == pytest.approx(mcnemar_exact(9, 1))  # 2 · 11 / 1024
    assert bg.p == pytest.approx(22 / 1024)
    assert bg.accuracy == clopper_pearson(15, 30)
    assert (bg.control, bg.control_title) == ("null", "null edit")


def test_oracle_without_control_net_is_the_drop(measured):
    flip = by_key(measured())["flip"]
    assert flip.net == flip.drop == tango(1, 0, 30)
    assert flip.control_drop is None
    assert flip.control == ""


def test_oracle_holm_is_over_the_edits_only(measured):
    found = by_key(measured())
    adjusted = holm([found["bg"].p, found["flip"].p])
    assert (found["bg"].p_adjusted, found["flip"].p_adjusted) == pytest.approx(adjusted)
    assert found["null"].p_adjusted == found["null"].p
    assert found["alone"].p_adjusted == found["alone"].p == pytest.approx(2 * 0.5**24)


def test_only_edits_are_findings_and_order_is_by_the_lower_end(measured):
    found = measured()
    assert [e.condition for e in found if is_finding(e)] == ["bg"]
    assert by_key(found)["alone"].verdict == "worse"
    lows = [e.net.low for e in found]
    assert lows == sorted(lows, reverse=True)


def test_oracle_not_edited_leaves_both_arms_and_extremes_count_it_both_ways(measured):
    status, reason = np.full(30, "ok", object), np.full(30, "", object)
    status[[0, 1, 2]], reason[[0, 1]], reason[2] = "not-edited", "too large", "no mask"
    bg = by_key(measured(status={("m", "bg"): status}, reason={("m", "bg"): reason}))["bg"]
    assert bg.drop == tango(7, 1, 27)
    assert bg.not_edited == {"too large": 2, "no mask": 1}
    # all 30: 24 right before; after 15 + 3 not edited right (0, 1, 2 were lost) or wrong
    assert bg.extremes == pytest.approx(((7 - 1) / 30, (10 - 1) / 30))
    other = by_key(measured())["bg"]
    assert other.extremes == (other.drop.value, other.drop.value)


def test_oracle_a_control_that_was_not_edited_leaves_the_net_pairs(measured):
    status = np.full(30, "ok", object)
    status[[1, 2]] = "not-edited"
    bg = by_key(measured(status={("m", "null"): status}))["bg"]
    assert bg.drop.n == 30
    assert bg.net == tango(7, 1, 28)
    assert bg.control_drop == tango(1, 0, 28)


def test_oracle_nan_outputs_score_zero_and_are_counted(measured):
    status = np.full(30, "ok", object)
    status[3] = "nan-output"
    confidence = np.full(30, 0.6)
    confidence[3] = np.nan
    bg = by_key(measured(status={("m", "bg"): status}, confidence={("m", "bg"): confidence}))["bg"]
    assert bg.nan_outputs == 1
    assert bg.drop == tango(10, 1, 30)
    assert (bg.confidence_change.value, bg.confidence_change.n) == (pytest.approx(-0.2), 29)


def test_nothing_edited_is_defined_and_in_no_family(measured):
    found = by_key(measured(status={("m", "bg"): np.full(30, "not-edited", object)}))
    bg = found["bg"]
    assert bg.drop == bg.net == Estimate(0.0, -1.0, 1.0, 0)
    assert bg.accuracy == Estimate(0.0, 0.0, 1.0, 0)
    assert (bg.verdict, bg.p, bg.smallest) == ("undecided", 1.0, 1.0)
    assert bg.extremes == pytest.approx((24 / 30 - 1, 24 / 30))
    assert found["flip"].p_adjusted == found["flip"].p


def test_oracle_draws_count_once(toy):
    canvas = np.ones(20)
    draws = np.ones((20, 3))
    draws[:6] = 0
    draws[6, 0] = 0
    record = toy.record({("m", "k-canvas"): canvas, ("m", "e"): draws}, {"e": toy.condition(name="e")})
    e = effects(Study.read(record))[0]
    assert e.drop.n == 20
    assert e.drop.value == pytest.approx((6 + 1 / 3) / 20)
    assert (e.lost, e.gained) == (19, 0)


def test_oracle_draws_meet_the_controls_draws(toy):
    """The edit fails wherever its control fails, draw by draw: nothing belongs to the edit."""
    draws = (np.arange(60).reshape(30, 2) % 7 > 0) * 1.0
    scores = {("m", "k-canvas"): np.ones(30), ("m", "null"): draws, ("m", "e"): draws}
    conditions = {"null": toy.condition("control", name="null-edit"), "e": toy.condition(control="null")}
    e = by_key(effects(Study.read(toy.record(scores, conditions))))["e"]
    assert (e.lost, e.gained, e.p) == (0, 0, 1.0)
    assert e.drop.value > 0.1


def test_classes_drawn_at_random_widen_the_intervals(toy):
    label = np.repeat(np.arange(10), 10)
    edit = (label % 3 > 0) * 1.0
    record = toy.record(
        {("m", "k-canvas"): np.ones(100), ("m", "e"): edit}, {"e": toy.condition()}, label=label,
        labels=tuple("abcdefghij"),
    )  # fmt: skip
    alone, together = (effects(Study.read(record, together=t))[0] for t in ("sample", "class"))
    assert together.drop.value == pytest.approx(alone.drop.value)
    assert together.drop.low < alone.drop.low - 0.1
    assert together.p > alone.p


def test_oracle_achieved_is_the_mean_over_rows_of_numbers_only():
    texts = ['{"object_share":0.1,"cell":1,"ok":true,"word":"x"}'] * 3 + ['{"object_share":0.3}', "{}", ""]
    assert achieved(texts) == {"cell": 1.0, "object_share": pytest.approx(0.15)}


def test_errors_no_canvas(toy):
    record = toy.record({("m", "e"): np.ones(3)}, {"e": toy.condition()})
    with pytest.raises(RecordError, match=r"no row of the unedited canvas.*Run the same plan again"):
        Study.read(record)
