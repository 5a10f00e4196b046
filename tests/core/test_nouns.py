"""The nouns: values that can be made again."""

import hashlib
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from durometer.core import Batch, Estimate, Sample, Spec, canonical_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_properties_canonical_json_ignores_order_and_keeps_values(value):
    backwards = dict(reversed(value.items()))
    assert canonical_json(backwards) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


def test_errors_canonical_json_refuses_what_json_has_not():
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            canonical_json({"a": value})


def test_oracle_spec_key_is_the_hash_of_its_canonical_json():
    spec = Spec("stress", "size", 2, {"share": 0.05, "cell": "left"})
    text = '{"kind":"stress","name":"size","params":{"cell":"left","share":0.05},"version":2}'
    assert spec.key == hashlib.sha256(text.encode()).hexdigest()
    assert spec.key == Spec("stress", "size", 2, {"cell": "left", "share": 0.05}).key
    assert spec.label == "size(share=0.05, cell=left)"
    assert Spec("stress", "flip").label == "flip"


@pytest.mark.parametrize(
    "other",
    [
        Spec("attack", "size", 1, {"a": 1}),
        Spec("stress", "siz", 1, {"a": 1}),
        Spec("stress", "size", 2, {"a": 1}),
        Spec("stress", "size", 1, {"a": 2}),
        Spec("stress", "size", 1, {}),
    ],
)
def test_properties_everything_in_a_spec_counts(other):
    assert other.key != Spec("stress", "size", 1, {"a": 1}).key


def sample(i, **aux):
    return Sample(f"s{i}", torch.full((1, 2, 2), float(i)), frozenset({i}), aux)


def test_oracle_batch_of_and_select():
    mask = torch.ones(1, 2, 2)
    batch = Batch.of([sample(0, mask=mask, depth=mask), sample(1, mask=2 * mask), sample(2, mask=3 * mask)])
    assert batch.ids == ("s0", "s1", "s2")
    assert set(batch.aux) == {"mask"}  # what all have
    batch = batch.but(facts={"share": (0.1, 0.2, 0.3)}, refused={1: "empty"})
    part = batch.select([2, 1])
    assert part.ids == ("s2", "s1")
    assert part.x[:, 0, 0, 0].tolist() == [2.0, 1.0]
    assert part.y == (frozenset({2}), frozenset({1}))
    assert part.aux["mask"][:, 0, 0, 0].tolist() == [3.0, 2.0]
    assert part.facts == {"share": (0.3, 0.2)}
    assert part.refused == {1: "empty"}
    assert len(part) == 2


def test_errors_estimate_must_hold_its_value():
    Estimate(0.5, 0.5, 0.5, 10)
    Estimate(float("nan"), float("nan"), float("nan"), 0)
    for low, high in ((0.6, 0.7), (0.1, 0.4), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match=r"an estimate of 0.5 can't have the interval"):
            Estimate(0.5, low, high, 10)
