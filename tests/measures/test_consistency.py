"""Consistency on rows worked out by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from durometer.measures import MEASURES


def table(**arms):
    """Rows of conditions: an answer a sample, "-" where it could not be edited, "nan" where not finite."""
    rows = [(c, i, a) for c, answers in arms.items() for i, a in enumerate(answers)]
    status = {"-": "not-edited", "nan": "nan-output"}
    return {
        "condition": np.array([c for c, _, _ in rows], object),
        "position": np.array([i for _, i, _ in rows]),
        "draw": np.zeros(len(rows), int),
        "answer": np.array([a if isinstance(a, int) else -1 for _, _, a in rows]),
        "status": np.array([status.get(a, "ok") for _, _, a in rows], object),
    }


ROWS = table(canvas=[1, 2, 3, 4, "nan"], left=[1, 2, 0, 4, "nan"], right=[1, 0, 0, "-", "nan"])


def test_oracle_by_hand():
    # sample 3 leaves, since one move could not be made; sample 4 is never the same: (1 + 1/2 + 0 + 0) / 4
    found = MEASURES.make("consistency")(ROWS)
    assert (found.value, found.n) == (pytest.approx(1.5 / 4), 4)
    worst = MEASURES.make("worst-case consistency")(ROWS)
    low, high = binomtest(1, 4).proportion_ci(method="exact")
    assert (worst.value, worst.n, worst.low, worst.high) == pytest.approx((0.25, 4, low, high))


def test_property_nothing_measured_is_no_number():
    assert MEASURES.make("consistency", {"before": "absent"})(ROWS).n == 0
    assert MEASURES.make("worst-case consistency")(table(canvas=[1, 2])).n == 0
