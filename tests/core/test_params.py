"""Parameters: plain values in, checked values out, one sentence for each mistake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import Param, PlanError
from durometer.core.params import build, parameters, values


@dataclass(frozen=True)
class Thing:
    epsilon: Annotated[float, Param("largest change", "of the input range", low=0, high=1)] = 8 / 255
    steps: Annotated[int, Param("how many steps", low=1)] = 10
    cell: Literal["left", "right"] = "left"
    at: Annotated[tuple[float, float] | None, Param("x and y", low=0, high=1)] = None
    sizes: tuple[int, ...] = (1, 2)
    loud: bool = False
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not exceed high.")


def test_oracle_ratios_are_exact():
    # 8/255 as the nearest double, not a product of roundings
    assert build(Thing, {"epsilon": "8/255"}, where="").epsilon == 8 / 255
    assert build(Thing, {"epsilon": "0.25"}, where="").epsilon == 0.25


def test_oracle_values_are_converted():
    made = build(
        Thing,
        {"steps": 3.0, "at": [0.25, "1/2"], "sizes": [4], "loud": True, "cell": "right", "extra": {"a": 1}},
        where="",
    )
    assert made == Thing(steps=3, at=(0.25, 0.5), sizes=(4,), loud=True, cell="right", extra={"a": 1})
    assert isinstance(made.steps, int)
    assert build(Thing, {"epsilon": 1}, where="").epsilon == 1.0


@pytest.mark.parametrize(
    ("given_values", "message"),
    [
        ({"epsilo": 0.1}, "line 3: unknown parameter 'epsilo'. Did you mean 'epsilon'?"),
        (
            {"zzz": 1},
            "line 3: unknown parameter 'zzz'. Parameters are: epsilon, steps, cell, at, sizes, loud, title",
        ),
        ({"steps": "many"}, "line 3: steps = 'many' is not a whole number. how many steps."),
        ({"steps": 2.5}, "line 3: steps = 2.5 is not a whole number. how many steps."),
        ({"steps": True}, "line 3: steps = True is not a whole number"),
        ({"loud": 1}, "line 3: loud = 1 is not true or false"),
        ({"epsilon": "8/0"}, "line 3: epsilon = '8/0' is not a number"),
        ({"epsilon": 1.5}, "line 3: epsilon = 1.5 is outside 0 to 1 of the input range."),
        ({"epsilon": float("nan")}, "line 3: epsilon = nan is outside 0 to 1 of the input range."),
        ({"steps": 0}, "line 3: steps = 0 is outside 1 to …."),
        ({"cell": "up"}, "line 3: cell = 'up' is not one of 'left', 'right'"),
        ({"at": [0.1]}, "line 3: at = [0.1] is not a list of a number, a number or nothing"),
        ({"at": [0.1, 2]}, "line 3: at = 2.0 is outside 0 to 1."),
        ({"sizes": "12"}, "line 3: sizes = '12' is not a list of a whole number"),
        ({"title": 3}, "line 3: title = 3 is not text"),
    ],
)
def test_errors_name_the_place_the_value_and_the_way_out(given_values, message):
    with pytest.raises(PlanError) as caught:
        build(Thing, given_values, where="line 3")
    assert str(caught.value).startswith(message)


def test_errors_missing_and_unrelated_fields():
    with pytest.raises(PlanError, match=r"^span: the parameter 'high' must be given\.$"):
        build(Span, {"low": 1}, where="span")
    with pytest.raises(PlanError, match=r"^span: low must not exceed high\.$"):
        build(Span, {"low": 2, "high": 1}, where="span")


@given(
    st.builds(
        Thing,
        epsilon=st.floats(0, 1),
        steps=st.integers(1, 99),
        cell=st.sampled_from(["left", "right"]),
        at=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
        sizes=st.lists(st.integers()).map(tuple),
        loud=st.booleans(),
        title=st.text(),
    )
)
def test_properties_values_make_the_same_thing_again(thing):
    assert build(Thing, values(thing), where="") == thing


def test_parameters_in_order_with_their_words():
    found = parameters(Thing)
    assert [p.name for p in found][:3] == ["epsilon", "steps", "cell"]
    assert found[0].info.unit == "of the input range"
    assert found[0].kind == "a number"
    assert found[3].kind == "a list of a number, a number or nothing"
    assert not found[0].required
    assert [p.required for p in parameters(Span)] == [True, True]
    assert parameters(int) == ()
    assert values(3) == {}
