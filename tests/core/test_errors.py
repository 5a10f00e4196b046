"""Errors: what, where, what to do, in one line."""

import pytest

from durometer.core import errors


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.DataError("it is not an image"), "it is not an image."),
        (errors.DataError("it is not an image", where="a.png"), "a.png: it is not an image."),
        (errors.DataError("it is empty", where="a", fix="Give another"), "a: it is empty. Give another."),
        (errors.DataError("it is empty", fix="Give another"), "it is empty. Give another."),
    ],
)
def test_oracle_sentences(error, text):
    assert str(error) == text
    assert isinstance(error, errors.DurometerError)


def test_exit_codes():
    codes = {c: c("x").exit_code for c in (errors.UsageError, errors.PlanError, errors.RecordError)}
    assert set(codes.values()) == {2}
    assert errors.IncompleteError("x").exit_code == 3


def test_missing_extra_says_the_command():
    error = errors.MissingExtraError("onnxruntime", extra="onnx", needed_for="reading ONNX files")
    assert str(error) == (
        "reading ONNX files needs the package 'onnxruntime', which is not installed. "
        "Install it with: pip install 'durometer[onnx]'."
    )


def test_oracle_did_you_mean():
    assert errors.did_you_mean("backgroud", ["background", "size"]) == "Did you mean 'background'?"
    assert errors.did_you_mean("xyz", ["background", "size"]) == ""
    assert errors.did_you_mean("a", []) == ""


def test_oracle_unknown_name_lists_what_there_is():
    assert (
        str(errors.unknown_name("x", ["b", "a"], kind="stress"))
        == "there is no stress named 'x'. Known are: a, b."
    )
    assert "Known are: none" in str(errors.unknown_name("x", [], kind="stress"))
