"""JSON: nothing is lost, NaN is absent, shares are shares."""

import json
import math
import types
import typing
from dataclasses import fields, is_dataclass

import pytest

from durometer.core import Estimate
from durometer.explain.findings import Comparison, Summary
from durometer.report import comparison_data, data
from durometer.report.plain import plain, text


def same(a, b):
    """Equal, with NaN equal to NaN and an estimate of nothing equal to any other."""
    if isinstance(a, Estimate) and isinstance(b, Estimate) and a.n == b.n == 0:
        return True
    if is_dataclass(a) and is_dataclass(b):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def read(kind, value):
    """Make a finding again from its JSON: an independent reader, by the types of the fields."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if value == "unmeasured":
        return None if type(None) in inside else math.nan
    if origin in (typing.Union, types.UnionType):
        return read(next(k for k in inside if k is not type(None)), value)
    if kind is Estimate and "value" not in value:
        return Estimate(math.nan, math.nan, math.nan, value["n"], value["level"])
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        got = {f.name: read(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value}
        for name in value.get("unmeasured", []):
            got[name] = None if type(None) in typing.get_args(hints[name]) else math.nan
        return kind(**got)
    if origin is tuple:
        kinds = [inside[0]] * len(value) if inside[-1] is Ellipsis else inside
        return tuple(read(k, v) for k, v in zip(kinds, value, strict=True))
    if isinstance(origin, type) and issubclass(origin, typing.Mapping):
        lost = {name: math.nan for name in value.get("unmeasured", [])}
        return {k: read(inside[1], v) for k, v in value.items() if k != "unmeasured"} | lost
    return value


@pytest.mark.parametrize("name", ["rich", "one", "small", "quiet", "unmeasured", "empty"])
def test_a_summary_comes_back_from_its_json(fake, name):
    summary = getattr(fake, name)()
    document = json.loads(text(data(summary)))
    flat = {"title": document["title"]}
    for section in document.values():
        if isinstance(section, dict):
            flat.update({k: v for k, v in section.items() if k != "unmeasured"})
    for f in fields(Summary):  # a section that holds nothing is not in the file
        flat.setdefault(f.name, {"slices_looked_at": 0, "more": {}}.get(f.name, []))
    back = read(Summary, flat)
    assert same(back.method, json.loads(json.dumps(dict(summary.method))))
    for f in fields(Summary):
        assert f.name == "method" or same(getattr(back, f.name), getattr(summary, f.name)), f.name


def test_a_comparison_comes_back_from_its_json(fake):
    found = fake.comparison()
    assert same(read(Comparison, json.loads(text(comparison_data(found)))), found)


def test_what_was_not_measured_is_named_and_never_null_or_zero(fake):
    written = text(data(fake.unmeasured()))
    assert ": null" not in written
    assert "NaN" not in written
    effect = json.loads(written)["drops"]["effects"][0]
    assert effect["drop"] == {"n": 0, "level": 0.95, "unmeasured": ["value", "low", "high"]}
    assert effect["unmeasured"] == ["p", "p_adjusted", "smallest"]
    assert effect["extremes"] == ["unmeasured", "unmeasured"]
    assert json.loads(written)["where"]["places"][0]["cells"][0] == ["unmeasured", "unmeasured"]


def test_shares_stay_shares(fake):
    effect = data(fake.one())["drops"]["effects"][0]
    assert effect["drop"]["value"] == 0.314
    assert effect["drop"]["n"] == 500


def test_nan_can_not_slip_through():
    with pytest.raises(ValueError, match="not JSON compliant"):
        text({"a": math.nan})
    assert plain([1.0, math.nan, None]) == [1.0, "unmeasured", "unmeasured"]
    assert plain({"a": math.nan, "b": 1}) == {"b": 1, "unmeasured": ["a"]}
