"""ECE: the bin rule at its edges, the null value at this n, the interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from durometer.measures.ece import ECE, bin_of, ece_estimate, expected_gap, reliability


def reference(confidence, right):
    """A loop that knows nothing of bincount: bins [b/15, (b+1)/15), the last closed."""
    total = 0.0
    for b in range(15):
        held = [
            (c, y)
            for c, y in zip(confidence, right, strict=True)
            if b / 15 <= c < (b + 1) / 15 or (b == 14 and c == 1.0)
        ]
        total += abs(sum(c for c, _ in held) - sum(y for _, y in held))
    return total / len(confidence)


def test_oracle_two_confidences():
    # .8 × 10 of which 5 right: 3 off; .5 × 10 of which 6 right: 1 off; (3 + 1) / 20 = .2
    confidence, right = [0.8] * 10 + [0.5] * 10, [1] * 5 + [0] * 5 + [1] * 6 + [0] * 4
    assert reliability(confidence, right).gap == pytest.approx(0.2)


def test_oracle_confidence_1_belongs_to_the_last_bin():
    # {(.95, hit), (1, miss)} share a bin: |1.95 − 1| / 2 = .475; a phantom bin would give .525
    assert reliability([0.95, 1.0], [1, 0]).gap == pytest.approx(0.475)


def test_edges_are_closed_below():
    assert bin_of(np.arange(16) / 15).tolist() == [*range(15), 14]
    assert bin_of(np.nextafter(np.arange(1, 15) / 15, 0)).tolist() == list(range(14))
    # a float32 of 1/3 lies above the double 5/15 and stays in its bin when read as float64
    assert bin_of(np.array([np.float32(1 / 3)]).astype(np.float64)).tolist() == [5]


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1)), st.integers(0, 2**32))
def test_properties_reference(confidence, seed):
    right = np.random.default_rng(seed).random(confidence.size) < confidence
    assert reliability(confidence, right).gap == pytest.approx(reference(confidence, right), abs=1e-12)


@pytest.mark.parametrize("n", [1, 20, 200, 500, 5000])
def test_theorem_expected_gap_is_the_mean_under_perfect_calibration(n):
    rng = np.random.default_rng(0)
    confidence = rng.beta(4, 1, n)
    drawn = [reliability(confidence, rng.random(n) < confidence).gap for _ in range(1000)]
    error = np.std(drawn) / 1000**0.5
    assert expected_gap(reliability(confidence, confidence)) == pytest.approx(
        np.mean(drawn), abs=4 * error + 4e-4
    )


def test_expected_gap_by_hand_and_at_the_ends():
    # one answer at .7: |.7 − y| is .3 with .7 and .7 with .3: .42
    assert expected_gap(reliability([0.7], [1])) == pytest.approx(0.42)
    # two at .5 in one bin: |1 − k| for k of 2: 1 · ½ = .5, over n = 2: .25
    assert expected_gap(reliability([0.5, 0.5], [1, 0])) == pytest.approx(0.25)
    assert expected_gap(reliability([1.0, 1.0, 0.0], [1, 1, 0])) == 0.0
    assert expected_gap(reliability([], [])) == 0.0


@pytest.mark.parametrize(("n", "shown"), [(200, 0.073), (500, 0.047), (2000, 0.0235), (10_000, 0.0106)])
def test_golden_a_calibrated_model_shows_an_ece_that_falls_with_n(n, shown):
    """Confidences by the Beta(3, 1) law; the middle of 50 draws of them."""
    drawn = (np.random.default_rng(i).beta(3, 1, n) for i in range(50))
    middle = np.mean([expected_gap(reliability(c, c)) for c in drawn])
    assert middle == pytest.approx(shown, rel=0.02)


def test_interval_holds_zero_when_calibrated_and_excludes_it_when_not():
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.3, 1, 500)
    calibrated = ece_estimate(confidence, rng.random(500) < confidence, n=500)
    assert calibrated.low < 0.02
    sure = ece_estimate(confidence, rng.random(500) < confidence - 0.25, n=500)
    assert sure.low > 0.15
    assert ece_estimate(confidence, rng.random(500) < confidence, n=500).low >= 0
    again = ece_estimate(confidence, confidence > 0.5, n=500)
    assert again == ece_estimate(confidence, confidence > 0.5, n=500)  # no hidden randomness


def test_theorem_interval_covers_the_true_error():
    """Two bins, 10 points over-confident: true ECE .1."""
    rng = np.random.default_rng(3)
    confidence = np.tile([0.65, 0.95], 200)
    held = 0
    for _ in range(300):
        e = ece_estimate(confidence, rng.random(400) < confidence - 0.1, n=400)
        held += e.low <= 0.1 <= e.high
    assert held / 300 >= 0.92


def test_draws_of_a_sample_do_not_narrow_the_interval():
    rng = np.random.default_rng(4)
    confidence, right = rng.uniform(0.3, 1, 100), rng.random(100) < 0.5
    rows = {"position": np.arange(100), "score": right * 1.0, "confidence": confidence.astype(np.float32),
            "status": np.array(["ok"] * 100, object)}  # fmt: skip
    tenfold = {k: np.repeat(v, 10) for k, v in rows.items()}
    assert ECE()(tenfold).n == 100
    assert ECE()(tenfold).low == pytest.approx(ECE()(rows).low)
