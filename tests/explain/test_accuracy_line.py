"""Networks of one record against a planted accuracy line."""

import pytest

from durometer.core import UsageError
from durometer.explain.accuracy_line import above_the_line


def right(count):
    return [1] * count + [0] * (100 - count)


@pytest.fixture(scope="module")
def record(toy):
    """Two references, (.5, .2) and (.8, .5), whose line expects .5 where clean is .8; one network has .6."""
    scores = {}
    for name, clean, shifted in (("a", 50, 20), ("b", 80, 50), ("me", 80, 60), ("on", 80, 50)):
        scores[name, "k-canvas"], scores[name, "k-haze"] = right(clean), right(shifted)
    return toy.record(scores, {"k-haze": toy.condition(name="haze", title="haze, 0.5")})


def test_oracle_what_stands_above_the_line(record):
    me, on = above_the_line(record, ["a", "b"])
    assert (me.model, me.title, me.clean, me.shifted) == ("me", "haze, 0.5", 0.8, 0.6)
    assert me.expected == pytest.approx(0.5, abs=1e-6)
    assert me.beyond.value == pytest.approx(0.1, abs=1e-6)
    assert me.beyond.low > 0
    assert (me.slope, me.intercept) == (pytest.approx(1), pytest.approx(-1.386294, abs=1e-5))
    assert on.beyond.value == pytest.approx(0, abs=1e-6)
    assert on.beyond.low < 0 < on.beyond.high


def test_errors_references(record):
    with pytest.raises(UsageError, match=r"no network 'bb'"):
        above_the_line(record, ["a", "bb"])
    with pytest.raises(UsageError, match="all networks of the record are references"):
        above_the_line(record, ["a", "b", "me", "on"])
    with pytest.raises(UsageError, match="Choose references whose clean accuracies differ"):
        above_the_line(record, ["b", "on"])
