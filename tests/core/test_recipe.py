import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import UsageError
from durometer.core.recipe import Step, one, parse, written


def test_oracle_two_steps_with_every_kind_of_value():
    steps = parse("trades(eps=8/255, beta=6) + ema(0.999, warm=true, name='a b', sizes=[1, 2.5, x])")
    assert steps == (
        Step("trades", (), {"eps": "8/255", "beta": 6}),
        Step("ema", (0.999,), {"warm": True, "name": "a b", "sizes": [1, 2.5, "x"]}),
    )


def test_oracle_bare_name_and_empty_arguments_are_the_same():
    assert parse("size") == parse("size()") == (Step("size"),)


def test_whole_numbers_stay_whole_and_exponents_are_numbers():
    assert one("f(a=-3, b=1e-3, c=+4.)").named == {"a": -3, "b": 0.001, "c": 4.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("size(share=0.1", "',' or '\\)'"),
        ("size share", "expected the end and found 'share'"),
        ("size(share=)", "expected a value and found '\\)'"),
        ("(3)", "expected a name"),
        ("size(a=1, a=2)", "'a' is given twice"),
        ("size(a=!)", "can't read"),
        ("3(a=1)", "'3' is not a name"),
        ("a + ", "expected a name and found the end"),
    ],
)
def test_errors_name_the_place(text, message):
    with pytest.raises(UsageError, match=message):
        parse(text, where="--condition")


def test_one_refuses_several_steps_and_positional_values():
    for text in ("a + b", "a(3)"):
        with pytest.raises(UsageError, match="is not of the form"):
            one(text)


@given(st.text())
def test_properties_any_text_parses_or_is_refused_in_words(text):
    with contextlib.suppress(UsageError):
        assert parse(text)


VALUES = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\"'"), max_size=9), st.just('say "it"'),
)  # fmt: skip


@given(st.lists(VALUES, max_size=3), st.dictionaries(st.sampled_from("abc"), VALUES | st.lists(VALUES)))
def test_property_what_is_written_is_read_back(positional, named):
    step = Step("size", tuple(positional), named)
    assert one_of(parse(written(step))) == step


def one_of(steps):
    (step,) = steps
    return step
