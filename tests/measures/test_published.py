"""Published measures on tables worked out by hand, and the interval that they share."""

import numpy as np
import pytest

from durometer.measures import MEASURES
from durometer.stats import bootstrap, clopper_pearson, of_means, tango


def objects(values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def arms(model="m", **scores):
    """Rows of several conditions over the same samples; None is a sample that could not be edited."""
    names = [name for name, values in scores.items() for _ in values]
    flat = [v for values in scores.values() for v in values]
    return {
        "position": np.concatenate([np.arange(len(v)) for v in scores.values()]),
        "draw": np.zeros(len(flat), np.int32), "model": objects([model] * len(flat)),
        "condition": objects(names), "score": np.array([v or 0 for v in flat], np.float32),
        "status": objects(["not-edited" if v is None else "ok" for v in flat]),
    }  # fmt: skip


def joined(*tables):
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def test_oracle_bg_gap_and_background_robustness():
    # same 1 1 1 1 0, random 1 0 0 1 1, the sixth could not be edited: lost 2, gained 1 of 5; ratio 3/4
    rows = arms(same=[1, 1, 1, 1, 0, 1], random=[1, 0, 0, 1, 1, None])
    gap = MEASURES.make("BG-Gap", {"same": "same", "random": "random"})(rows)
    assert gap == tango(2, 1, 5)
    ratio = MEASURES.make("background robustness", {"before": "same", "after": "random"})(rows)
    assert (ratio.value, ratio.n) == (pytest.approx(3 / 4), 5)


def test_oracle_center_bias():
    # center 4/4; corners 3/4 and 2/4, sides 4/4 and 3/4: 1 - (2/4 + 3/4) / 2 = 0.375
    rows = arms(c=[1, 1, 1, 1], k1=[1, 1, 1, 0], k2=[1, 0, 1, 0], s1=[1, 1, 1, 1], s2=[0, 1, 1, 1])
    found = MEASURES.make("center bias", {"center": "c", "corners": ["k1", "k2"], "sides": ["s1", "s2"]})(
        rows
    )
    assert found.value == pytest.approx(0.375)
    assert found.n == 4


def test_oracle_rfs():
    # a_fg = 1/4, a_bg = 3/4, mean 1/2: (3/4 - 1/4) / (2 * 1/2) = 1/2; swapped it is -1/2
    rows = arms(fg=[1, 0, 0, 0], bg=[1, 1, 1, 0])
    assert MEASURES.make("RFS", {"background": "bg", "object": "fg"})(rows).value == pytest.approx(0.5)
    assert MEASURES.make("RFS", {"background": "fg", "object": "bg"})(rows).value == pytest.approx(-0.5)
    # nothing was ever wrong: not defined, and says so with n = 0
    assert MEASURES.make("RFS", {"background": "a", "object": "b"})(arms(a=[1, 1], b=[1, 1])).n == 0


def test_oracle_error_ratio():
    # of 10 samples 3 are wrong; of the 4 with the factor 2 are: (2/4) / (3/10) = 5/3
    rows = arms(all=[1, 1, 1, 1, 1, 0, 0, 1, 0, 1])
    rows["condition"][5:9] = "dark"
    found = MEASURES.make("error ratio", {"group": "dark"})(rows)
    assert found.value == pytest.approx(
        5 / 3 * (3 / 2) * (2 / 3) * (3 / 2)
    )  # samples 5, 6, 8 are wrong: 3/4 / .3
    assert found.value == pytest.approx((3 / 4) / (3 / 10))
    assert found.n == 10


def test_oracle_foreground_focus():
    # 0.5/0.25 = 2, 0.25/0.5 = 0.5, mean 1.25; the third has no object, the fourth no finite importance
    rows = {
        "position": np.arange(4),
        "inside": np.array([0.5, 0.25, 0.1, np.nan]),
        "area": np.array([0.25, 0.5, 0, 0.5]),
    }
    found = MEASURES.make("foreground focus")(rows)
    assert found == bootstrap((np.array([2.0, 0.5]),), lambda f: float(f.mean()))
    assert found.value == pytest.approx(1.25)


def test_oracle_fmr():
    # the oracle keeps samples 0, 1, 2 of the change; there the model is right before 3 of 3, after 1 of 3
    mine = arms("net", canvas=[1, 1, 1, 1], k=[1, 0, 0, 0])
    oracle = arms("big", canvas=[1, 1, 1, 1], k=[1, 1, 1, 0])
    values = {"oracle": "big", "model": "net", "before": "canvas", "after": "k"}
    found = MEASURES.make("FMR", values)(joined(mine, oracle))
    assert found.value == pytest.approx(1 / 3)
    # the model's own clean mistakes do not count against it: right before 0 and 1, after 1 of these two
    mine = arms("net", canvas=[1, 1, 0, 1], k=[1, 0, 0, 0])
    assert MEASURES.make("FMR", values)(joined(mine, oracle)).value == pytest.approx(1 / 2)


def test_oracle_challenge_accuracy_and_size_bias():
    rows = arms(worst=[1, 0, 0, 1, None])
    assert MEASURES.make("challenge accuracy")(rows) == clopper_pearson(2, 4)
    curve = MEASURES.make("size bias", {"before": "own", "after": "small"})(
        arms(own=[1, 1, 1, 0], small=[1, 0, 0, 0])
    )
    assert curve.value == pytest.approx(1 / 3)


class TestInterval:
    def test_it_is_never_of_zero_width_and_shrinks_with_n(self):
        widths = []
        for n in (10, 100, 1000):
            e = of_means(np.ones((n, 2)), lambda m: m[:, 0] / m[:, 1])
            assert (e.value, e.n) == (1.0, n)
            widths.append(e.high - e.low)
        assert widths[0] > 5 * widths[1] > 25 * widths[2] > 0

    def test_what_arms_share_cancels(self):
        rng = np.random.default_rng(0)
        hard = (rng.random(400) < 0.5).astype(float)
        paired = of_means(np.stack([hard, hard], 1), lambda m: m[:, 0] - m[:, 1])
        apart = of_means(np.stack([hard, rng.permutation(hard)], 1), lambda m: m[:, 0] - m[:, 1])
        assert paired.high - paired.low < 0.3 * (apart.high - apart.low)

    def test_the_same_table_gives_the_same_interval(self):
        table = (np.arange(60).reshape(20, 3) % 7 > 2).astype(float)
        both = [of_means(t, lambda m: m[:, 0] / m[:, 2]) for t in (table, table[::-1])]
        assert both[0] == both[1]

    def test_nothing_measured(self):
        assert of_means(np.empty((0, 2)), lambda m: m[:, 0]).n == 0

    @pytest.mark.slow
    @pytest.mark.parametrize("n", [30, 100, 500])
    @pytest.mark.parametrize("p", [(0.9, 0.95), (0.5, 0.9), (0.97, 0.99), (0.2, 0.3)])
    def test_simulation_it_holds_the_truth(self, n, p):
        rng = np.random.default_rng(int(1000 * p[0]) + n)
        statistics = {
            "ratio": lambda m: m[:, 0] / m[:, 1],
            "rfs": lambda m: (m[:, 1] - m[:, 0]) / (2 * np.minimum(m.mean(1), 1 - m.mean(1))),
            "gap": lambda m: m[:, 1] - m[:, 0],
        }
        held = dict.fromkeys(statistics, 0)
        trials = dict.fromkeys(statistics, 0)
        for _ in range(400):
            before = rng.random(n) < p[1]
            after = before & (rng.random(n) < p[0] / p[1])
            table = np.stack([after, before], 1).astype(float)
            for name, statistic in statistics.items():
                with np.errstate(all="ignore"):
                    found, truth = of_means(table, statistic), statistic(np.array([p]))[0]
                trials[name] += found.n > 0
                held[name] += found.n > 0 and found.low <= truth <= found.high
        for name, count in held.items():
            assert count / trials[name] >= 0.925, name  # 0.95 less 2.3 standard errors of 400 trials
