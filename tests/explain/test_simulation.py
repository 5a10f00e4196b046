"""False findings, planted drops and coverage, through records: tables in, findings out."""

import numpy as np
import pytest

from durometer.explain.effects import effects, is_finding
from durometer.explain.study import Study

EDITS = 12


def simulated(toy, rng, *, n, planted=None, edits=EDITS, draws=1):
    """A canvas, a control and edits that lose and gain alike; `planted` loses ten points more, net."""
    canvas = rng.random(n) < 0.85
    conditions = {"null": toy.condition("control", name="null-edit")}
    conditions |= {
        f"e{i}": toy.condition(name=f"e{i}", control="null" if i % 2 else "") for i in range(edits)
    }
    scores = {("m", "k-canvas"): canvas * 1.0}
    for key in conditions:
        # right answers are lost with 4.7 %, wrong ones gained with 26.7 %: 4 % of all samples either way
        lost, gained = 0.04 / 0.85, 0.04 / 0.15
        if key == planted:
            lost += 0.10 / 0.85
        turned = rng.random((n, draws)) < np.where(canvas, lost, gained)[:, None]
        scores["m", key] = (canvas[:, None] ^ turned) * 1.0
    return Study.read(toy.record(scores, conditions))


def share_with_findings(toy, runs, seed, **given):
    rng = np.random.default_rng(seed)
    hits = sum(any(is_finding(e) for e in effects(simulated(toy, rng, **given))) for _ in range(runs))
    return hits / runs


def at_most(alpha, runs):
    return alpha + 3 * (alpha * (1 - alpha) / runs) ** 0.5


def test_theorem_no_effect_no_findings_small(toy):
    assert share_with_findings(toy, 120, 0, n=60, edits=4) <= at_most(0.05, 120)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "draws"), [(100, 1), (500, 1), (60, 3)])
def test_theorem_no_effect_no_findings(toy, n, draws):
    """2,000 tables of 12 edits: the share with any finding stays at 0.05 or below."""
    assert share_with_findings(toy, 2000, 1, n=n, draws=draws) <= at_most(0.05, 2000)


def found_planted(toy, runs, seed):
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(runs):
        found = effects(simulated(toy, rng, n=500, planted="e3"))
        hits += next((e.condition for e in found if is_finding(e)), "") == "e3"
    return hits / runs


def test_theorem_a_planted_drop_is_found_small(toy):
    assert found_planted(toy, 30, 2) >= 0.9


@pytest.mark.slow
def test_theorem_a_planted_drop_is_found(toy):
    """Ten points at n = 500, among 12 edits, read against a control that loses and gains as well."""
    assert found_planted(toy, 200, 3) >= 0.9


@pytest.mark.parametrize(("n", "rate"), [(30, 0.01), (55, 0.05), (300, 0.002)])
@pytest.mark.parametrize("draws", [1, 3])
def test_theorem_coverage_through_records(toy, n, rate, draws):
    """All edits of a record are runs of one truth: lost with `rate`, gained with `rate` / 4."""
    rng = np.random.default_rng(4)
    held, runs = np.zeros(2), 0
    for _ in range(4):
        runs += (edits := 100)
        scores, conditions = {}, {f"e{i}": toy.condition(name=f"e{i}") for i in range(edits)}
        canvas = rng.random(n) < 0.8
        scores["m", "k-canvas"] = canvas * 1.0
        for key in conditions:
            canvas = np.asarray(scores["m", "k-canvas"]) > 0
            turned = rng.random((n, draws)) < np.where(canvas, rate, rate / 4)[:, None]
            scores["m", key] = (canvas[:, None] ^ turned) * 1.0
        found = effects(Study.read(toy.record(scores, conditions)))
        share = float(np.mean(scores["m", "k-canvas"]))
        drop = share * rate - (1 - share) * rate / 4  # given this canvas
        assert all(e.drop.high > e.drop.low for e in found)
        assert all(e.accuracy.high > e.accuracy.low for e in found)
        held[0] += sum(e.drop.low <= drop <= e.drop.high for e in found)
        held[1] += sum(e.accuracy.low <= share - drop <= e.accuracy.high for e in found)
    assert held[0] / runs >= 0.92
    assert held[1] / runs >= 0.93
